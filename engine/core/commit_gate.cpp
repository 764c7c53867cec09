// SPDX-License-Identifier: Apache-2.0
#include "engine/core/commit_gate.hpp"

#include <utility>

#include "base/check.hpp"
#include "crypto/domain.hpp"
#include "crypto/format/block.hpp"

namespace provchain::core {

void CommitGate::start(Tip tip) {
  tip_ = std::move(tip);
  submitted_ = tip_.header.height;
}

bool CommitGate::admit(Commit& commit, const std::optional<GuardPosition>& journal) {
  std::vector<SharedBytes> news;
  for (SharedBytes& bytes : commit.blocks) {
    // Both ways here have checked the block: it splits.
    const auto block = crypto::format::decode_block(bytes.view());
    PVC_CHECK(block.has_value());
    if (block->header.height <= submitted_) continue;
    PVC_CHECK(block->header.height == submitted_.next());
    submitted_ = block->header.height;
    Durable durable{block->header, block->id, {}, {}};
    durable.transactions.reserve(block->transactions.size());
    for (const crypto::format::TxView& tx : block->transactions) durable.transactions.push_back(tx.id);
    in_flight_.push_back(std::move(durable));
    news.push_back(std::move(bytes));
  }
  if (news.empty()) return false;
  in_flight_.back().certificate = commit.certificate;
  commit.blocks = std::move(news);
  commit.guard = journal;
  return true;
}

std::vector<CommitGate::Durable> CommitGate::on_committed(Height height) {
  std::vector<Durable> durable;
  const crypto::merkle::TaggedHash tree(crypto::domain::history);
  while (!in_flight_.empty() && in_flight_.front().header.height <= height) {
    Durable& next = in_flight_.front();
    crypto::merkle::append_leaf_hash(tree, tip_.history, tree.leaf(next.id.view()));
    tip_.header = next.header;
    tip_.id = next.id;
    durable.push_back(std::move(next));
    in_flight_.pop_front();
  }
  PVC_CHECK(tip_.history.size == tip_.header.height.value() + 1);
  return durable;
}

}  // namespace provchain::core
