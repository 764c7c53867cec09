// SPDX-License-Identifier: Apache-2.0
// What one simulated node has on its disk: the chain and the vote journal. Writes become durable when their event fires; a crash
// before that keeps a prefix of them, drawn from the seed, as a real disk may.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "crypto/format/genesis.hpp"
#include "engine/core/consensus/types.hpp"
#include "engine/core/effects.hpp"

namespace provchain::sim {

class Disk {
 public:
  explicit Disk(const crypto::format::Genesis& genesis);

  // ---- chain ----
  // The height of the last block; the blocks that are there already are ignored.
  Height apply(const core::Commit& commit);
  [[nodiscard]] Height tip() const { return Height(blocks_.size()); }
  [[nodiscard]] const SharedBytes& block(Height height) const { return blocks_[height.value() - 1]; }
  [[nodiscard]] BlockId id(Height height) const { return ids_[height.value()]; }
  [[nodiscard]] std::optional<Height> find(const TxId& id) const;
  // The inclusion path of the block at `height` in the history tree of `head` leaves.
  [[nodiscard]] std::vector<Hash256> history_path(Height height, Height head) const;

  // ---- what stopped it ----
  void remember(core::StopKind kind) { (kind == core::StopKind::halt ? halted_ : quarantined_) = true; }

  // ---- journal ----
  // True when the vote may be signed now.
  bool journal(const core::CastVote& vote);
  void advance_floor(const core::AdvanceJournalFloor& floor);
  // The chain's copy of the guard's position lies above the journal: a restart would take the journal for an old one.
  [[nodiscard]] bool is_journal_behind_chain() const;
  // All statements ever made durable, in order, whatever the floor: what a test inspects.
  [[nodiscard]] const std::vector<crypto::format::StatementBytes>& statements() const { return statements_; }

  [[nodiscard]] core::consensus::Recovered recover(const std::optional<AuthorityIndex>& me) const;

 private:
  const crypto::format::Genesis& genesis_;
  std::vector<SharedBytes> blocks_;
  std::vector<BlockId> ids_;  // of heights 0 …
  std::map<TxId, Height> transactions_;
  std::optional<ByteVector> certificate_;  // on the tip

  core::GuardPosition chain_guard_;
  bool quarantined_ = false;
  bool halted_ = false;

  crypto::format::Guard guard_;
  std::vector<std::pair<crypto::format::StatementContext, crypto::format::Ballot>> votes_;
  std::vector<ByteVector> certificates_;
  std::vector<SharedBytes> bodies_;
  std::vector<crypto::format::StatementBytes> statements_;
};

}  // namespace provchain::sim
