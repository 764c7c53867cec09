// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/proposal_rules.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "engine/core/consensus/block_tree.hpp"

namespace provchain::core::consensus {

using crypto::format::Ballot;
using crypto::format::BlockHeader;
using crypto::format::SystemState;
using crypto::merkle::Frontier;

namespace {

// The same as a + b >= c without wrapping: hostile headers carry any number.
bool reaches(std::uint64_t time_ms, std::uint64_t earlier_ms, std::uint64_t interval_ms) {
  return time_ms >= earlier_ms && time_ms - earlier_ms >= interval_ms;
}

std::optional<HeaderFault> place_fault(const EpochSet& epoch, const BlockHeader& header, const BlockHeader& parent) {
  if (header.network_id != epoch.context.network_id) return HeaderFault::wrong_network;
  if (header.epoch != epoch.epoch) return HeaderFault::wrong_epoch;
  if (header.epoch_anchor_id != epoch.context.anchor_id) return HeaderFault::wrong_anchor;
  if (header.height.value() == 0 || header.height.previous() != parent.height) return HeaderFault::wrong_height;
  // Views count from 1 in every epoch; the block that ended the one before has a view of that one.
  const bool is_first = header.parent_id == epoch.context.anchor_id;
  if (header.view <= (is_first ? View{} : parent.view)) return HeaderFault::wrong_view;
  if (header.proposer != epoch.leader(header.view)) return HeaderFault::wrong_proposer;
  if (!is_first && parent.ends_epoch()) return HeaderFault::epoch_over;
  if ((header.flags & ~(crypto::format::flag_heartbeat | crypto::format::flag_epoch_end)) != 0) return HeaderFault::unknown_flag;
  return std::nullopt;
}

std::optional<HeaderFault> content_fault(const EpochSet& epoch, const BlockHeader& header, const BlockHeader& parent,
                                         const SystemState& system) {
  if (!reaches(header.timestamp_ms, parent.timestamp_ms, epoch.parameters.min_interval_ms)) return HeaderFault::too_early;
  if (header.body_bytes > epoch.parameters.max_block_bytes) return HeaderFault::too_large;
  const bool is_empty = header.tx_count == 0;
  const bool is_heartbeat = (header.flags & crypto::format::flag_heartbeat) != 0;
  if (is_empty != is_heartbeat) return HeaderFault::empty_block;
  const std::uint64_t heartbeat_ms = epoch.parameters.heartbeat_ms;
  const bool is_due = heartbeat_ms > 0 && reaches(header.timestamp_ms, parent.timestamp_ms, heartbeat_ms);
  if (is_empty && !is_due && !hurries(system)) return HeaderFault::empty_block;
  if (header.authority_set_hash != epoch.authority_set_hash) return HeaderFault::bad_authority_set;
  return std::nullopt;
}

// The state after the transactions; the same object when they leave it as it is.
Result<SystemPointer, HeaderFault> after(std::span<const CheckedTx> transactions, const SystemPointer& system) {
  std::shared_ptr<SystemState> changed;
  for (const CheckedTx& tx : transactions) {
    if (tx.kind == crypto::format::TxKind::dataset) continue;
    if (tx.system == nullptr) return std::unexpected(HeaderFault::system_transaction);
    if (changed == nullptr) changed = std::make_shared<SystemState>(*system);
    if (apply(*changed, tx.id, *tx.system)) return std::unexpected(HeaderFault::system_transaction);
  }
  if (changed == nullptr) return system;
  return SystemPointer(std::move(changed));
}

}  // namespace

std::string_view to_string(HeaderFault fault) {
  switch (fault) {
    case HeaderFault::wrong_network:
      return "wrong_network";
    case HeaderFault::wrong_epoch:
      return "wrong_epoch";
    case HeaderFault::wrong_anchor:
      return "wrong_anchor";
    case HeaderFault::wrong_height:
      return "wrong_height";
    case HeaderFault::wrong_view:
      return "wrong_view";
    case HeaderFault::wrong_proposer:
      return "wrong_proposer";
    case HeaderFault::unknown_flag:
      return "unknown_flag";
    case HeaderFault::too_early:
      return "too_early";
    case HeaderFault::too_large:
      return "too_large";
    case HeaderFault::empty_block:
      return "empty_block";
    case HeaderFault::bad_history_root:
      return "bad_history_root";
    case HeaderFault::bad_system_root:
      return "bad_system_root";
    case HeaderFault::bad_authority_set:
      return "bad_authority_set";
    case HeaderFault::bad_totals:
      return "bad_totals";
    case HeaderFault::duplicate_transaction:
      return "duplicate_transaction";
    case HeaderFault::expired_transaction:
      return "expired_transaction";
    case HeaderFault::author_not_admitted:
      return "author_not_admitted";
    case HeaderFault::system_transaction:
      return "system_transaction";
    case HeaderFault::epoch_over:
      return "epoch_over";
    case HeaderFault::bad_epoch_end:
      return "bad_epoch_end";
    case HeaderFault::bad_next_authorities:
      return "bad_next_authorities";
  }
  PVC_UNREACHABLE();
}

std::optional<HeaderFault> header_fault(const EpochSet& epoch, const BlockHeader& header, const BlockHeader& parent,
                                        const Frontier& parent_history, const SystemState& system) {
  if (const auto fault = place_fault(epoch, header, parent)) return fault;
  if (const auto fault = content_fault(epoch, header, parent, system)) return fault;
  if (header.history_root != history_root_of(parent_history)) return HeaderFault::bad_history_root;
  // The parent's totals are sums over its whole chain, so they stay far from wrapping; the child's are checked by subtraction.
  if (header.total_txs < parent.total_txs || header.total_txs - parent.total_txs != header.tx_count)
    return HeaderFault::bad_totals;
  if (header.total_quads < parent.total_quads) return HeaderFault::bad_totals;
  return std::nullopt;
}

std::optional<HeaderFault> transactions_fault(const EpochSet& epoch, const BlockHeader& header, const BlockHeader& parent,
                                              std::span<const CheckedTx> transactions, const std::set<TxId>& ancestors,
                                              Height final) {
  if (transactions.size() != header.tx_count) return HeaderFault::bad_totals;
  std::uint64_t quads = 0;
  std::set<TxId> within;
  for (const CheckedTx& tx : transactions) {
    quads += tx.quad_count;
    if (tx.valid_until < header.height.value()) return HeaderFault::expired_transaction;
    // Governance and evidence carry their own authority; whoever hands them in adds nothing to it.
    if (tx.kind == crypto::format::TxKind::dataset && !epoch.may_write(tx.author)) return HeaderFault::author_not_admitted;
    if (!within.insert(tx.id).second || ancestors.contains(tx.id)) return HeaderFault::duplicate_transaction;
    // in_chain may have been read after this very block became final, or another one beside it.
    if (tx.in_chain && *tx.in_chain <= final) return HeaderFault::duplicate_transaction;
  }
  if (header.total_quads - parent.total_quads != quads) return HeaderFault::bad_totals;
  return std::nullopt;
}

bool has_place(const SystemState& system, const CheckedTx& transaction) {
  if (transaction.kind == crypto::format::TxKind::dataset) return system.may_write(transaction.author);
  SystemState changed = system;
  return transaction.system != nullptr && !apply(changed, transaction.id, *transaction.system);
}

Result<SystemPointer, HeaderFault> complete(BlockHeader& header, const BlockHeader& parent,
                                            std::span<const CheckedTx> transactions, const SystemPointer& system) {
  PVC_TRY(SystemPointer state, after(transactions, system));
  // The root is dear where there are many participants, and the parent's header has it, unless a new epoch began between them.
  const bool is_same = state == system && !parent.ends_epoch();
  header.system_root = is_same ? parent.system_root : system_root_of(*state);
  const bool ends = ends_epoch(*state, header.height);
  header.flags = (header.flags & ~crypto::format::flag_epoch_end) | (ends ? crypto::format::flag_epoch_end : 0);
  header.next_authority_set_hash = ends ? authority_set_hash(state->next_authorities) : header.authority_set_hash;
  return state;
}

Result<SystemPointer, HeaderFault> execute(const BlockHeader& header, const BlockHeader& parent,
                                           std::span<const CheckedTx> transactions, const SystemPointer& system) {
  BlockHeader right = header;
  PVC_TRY(SystemPointer state, complete(right, parent, transactions, system));
  if (header.system_root != right.system_root) return std::unexpected(HeaderFault::bad_system_root);
  if (header.flags != right.flags) return std::unexpected(HeaderFault::bad_epoch_end);
  if (header.next_authority_set_hash != right.next_authority_set_hash) return std::unexpected(HeaderFault::bad_next_authorities);
  return state;
}

std::optional<Reject> ancestry_fault(const EpochSet& epoch, const Ballot& ballot, const BlockHeader& header, const Node& parent) {
  if (ballot.block_id == parent.block_id) {
    // The anchor was final before the epoch began. A second finality of it, by other authorities, would prove nothing to anybody:
    // its header belongs to the epoch before.
    const bool is_anchor = parent.block_id == epoch.context.anchor_id;
    return ballot.height == parent.height && !is_anchor ? std::nullopt : std::optional(Reject::wrong_ancestry);
  }
  if (header.parent_id != parent.block_id) return Reject::wrong_ancestry;
  if (ballot.height != header.height || ballot.height.value() == 0 || ballot.height.previous() != parent.height)
    return Reject::wrong_ancestry;
  if (header.view != ballot.view || header.proposer != epoch.leader(ballot.view)) return Reject::wrong_header;
  if (header.epoch != epoch.epoch || header.epoch_anchor_id != epoch.context.anchor_id) return Reject::wrong_header;
  return std::nullopt;
}

Timeliness timeliness(const crypto::format::ConsensusParameters& parameters, std::uint64_t timestamp_ms, WallTime now,
                      WallTime arrived, Duration bound) {
  // Clocks before 1970 and times beyond the range of the clock are as untimely as it gets.
  if (timestamp_ms > static_cast<std::uint64_t>(INT64_MAX / 2)) return Timeliness::early;
  const auto time = static_cast<std::int64_t>(timestamp_ms);
  const auto skew = static_cast<std::int64_t>(parameters.clock_skew_ms);
  const std::int64_t delay = std::max(static_cast<std::int64_t>(parameters.msg_delay_ms), bound.us / 1000);
  if (time < arrived.ms - skew - delay) return Timeliness::late;
  if (time > now.ms + skew) return Timeliness::early;
  return Timeliness::timely;
}

}  // namespace provchain::core::consensus
