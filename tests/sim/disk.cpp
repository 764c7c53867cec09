// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/disk.hpp"

#include <algorithm>

#include "crypto/domain.hpp"
#include "crypto/format/block.hpp"
#include "crypto/merkle.hpp"
#include "tests/sim/fake_crypto.hpp"

namespace provchain::sim {

using crypto::format::GuardVerdict;

Disk::Disk(const crypto::format::Genesis& genesis) : genesis_(genesis) {
  ids_.push_back(crypto::format::block_id_of(crypto::format::genesis_header(genesis)));
}

Height Disk::apply(const core::Commit& commit) {
  for (const SharedBytes& bytes : commit.blocks) {
    const auto block = crypto::format::decode_block(bytes.view());
    PVC_CHECK(block.has_value());
    if (block->header.height <= tip()) continue;
    PVC_CHECK(block->header.height == tip().next() && block->header.parent_id == ids_.back());
    blocks_.push_back(bytes);
    ids_.push_back(block->id);
    for (const auto& tx : block->transactions) PVC_CHECK(transactions_.emplace(tx.id, tip()).second);
    certificate_.reset();
  }
  if (commit.certificate) certificate_ = commit.certificate;
  if (commit.guard) chain_guard_ = std::max(chain_guard_, *commit.guard);
  return tip();
}

std::optional<Height> Disk::find(const TxId& id) const {
  const auto at = transactions_.find(id);
  if (at == transactions_.end()) return std::nullopt;
  return at->second;
}

std::vector<Hash256> Disk::history_path(Height height, Height head) const {
  const crypto::merkle::TaggedHash tree(crypto::domain::history);
  std::vector<Hash256> leaves;
  for (std::uint64_t i = 0; i < head.value(); ++i) leaves.push_back(tree.leaf(ids_[i].view()));
  return crypto::merkle::inclusion_path(tree, leaves, height.value());
}

bool Disk::journal(const core::CastVote& vote) {
  switch (guard_.judge(vote.context, vote.ballot)) {
    case GuardVerdict::refused:
      return false;
    case GuardVerdict::repeated:
      return true;
    case GuardVerdict::admitted:
      break;
  }
  guard_.advance(vote.context, vote.ballot);
  bodies_.insert(bodies_.end(), vote.bodies.begin(), vote.bodies.end());
  certificates_.insert(certificates_.end(), vote.certificates.begin(), vote.certificates.end());
  votes_.emplace_back(vote.context, vote.ballot);
  statements_.push_back(crypto::format::encode_statement(vote.context, vote.ballot));
  return true;
}

bool Disk::is_journal_behind_chain() const { return core::GuardPosition{guard_.epoch, guard_.view, guard_.step} < chain_guard_; }

void Disk::advance_floor(const core::AdvanceJournalFloor& floor) {
  std::erase_if(bodies_, [&](const SharedBytes& body) {
    const auto header = crypto::format::decode_block_header(body.view().first(crypto::format::block_header_bytes));
    return header->height <= floor.height;
  });
  std::erase_if(votes_, [&](const auto& vote) { return vote.second.view < floor.view; });
  std::erase_if(certificates_, [&](const ByteVector& bytes) {
    return crypto::format::decode_certificate(bytes, genesis_.authorities.size())->view < floor.view;
  });
}

core::consensus::Recovered Disk::recover(const std::optional<AuthorityIndex>& me) const {
  core::consensus::Recovered recovered;
  recovered.tip = crypto::format::genesis_header(genesis_);
  if (!blocks_.empty())
    recovered.tip = *crypto::format::decode_block_header(blocks_.back().view().first(crypto::format::block_header_bytes));
  recovered.tip_id = ids_.back();
  const crypto::merkle::TaggedHash tree(crypto::domain::history);
  for (const BlockId& id : ids_) crypto::merkle::append_leaf_hash(tree, recovered.history, tree.leaf(id.view()));
  const std::size_t authorities = genesis_.authorities.size();
  if (certificate_) recovered.tip_certificate = *crypto::format::decode_certificate(*certificate_, authorities);
  recovered.quarantined = quarantined_;
  recovered.halted = halted_;
  recovered.guard = guard_;
  for (const auto& [context, ballot] : votes_) {
    const auto statement = crypto::format::encode_statement(context, ballot);
    recovered.own_votes.push_back({ballot, *me, fake_sign(genesis_.authorities[me->value()].key, statement)});
  }
  for (const ByteVector& certificate : certificates_)
    recovered.certificates.push_back(*crypto::format::decode_certificate(certificate, authorities));
  recovered.bodies = bodies_;
  return recovered;
}

}  // namespace provchain::sim
