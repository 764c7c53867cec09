// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/proposer.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "crypto/domain.hpp"
#include "crypto/format/block.hpp"
#include "engine/core/consensus/proposal_rules.hpp"
#include "wire/messages.hpp"

namespace provchain::core::consensus {

using crypto::format::BlockHeader;

namespace {

// Those that make a leader propose; the others only wake.
constexpr std::array proposing_conditions{Condition::transactions, Condition::unfinished, Condition::heartbeat,
                                          Condition::change};

// When the wall clock will show `unix_ms`, on the monotonic clock; in the past for a time that has gone by. Clamped: headers
// carry any number.
MonoTime when_wall_shows(Now now, std::uint64_t unix_ms) {
  constexpr std::int64_t day_ms = 86'400'000;
  const auto limit = static_cast<std::uint64_t>(INT64_MAX / 4);
  const std::int64_t ahead_ms = static_cast<std::int64_t>(std::min(unix_ms, limit)) - now.wall.ms;
  return now.mono + Duration::millis(std::clamp(ahead_ms, -day_ms, day_ms));
}

}  // namespace

// ---- reasons ----

std::optional<MonoTime> Proposer::oldest_includable(const Node& tip) {
  const BlockId& final = state_.tree.end().id;
  if (oldest_.mempool_version == state_.mempool.version() && oldest_.tip == tip.block_id && oldest_.final == final)
    return oldest_.seen;
  const Height next = state_.tree.header_of(tip.block_id)->height.next();
  const std::size_t body_max = state_.epoch.parameters.max_block_bytes;
  oldest_ = Oldest{state_.mempool.version(), tip.block_id, final,
                   state_.mempool.oldest_includable(body_max, next, state_.excluded_on(tip.block_id))};
  return oldest_.seen;
}

MonoTime Proposer::observe_transactions(Now now, const Node& tip) {
  const BlockHeader& header = *state_.tree.header_of(tip.block_id);
  const std::size_t body_max = state_.epoch.parameters.max_block_bytes;
  const std::optional<MonoTime> oldest = oldest_includable(tip);
  if (!oldest) {
    state_.pacemaker.release(Condition::transactions);
    return kNever;
  }
  const bool full = state_.mempool.pending_bytes() >= body_max;
  const std::uint64_t interval_ms = full ? state_.epoch.parameters.min_interval_ms : state_.epoch.parameters.target_interval_ms;
  const auto reason_at = [&](std::uint64_t skew_ms, Duration grace) {
    const MonoTime due = when_wall_shows(now, header.timestamp_ms + interval_ms + skew_ms);
    return std::max({state_.pacemaker.entered(), due, *oldest + grace});
  };
  const MonoTime due = reason_at(0, Duration{});
  const bool leads = state_.is_leader();
  state_.pacemaker.hold(Condition::transactions,
                        leads ? due : reason_at(state_.epoch.parameters.clock_skew_ms, state_.options.timing.grace));
  return due;
}

void Proposer::observe_unfinished() {
  Pacemaker& pacemaker = state_.pacemaker;
  const View top = state_.top_notarised();
  const std::optional<Node> node = state_.node(top);
  if (!node || top <= state_.final.view || node->block_id == state_.final.block_id)
    return pacemaker.release(Condition::unfinished);
  // Nothing but its own finality can follow the block that ends the epoch, so nobody waits for work to come with it (W3).
  const BlockHeader* header = state_.tree.header_of(node->block_id);
  const bool is_last = header != nullptr && header->ends_epoch();
  const Duration flush_delay = is_last ? Duration{} : state_.options.timing.delta_base * 2;
  pacemaker.hold(Condition::unfinished, pacemaker.entered() + flush_delay);
}

MonoTime Proposer::observe_blocks(Now now, const Node& tip) {
  Pacemaker& pacemaker = state_.pacemaker;
  const BlockHeader& header = *state_.tree.header_of(tip.block_id);
  const auto hold_until = [&](Condition condition, std::uint64_t unix_ms) {
    pacemaker.hold(condition, std::max(pacemaker.entered(), when_wall_shows(now, unix_ms)));
  };
  // A block on top of the one that ends the epoch would not be valid.
  const bool is_last = header.ends_epoch() && tip.block_id != state_.epoch.context.anchor_id;
  if (is_last) {
    for (const Condition condition : {Condition::transactions, Condition::heartbeat, Condition::change})
      pacemaker.release(condition);
    return kNever;
  }
  const MonoTime due = observe_transactions(now, tip);
  if (state_.epoch.parameters.heartbeat_ms > 0)
    hold_until(Condition::heartbeat, header.timestamp_ms + state_.epoch.parameters.heartbeat_ms);
  if (hurries(*state_.tree.system_at(tip.block_id)))
    hold_until(Condition::change, header.timestamp_ms + state_.epoch.parameters.min_interval_ms);
  else
    pacemaker.release(Condition::change);
  return due;
}

void Proposer::observe_work(Now now) {
  Pacemaker& pacemaker = state_.pacemaker;
  // Without the certificates to know the tip, the final block is what is certain.
  const std::optional<Node> known_tip = state_.tip();
  const MonoTime blocks_due = observe_blocks(now, known_tip.value_or(state_.final));
  observe_unfinished();

  std::size_t gave_up = state_.votes.count(crypto::format::VoteKind::nullify, state_.view);
  if (state_.epoch.me && state_.votes.find(crypto::format::VoteKind::nullify, state_.view, *state_.epoch.me) != nullptr)
    --gave_up;
  if (gave_up >= state_.epoch.faults + 1) pacemaker.hold(Condition::others_gave_up, now.mono);

  const bool is_top_valid = known_tip && known_tip->view == state_.top_notarised();
  work_due_ = is_top_valid ? std::min(blocks_due, pacemaker.base()) : kNever;
}

std::optional<Condition> Proposer::reason(Now now) const {
  const Pacemaker& pacemaker = state_.pacemaker;
  // f + 1 nullifications: an honest authority waits for a block already, so what would be a reason later is one now.
  const bool woken = pacemaker.holds(Condition::others_gave_up);
  std::optional<Condition> first;
  for (const Condition condition : proposing_conditions) {
    if (!pacemaker.holds(condition)) continue;
    // An early heartbeat would not be valid.
    const bool may_be_early = woken && (condition == Condition::transactions || condition == Condition::unfinished);
    if (!may_be_early && pacemaker.base(condition) > now.mono) continue;
    if (!first || pacemaker.base(condition) < pacemaker.base(*first)) first = condition;
  }
  return first;
}

// ---- proposing ----

bool Proposer::propose(Now now, Chain& chain, Effects& fx) {
  if (!state_.votes_allowed() || !state_.is_leader() || proposed_in_ == state_.view || state_.is_epoch_over()) return false;
  if (!state_.safety.is_above_guard(state_.view, 1) || state_.pacemaker.expired()) return false;
  if (state_.proposals.contains(state_.view) || state_.committing.size() >= commits_max) return false;
  const std::optional<Condition> why = reason(now);
  if (!why) return false;
  const std::optional<Node> parent = state_.tip();
  if (!parent) return false;
  const std::uint64_t unfinished = parent->height.value() - state_.final.height.value();
  const bool is_last = state_.tree.header_of(parent->block_id)->ends_epoch() && unfinished > 0;
  if (unfinished > 0 && (*why == Condition::unfinished || is_last || unfinished >= unfinished_blocks_max))
    return propose_again(now, *parent);
  const bool may_be_empty = *why == Condition::heartbeat || *why == Condition::change;
  return propose_block(now, *parent, may_be_empty, chain, fx);
}

void Proposer::adopt(Now now, const Node& node, const BlockHeader& header) {
  Proposal proposal;
  proposal.ballot = state_.safety.notarize(node);
  proposal.header = header;
  proposal.arrived = now.mono;
  proposal.arrived_wall = now.wall;
  state_.proposals.emplace(state_.view, proposal);
  proposed_in_ = state_.view;
  state_.pacemaker.on_proposal(now.mono);
  state_.conduct.on_proposal(state_.view, now.mono);
  ++state_.totals.blocks_proposed;
}

bool Proposer::propose_again(Now now, const Node& parent) {
  const BlockHeader header = *state_.tree.header_of(parent.block_id);
  adopt(now, Node{state_.view, parent.view, parent.height, parent.block_id}, header);
  return true;
}

BlockHeader Proposer::header_on(Now now, const ChainEnd& parent) const {
  BlockHeader header;
  header.height = parent.header.height.next();
  header.epoch = state_.epoch.epoch;
  header.view = state_.view;
  header.proposer = *state_.epoch.me;
  const auto wall_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(now.wall.ms, 0));
  header.timestamp_ms = std::max(wall_ms, parent.header.timestamp_ms + state_.epoch.parameters.min_interval_ms);
  header.network_id = state_.epoch.context.network_id;
  header.parent_id = parent.id;
  header.epoch_anchor_id = state_.epoch.context.anchor_id;
  header.history_root = history_root_of(parent.history);
  header.authority_set_hash = state_.epoch.authority_set_hash;
  header.total_txs = parent.header.total_txs;
  header.total_quads = parent.header.total_quads;
  return header;
}

