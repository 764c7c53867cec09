// SPDX-License-Identifier: Apache-2.0
// The one way of blocks to storage. Consensus and catching up may both come to the same height; storage gets every height once
// and in order, and both make the same block of it, since both follow certificates. Keeps the end of the durable chain. Core
// thread only. Invariant: durable height <= submitted height, and no height between them is missing.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "crypto/format/block_header.hpp"
#include "crypto/merkle.hpp"
#include "engine/core/effects.hpp"

namespace provchain::core {

class CommitGate {
 public:
  struct Tip {
    crypto::format::BlockHeader header;
    BlockId id;
    crypto::merkle::Frontier history;  // over the ids of heights 0 … this one
  };
  // A block that has become durable.
  struct Durable {
    crypto::format::BlockHeader header;
    BlockId id;
    std::vector<TxId> transactions;
    std::optional<ByteVector> certificate;  // FINALIZE on it, where one was committed with it
  };

  void start(Tip tip);
  [[nodiscard]] const Tip& tip() const PVC_LIFETIMEBOUND { return tip_; }

  // Takes the blocks out that were submitted before and fills in where the journal stands. False when nothing is left: the effect
  // is to be dropped.
  [[nodiscard]] bool admit(Commit& commit, const std::optional<GuardPosition>& journal);
  // chain/ holds everything up to `height`: the blocks that became durable with it, ascending; the tip is the last of them.
  std::vector<Durable> on_committed(Height height);

 private:
  Tip tip_;
  Height submitted_;
  std::deque<Durable> in_flight_;
};

}  // namespace provchain::core
