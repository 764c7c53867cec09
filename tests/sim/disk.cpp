// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/disk.hpp"

#include <algorithm>

#include "crypto/domain.hpp"
#include "crypto/format/block.hpp"
#include "crypto/merkle.hpp"
#include "engine/core/consensus/leader.hpp"

namespace provchain::sim {

using crypto::format::GuardVerdict;

namespace {

constexpr crypto::merkle::TaggedHash kHistory(crypto::domain::history);

Bytes header_bytes_of(const SharedBytes& block) { return block.view().first(crypto::format::block_header_bytes); }

}  // namespace

Disk::Disk(const crypto::format::Genesis& genesis) : genesis_(&genesis) {
  ids_.push_back(crypto::format::block_id_of(crypto::format::genesis_header(genesis)));
  leaves_.push_back(kHistory.leaf(ids_.back().view()));
  crypto::merkle::append_leaf_hash(kHistory, history_, leaves_.back());
}

// ---- chain and state ----

Height Disk::apply(const core::Commit& commit) {
  apply_to_chain(commit);
  apply_to_state();
  return tip();
}

Height Disk::apply_to_chain(const core::Commit& commit) {
  for (const SharedBytes& bytes : commit.blocks) {
    const auto header = crypto::format::decode_block_header(header_bytes_of(bytes));
    PVC_CHECK(header.has_value());
    if (header->height <= tip()) continue;
    PVC_CHECK(header->height == tip().next() && header->parent_id == ids_.back());
    blocks_.push_back(bytes);
    ids_.push_back(crypto::format::block_id_of(header_bytes_of(bytes)));
    leaves_.push_back(kHistory.leaf(ids_.back().view()));
    crypto::merkle::append_leaf_hash(kHistory, history_, leaves_.back());
    certificate_.reset();
  }
  if (commit.certificate) certificate_ = commit.certificate;
  if (!commit.system.empty()) system_ = commit.system;
  if (!commit.next_authorities.empty())
    epoch_ends_.push_back({to_vector(header_bytes_of(blocks_.back())), *commit.certificate, commit.next_authorities});
  if (commit.guard) chain_guard_ = std::max(chain_guard_, *commit.guard);
  return tip();
}

void Disk::apply_to_state() {
  while (state_tip_ < tip()) {
    state_tip_ = state_tip_.next();
    const auto block = crypto::format::decode_block(this->block(state_tip_).view());
    PVC_CHECK(block.has_value());
    for (const auto& tx : block->transactions) PVC_CHECK(transactions_.emplace(tx.id, state_tip_).second);
  }
}

crypto::format::BlockHeader Disk::header(Height height) const {
  if (height.value() == 0) return crypto::format::genesis_header(*genesis_);
  return *crypto::format::decode_block_header(header_bytes_of(block(height)));
}

std::optional<Height> Disk::find(const TxId& id) const {
  const auto at = transactions_.find(id);
  if (at == transactions_.end()) return std::nullopt;
  return at->second;
}

std::vector<Hash256> Disk::history_path(Height height, Height head) const {
  return crypto::merkle::inclusion_path(kHistory, std::span(leaves_).first(head.value()), height.value());
}

// ---- journal ----

bool Disk::journal(const core::CastVote& vote) {
  switch (journal_.guard.judge(vote.context, vote.ballot)) {
    case GuardVerdict::refused:
      return false;
    case GuardVerdict::repeated:
      return true;
    case GuardVerdict::admitted:
      break;
  }
  journal_.guard.advance(vote.context, vote.ballot);
  journal_torn(vote, SIZE_MAX);
  journal_.votes.emplace_back(vote.context, vote.ballot);
  journal_.statements.push_back(crypto::format::encode_statement(vote.context, vote.ballot));
  return true;
}

void Disk::journal_torn(const core::CastVote& vote, std::size_t records) {
  for (const SharedBytes& body : vote.bodies)
    if (records-- > 0)
      journal_.bodies.push_back(body);
    else
      return;
  for (const ByteVector& certificate : vote.certificates)
    if (records-- > 0)
      journal_.certificates.push_back(certificate);
    else
      return;
}

bool Disk::is_journal_behind_chain() const {
  return core::GuardPosition{journal_.guard.epoch, journal_.guard.view, journal_.guard.step} < chain_guard_;
}

void Disk::advance_floor(const core::AdvanceJournalFloor& floor) {
  std::erase_if(journal_.bodies, [&](const SharedBytes& body) {
    return crypto::format::decode_block_header(header_bytes_of(body))->height <= floor.height;
  });
  // The floor's view is of the epoch that the guard stands in; what is of an earlier one is over.
  const auto is_below = [&](Epoch epoch, View view) {
    return std::pair(epoch, view) < std::pair(journal_.guard.epoch, floor.view);
  };
  std::erase_if(journal_.votes, [&](const auto& vote) { return is_below(vote.second.epoch, vote.second.view); });
  std::erase_if(journal_.certificates, [&](const ByteVector& bytes) {
    return is_below(*crypto::format::epoch_of_certificate(bytes), View(load_le<std::uint64_t>(bytes, 9)));
  });
}

// ---- misfortunes of whole directories ----

void Disk::restore_chain(const Disk& backup) {
  Journal journal = std::move(journal_);
  *this = backup;
  journal_ = std::move(journal);
}

void Disk::lose_journal() {
  journal_ = {};
  journal_.lost = true;
}

std::vector<crypto::format::EpochEndView> Disk::epoch_ends(Epoch first, std::uint32_t count) const {
  std::vector<crypto::format::EpochEndView> ends;
  for (std::uint64_t epoch = first.value(); epoch < epoch_ends_.size() && ends.size() < count; ++epoch) {
    const EpochEndBytes& end = epoch_ends_[epoch];
    ends.push_back({end.header, end.certificate, end.next_authorities});
  }
  return ends;
}

crypto::format::SystemState Disk::system() const {
  return system_.empty() ? crypto::format::genesis_state(*genesis_) : *crypto::format::decode_system_state(system_);
}

core::consensus::Turns Disk::turns(const crypto::format::SystemState& system) const {
  const auto schedule = core::consensus::schedule_of(system);
  const Height anchor = system.anchor_height;
  const Height begin = core::consensus::Turns::begin_of(anchor, tip());
  core::consensus::Turns turns(system.authorities.size(), anchor, begin, begin == anchor ? View{} : header(begin).view);
  while (turns.height() < tip()) turns.count(schedule, header(turns.height().next()));
  return turns;
}

core::consensus::Recovered Disk::recover(const std::optional<AuthorityIndex>& me, const Signatures& signatures) const {
  core::consensus::Recovered recovered;
  recovered.tip = header(tip());
  recovered.tip_id = ids_.back();
  recovered.history = history_;
  recovered.system = system();
  const crypto::format::SystemState& state = *recovered.system;
  if (certificate_) {
    const auto* const signers = authorities_of(state, *crypto::format::epoch_of_certificate(*certificate_));
    recovered.tip_certificate = *crypto::format::decode_certificate(*certificate_, signers->size());
  }
  recovered.turns = turns(state);
  recovered.halted = halted_;
  if (!me) return recovered;
  recovered.quarantined = quarantined_ || journal_.lost || is_journal_behind_chain();
  if (recovered.quarantined) return recovered;
  recovered.guard = journal_.guard;
  const auto index = crypto::format::find_authority(state.authorities, signatures.key(*me));
  for (const auto& [context, ballot] : journal_.votes)
    if (index && ballot.epoch == state.epoch)
      recovered.own_votes.push_back({ballot, *index, signatures.sign(*me, crypto::format::encode_statement(context, ballot))});
  for (const ByteVector& bytes : journal_.certificates)
    if (crypto::format::epoch_of_certificate(bytes) == state.epoch)
      recovered.certificates.push_back(*crypto::format::decode_certificate(bytes, state.authorities.size()));
  recovered.bodies = journal_.bodies;
  return recovered;
}

}  // namespace provchain::sim