std::vector<const PooledTx*> Proposer::pick(const BlockId& parent, Height height) const {
  std::vector<const PooledTx*> picked =
      state_.mempool.select(state_.epoch.parameters.max_block_bytes, height, state_.excluded_on(parent));
  if (state_.mempool.system_transactions().empty()) return picked;
  // Each has a place by itself; two of them may want the same one.
  crypto::format::SystemState system = *state_.tree.system_at(parent);
  std::erase_if(picked, [&](const PooledTx* tx) {
    return tx->checked.system != nullptr && apply(system, tx->checked.id, *tx->checked.system).has_value();
  });
  return picked;
}

bool Proposer::propose_block(Now now, const Node& parent, bool may_be_empty, Chain& chain, Effects& fx) {
  const ChainEnd end = state_.chain_end(parent.block_id);
  BlockHeader header = header_on(now, end);
  const std::vector<const PooledTx*> picked = pick(parent.block_id, header.height);
  if (picked.empty() && !may_be_empty) return false;
  if (picked.empty()) header.flags = crypto::format::flag_heartbeat;
  std::vector<Hash256> leaves;
  std::vector<CheckedTx> checked;
  for (const PooledTx* tx : picked) {
    if (tx->checked.system != nullptr) checked.push_back(tx->checked);
    leaves.push_back(crypto::format::tx_leaf_hash(tx->checked.id, tx->checked.signature));
    header.body_bytes += tx->bytes.size();
    header.total_quads += tx->checked.quad_count;
  }
  header.tx_count = static_cast<std::uint32_t>(picked.size());
  header.total_txs += picked.size();
  header.tx_root = crypto::merkle::root_of(crypto::merkle::TaggedHash(crypto::domain::transactions), leaves);

  const auto system = complete(header, end.header, checked, end.system);
  PVC_CHECK(system.has_value());

  SharedBytes bytes = SharedBytes::for_overwrite(crypto::format::block_header_bytes + header.body_bytes);
  const auto header_bytes = crypto::format::encode_block_header(header);
  MutBytes out = bytes.writable();
  std::ranges::copy(header_bytes, out.begin());
  std::size_t at = header_bytes.size();
  for (const PooledTx* tx : picked) {
    std::ranges::copy(tx->bytes.view(), out.begin() + static_cast<std::ptrdiff_t>(at));
    at += tx->bytes.size();
  }
  const BlockId id = crypto::format::block_id_of(Bytes(header_bytes));
  if (state_.tree.add(id, header, state_.view) == nullptr) {
    // No room for the block: let the others go on to the next leader at once.
    state_.pacemaker.expire();
    return true;
  }
  adopt(now, Node{state_.view, parent.view, header.height, id}, header);
  chain.offer_body(id, bytes, std::nullopt, fx);
  return true;
}

