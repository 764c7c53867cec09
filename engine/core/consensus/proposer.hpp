// SPDX-License-Identifier: Apache-2.0
// What the leader of a view does (R5): watches for the reasons to propose, builds a block or proposes an unfinished one again,
// and makes the message once its own vote is signed. A built block goes through the same checks as everybody's before this node
// votes for it. Core thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/core/consensus/chain.hpp"
#include "engine/core/consensus/state.hpp"
#include "wire/message.hpp"

namespace provchain::core::consensus {

class Proposer {
 public:
  explicit Proposer(State& state) : state_(state) {}

  // Tells the view's clock which conditions hold now (the W table of the protocol).
  void observe_work(Now now);
  // As of the last observe_work: since when a leader that is here has, or from when it will have, a reason to propose; kNever:
  // there is none. Others than the leader give it some time beyond that. Also kNever while the highest notarised block is not
  // valid here: who gives up a later view before it voted to finalise that block never can.
  [[nodiscard]] MonoTime work_due() const { return work_due_; }
  // R5. True when something was proposed or given up.
  bool propose(Now now, Chain& chain, Effects& fx);

  // The whole message for a proposal with a signed vote and a valid block; absent when this node lacks a part of it.
  [[nodiscard]] std::optional<SharedBytes> message_of(const Proposal& proposal) const;
  // Skip certificates that do not fit into the message, to be sent ahead of it.
  [[nodiscard]] std::vector<ByteVector> overflow_of(const Proposal& proposal) const;

 private:
  // Says when the leader proposes what the mempool holds; kNever when that is nothing.
  MonoTime observe_transactions(Now now, const Node& tip);
  // The same for blocks of any kind.
  MonoTime observe_blocks(Now now, const Node& tip);
  void observe_unfinished();
  [[nodiscard]] std::optional<Condition> reason(Now now) const;
  bool propose_again(Now now, const Node& parent);
  // What a block of this height on `parent` would carry.
  [[nodiscard]] std::vector<const PooledTx*> pick(const BlockId& parent, Height height) const;
  bool propose_block(Now now, const Node& parent, bool may_be_empty, Chain& chain, Effects& fx);
  [[nodiscard]] crypto::format::BlockHeader header_on(Now now, const ChainEnd& parent) const;
  void adopt(Now now, const Node& node, const crypto::format::BlockHeader& header);

  // The answer of the mempool, which has to walk over what it may not offer: the same until the pool or the chain changes.
  struct Oldest {
    std::uint64_t mempool_version = 0;
    BlockId tip;
    BlockId final;
    std::optional<MonoTime> seen;
  };
  [[nodiscard]] std::optional<MonoTime> oldest_includable(const Node& tip);

  State& state_;
  Oldest oldest_;
  MonoTime work_due_ = kNever;
  View proposed_in_;  // the last view this node proposed in or gave up
};

}  // namespace provchain::core::consensus
