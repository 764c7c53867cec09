// SPDX-License-Identifier: Apache-2.0
// What one simulated node has on its disk: the chain, the state that follows from it, the vote journal, and the notes of why it
// stopped. A write is durable when its function is called; what a crash keeps of writes on their way is the world's business. A
// copy is a backup.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "crypto/format/epoch_end.hpp"
#include "crypto/format/genesis.hpp"
#include "engine/core/consensus/types.hpp"
#include "engine/core/effects.hpp"
#include "tests/sim/signatures.hpp"

namespace provchain::sim {

class Disk {
 public:
  // `genesis` outlives this object and its copies.
  explicit Disk(const crypto::format::Genesis& genesis);

  // ---- chain and state ----
  // The height of the last block; blocks that are there already are ignored.
  Height apply(const core::Commit& commit);
  // The same in the two steps of the real store: the chain is durable first, and the state follows it.
  Height apply_to_chain(const core::Commit& commit);
  void apply_to_state();

  [[nodiscard]] Height tip() const { return Height(blocks_.size()); }
  [[nodiscard]] const SharedBytes& block(Height height) const { return blocks_[height.value() - 1]; }
  [[nodiscard]] BlockId id(Height height) const { return ids_[height.value()]; }
  [[nodiscard]] crypto::format::BlockHeader header(Height height) const;
  // As far as the state goes.
  [[nodiscard]] std::optional<Height> find(const TxId& id) const;
  [[nodiscard]] std::size_t transaction_count() const { return transactions_.size(); }
  // The inclusion path of the block at `height` in the history tree of `head` leaves.
  [[nodiscard]] std::vector<Hash256> history_path(Height height, Height head) const;

  // ---- what stopped it ----
  void remember(core::StopKind kind) { (kind == core::StopKind::halt ? halted_ : quarantined_) = true; }

  // ---- journal ----
  // True when the vote may be signed now.
  bool journal(const core::CastVote& vote);
  // The first `records` of what journal() would have written: its bodies, its certificates, and never the vote itself.
  void journal_torn(const core::CastVote& vote, std::size_t records);
  void advance_floor(const core::AdvanceJournalFloor& floor);
  // The chain's copy of the guard's position lies above the journal: a restart takes the journal for an old one.
  [[nodiscard]] bool is_journal_behind_chain() const;
  // All statements ever made durable, in order, whatever the floor: what a test inspects.
  [[nodiscard]] const std::vector<crypto::format::StatementBytes>& statements() const { return journal_.statements; }

  // ---- misfortunes of whole directories ----
  void restore_chain(const Disk& backup);
  void restore_journal(const Disk& backup) { journal_ = backup.journal_; }
  // The key is there still; its journal is not.
  void lose_journal();

  // That the next block builds on.
  [[nodiscard]] crypto::format::SystemState system() const;
  // What ended the epochs first … first + count − 1, as far as they have ended. Valid until the next commit.
  [[nodiscard]] std::vector<crypto::format::EpochEndView> epoch_ends(Epoch first, std::uint32_t count) const;
  // What a start reads back.
  [[nodiscard]] core::consensus::Recovered recover(const std::optional<AuthorityIndex>& me, const Signatures& signatures) const;

 private:
  // Who took turns in the epoch of this state, read again from the headers.
  [[nodiscard]] core::consensus::Turns turns(const crypto::format::SystemState& system) const;

  struct Journal {
    bool lost = false;
    crypto::format::Guard guard;
    std::vector<std::pair<crypto::format::StatementContext, crypto::format::Ballot>> votes;
    std::vector<ByteVector> certificates;
    std::vector<SharedBytes> bodies;
    std::vector<crypto::format::StatementBytes> statements;
  };

  const crypto::format::Genesis* genesis_;
  std::vector<SharedBytes> blocks_;
  std::vector<BlockId> ids_;     // of heights 0 …
  std::vector<Hash256> leaves_;  // of the history tree, one an id
  crypto::merkle::Frontier history_;
  std::map<TxId, Height> transactions_;
  Height state_tip_;
  std::optional<ByteVector> certificate_;  // on the tip
  ByteVector system_;                      // of the latest commit that had one; empty: none had
  struct EpochEndBytes {
    ByteVector header;
    ByteVector certificate;
    ByteVector next_authorities;
  };
  std::vector<EpochEndBytes> epoch_ends_;  // by epoch
  core::GuardPosition chain_guard_;

  bool quarantined_ = false;
  bool halted_ = false;
  Journal journal_;
};

}  // namespace provchain::sim
