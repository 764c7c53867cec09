// SPDX-License-Identifier: Apache-2.0
#include "engine/core/commit_gate.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "crypto/format/block.hpp"
#include "crypto/format/system_request.hpp"
#include "engine/core/consensus/leader.hpp"
#include "engine/core/consensus/proposal_rules.hpp"

namespace provchain::core {

using consensus::SystemPointer;
using crypto::format::SystemState;
using crypto::format::TxKind;
using crypto::format::TxView;

namespace {

// What the block's transactions ask of the system state. Both ways to the gate have checked them: they can be read.
std::vector<CheckedTx> system_transactions(const crypto::format::BlockView& block) {
  std::vector<CheckedTx> found;
  for (const TxView& tx : block.transactions) {
    if (tx.header.kind == TxKind::dataset) continue;
    auto request = crypto::format::read_system_request(tx.header.kind, tx.payload, block.header.epoch);
    PVC_CHECK(request.has_value());
    CheckedTx checked;
    checked.id = tx.id;
    checked.kind = tx.header.kind;
    checked.system = std::make_shared<const crypto::format::SystemRequest>(*std::move(request));
    found.push_back(std::move(checked));
  }
  return found;
}

// Those of the next authorities that took no turn in the epoch that ends, as far as the next one can spare them. Who rests
// already has few turns to show itself in, and stays at rest until it takes one.
std::vector<AuthorityIndex> resting_in_next(const consensus::Turns& turns, const SystemState& after) {
  std::vector<AuthorityIndex> absent;
  for (const AuthorityIndex resting : after.resting)
    if (turns.of(resting).proposed == 0) absent.push_back(resting);
  for (const AuthorityIndex found : consensus::find_absent(turns, crypto::format::faults_tolerated(after.authorities.size())))
    if (!std::ranges::binary_search(after.resting, found)) absent.push_back(found);
  std::vector<AuthorityIndex> resting;
  for (const AuthorityIndex authority : absent) {
    const auto next = crypto::format::find_authority(after.next_authorities, after.authorities[authority.value()].key);
    if (next && resting.size() < crypto::format::faults_tolerated(after.next_authorities.size())) resting.push_back(*next);
  }
  std::ranges::sort(resting);
  return resting;
}

// The state that the block after the last one of an epoch builds on.
SystemPointer next_epoch(const crypto::format::BlockView& last, const SystemState& after, const consensus::Turns& turns) {
  return std::make_shared<const SystemState>(begin_epoch(after, last.id, last.header.height, resting_in_next(turns, after)));
}

}  // namespace

void CommitGate::start(Tip tip, consensus::Turns turns) {
  PVC_CHECK(turns.height() == tip.header.height && turns.authority_count() == tip.system->authorities.size());
  turns_ = std::move(turns);
  tip_ = std::move(tip);
  submitted_ = tip_.header;
  system_ = tip_.system;
  schedule_ = consensus::schedule_of(*system_);
}

CommitGate::Admitted CommitGate::admit(Commit& commit, const std::optional<GuardPosition>& journal) {
  std::vector<SharedBytes> news;
  std::vector<Durable> durable;
  crypto::format::BlockHeader last = submitted_;
  SystemPointer system = system_;
  consensus::Turns turns = turns_;
  for (SharedBytes& bytes : commit.blocks) {
    // Both ways here have checked the block: it splits.
    const auto block = crypto::format::decode_block(bytes.view());
    PVC_CHECK(block.has_value());
    if (block->header.height <= last.height) continue;
    PVC_CHECK(block->header.height == last.height.next());
    const auto after = consensus::execute(block->header, last, system_transactions(*block), system);
    if (!after) return Admitted::invalid;
    system = *after;
    last = block->header;
    turns.count(schedule_, last);
    PVC_CHECK(!last.ends_epoch() || (&bytes == &commit.blocks.back() && commit.certificate));
    if (last.ends_epoch()) system = next_epoch(*block, **after, turns);
    Durable next{last, block->id, {}, {}, system};
    next.transactions.reserve(block->transactions.size());
    for (const TxView& tx : block->transactions) next.transactions.push_back(tx.id);
    durable.push_back(std::move(next));
    news.push_back(std::move(bytes));
  }
  if (news.empty()) return Admitted::stale;
  durable.back().certificate = commit.certificate;
  commit.blocks = std::move(news);
  commit.guard = journal;
  if (system != system_) commit.system = encode_system_state(*system);
  if (last.ends_epoch()) {
    commit.next_authorities = encode_authorities(system->authorities);
    turns = consensus::Turns(system->authorities.size(), last.height, last.height, View{});
    schedule_ = consensus::schedule_of(*system);
  }
  submitted_ = last;
  system_ = std::move(system);
  turns_ = std::move(turns);
  for (Durable& block : durable) in_flight_.push_back(std::move(block));
  return Admitted::news;
}

std::vector<CommitGate::Durable> CommitGate::on_committed(Height height) {
  std::vector<Durable> durable;
  while (!in_flight_.empty() && in_flight_.front().header.height <= height) {
    Durable& next = in_flight_.front();
    tip_ = Tip{next.header, next.id, consensus::extend_history(tip_.history, next.id), next.system};
    durable.push_back(std::move(next));
    in_flight_.pop_front();
  }
  PVC_CHECK(tip_.history.size == tip_.header.height.value() + 1);
  return durable;
}

}  // namespace provchain::core