// ---- the message ----

std::optional<SharedBytes> Proposer::message_of(const Proposal& proposal) const {
  if (!proposal.vote || !state_.tree.is_valid(proposal.ballot.block_id)) return std::nullopt;
  const View parent_view = proposal.ballot.parent_view;
  const auto skips = state_.book.cover(parent_view, proposal.ballot.view);
  if (!skips) return std::nullopt;
  wire::ProposalFields fields;
  const auto vote = encode_vote(*proposal.vote);
  fields.vote = vote;

  const auto header = crypto::format::encode_block_header(proposal.header);
  const TreeBlock* block = state_.tree.find(proposal.ballot.block_id);
  const bool is_new = proposal.header.view == proposal.ballot.view;
  fields.form = is_new ? wire::BodyForm::full : wire::BodyForm::none;
  if (is_new && block == nullptr) return std::nullopt;
  fields.block = is_new ? block->bytes.view() : Bytes(header);

  ByteVector finality;
  if (state_.final_certificate) finality = encode_certificate(*state_.final_certificate, state_.epoch.count);
  const HeldCertificate* parent = state_.book.proof_of_node(parent_view);
  if (parent != nullptr) fields.parent_certificate = parent->bytes;
  if (parent == nullptr && parent_view == state_.final.view) fields.parent_certificate = finality;
  if (parent_view != state_.final.view) fields.finality_certificate = finality;

  std::vector<ByteVector> skip_bytes;
  for (const HeldCertificate* skip : *skips)
    if (skip_bytes.size() < limits::skip_certificates_per_proposal_max) skip_bytes.push_back(skip->bytes);
  fields.skip_certificates = skip_bytes;
  return wire::build_proposal(fields);
}

std::vector<ByteVector> Proposer::overflow_of(const Proposal& proposal) const {
  std::vector<ByteVector> overflow;
  const auto skips = state_.book.cover(proposal.ballot.parent_view, proposal.ballot.view);
  if (!skips) return overflow;
  for (std::size_t i = limits::skip_certificates_per_proposal_max; i < skips->size(); ++i) overflow.push_back((*skips)[i]->bytes);
  return overflow;
}

}  // namespace provchain::core::consensus
