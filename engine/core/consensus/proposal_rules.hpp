// SPDX-License-Identifier: Apache-2.0
// Which blocks are valid children of which, and which blocks may be proposed on which nodes. A block's validity is a pure
// function of the block and its ancestors, equal on every node and at every time; only it may mark a block invalid. Pure
// functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>

#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/merkle.hpp"
#include "engine/core/consensus/leader.hpp"
#include "engine/core/consensus/types.hpp"
#include "engine/core/effects.hpp"

namespace provchain::core::consensus {

// Why a block can never be valid below its parent.
enum class HeaderFault : std::uint8_t {
  wrong_network,
  wrong_epoch,
  wrong_anchor,
  wrong_height,
  wrong_view,
  wrong_proposer,
  unknown_flag,
  too_early,  // before parent's time + min_interval
  too_large,
  empty_block,  // without transactions, and not a due heartbeat
  bad_history_root,
  bad_system_root,
  bad_authority_set,
  bad_totals,
  duplicate_transaction,
  expired_transaction,
  author_not_admitted,
  system_transaction,    // a governance or evidence transaction that the chain's state has no place for
  epoch_over,            // stands on the block that ended its epoch
  bad_epoch_end,         // EPOCH_END where the epoch does not end, or missing where it does
  bad_next_authorities,  // another set than the epoch's end leads to
};
[[nodiscard]] std::string_view to_string(HeaderFault fault);

// The header of a child against the header of the block that its parent_id names, the history up to that one, and the system
// state that the child builds on. What the child's transactions decide is execute's. Absent: nothing wrong.
[[nodiscard]] std::optional<HeaderFault> header_fault(const EpochSet& epoch, const crypto::format::BlockHeader& header,
                                                      const crypto::format::BlockHeader& parent,
                                                      const crypto::merkle::Frontier& parent_history,
                                                      const crypto::format::SystemState& system);

// The transactions of a block whose header has no fault. `ancestors` are the transactions of ancestors that `in_chain` does not
// speak of yet. `final` is the end of the chain that the block stands on: what in_chain says of higher blocks is about another
// branch, because catching up may run ahead of what this node has judged.
[[nodiscard]] std::optional<HeaderFault> transactions_fault(const EpochSet& epoch, const crypto::format::BlockHeader& header,
                                                            const crypto::format::BlockHeader& parent,
                                                            std::span<const CheckedTx> transactions,
                                                            const std::set<TxId>& ancestors, Height final);

// Whether the system state has room for what the transaction asks of it; a dataset asks only that its author may write.
[[nodiscard]] bool has_place(const crypto::format::SystemState& system, const CheckedTx& transaction);

// What the block makes of the system state it builds on (the same object when nothing), and that its header says so: system_root,
// EPOCH_END, next_authority_set_hash. The state is still that of the block's own epoch.
[[nodiscard]] Result<SystemPointer, HeaderFault> execute(const crypto::format::BlockHeader& header,
                                                         const crypto::format::BlockHeader& parent,
                                                         std::span<const CheckedTx> transactions, const SystemPointer& system);
// The same for a block in the making: fills those fields of the header in. Transactions that have no place must have been left
// out.
[[nodiscard]] Result<SystemPointer, HeaderFault> complete(crypto::format::BlockHeader& header,
                                                          const crypto::format::BlockHeader& parent,
                                                          std::span<const CheckedTx> transactions, const SystemPointer& system);

// Whether the proposal of `ballot.view` with this header may stand on `parent`: either the same block again, or a child. Says
// nothing about the block.
[[nodiscard]] std::optional<Reject> ancestry_fault(const EpochSet& epoch, const crypto::format::Ballot& ballot,
                                                   const crypto::format::BlockHeader& header, const Node& parent);

enum class Timeliness : std::uint8_t {
  timely,
  early,  // hold the vote until this clock has come near enough
  late,
};
// Never part of validity, and never asked of re-proposals. `bound` is the view's current 2Δ_k: a bound that cannot adapt can stop
// the chain.
[[nodiscard]] Timeliness timeliness(const crypto::format::ConsensusParameters& parameters, std::uint64_t timestamp_ms,
                                    WallTime now, WallTime arrived, Duration bound);

}  // namespace provchain::core::consensus
