// SPDX-License-Identifier: Apache-2.0
// The one way of blocks to storage. Consensus and catching up may both come to the same height; storage gets every height once
// and in order, and both make the same block of it, since both follow certificates. Keeps the end of the durable chain, and what
// follows from all blocks in order: the system state, the turns of the authorities, the beginning of an epoch. Core thread only.
// Invariant: durable height <= submitted height, and no height between them is missing.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "crypto/format/block_header.hpp"
#include "engine/core/consensus/chain_end.hpp"
#include "engine/core/consensus/turns.hpp"
#include "engine/core/effects.hpp"

namespace provchain::core {

class CommitGate {
 public:
  using Tip = consensus::ChainEnd;
  // A block that has become durable.
  struct Durable {
    crypto::format::BlockHeader header;
    BlockId id;
    std::vector<TxId> transactions;
    std::optional<ByteVector> certificate;  // FINALIZE on it, where one was committed with it
    consensus::SystemPointer system;        // that the next block builds on
  };
  enum class Admitted : std::uint8_t {
    news,
    stale,    // nothing is left: the effect is to be dropped
    invalid,  // a certified block contradicts the system state here: nothing of the effect may reach storage
  };

  // `turns`: up to the tip.
  void start(Tip tip, consensus::Turns turns);
  // Its system state is that of the next epoch when its block ends one.
  [[nodiscard]] const Tip& tip() const PVC_LIFETIMEBOUND { return tip_; }
  // Up to the last block that was submitted.
  [[nodiscard]] const consensus::Turns& turns() const PVC_LIFETIMEBOUND { return turns_; }
  // That the block after that one belongs to. Only after start().
  [[nodiscard]] Epoch epoch() const { return system_->epoch; }

  // Takes the blocks out that were submitted before, and fills in where the journal stands and what becomes of the system state.
  // Only the last block may end its epoch, and then the certificate is there.
  [[nodiscard]] Admitted admit(Commit& commit, const std::optional<GuardPosition>& journal);
  // chain/ holds everything up to `height`: the blocks that became durable with it, ascending; the tip is the last of them.
  std::vector<Durable> on_committed(Height height);

 private:
  Tip tip_;
  // The last block that was submitted, durable or not.
  crypto::format::BlockHeader submitted_;
  consensus::SystemPointer system_;
  consensus::LeaderSchedule schedule_ = consensus::LeaderSchedule::rotation(0, 1);  // of that state's epoch
  consensus::Turns turns_{1, Height{}, Height{}, View{}};
  std::deque<Durable> in_flight_;
};

}  // namespace provchain::core
