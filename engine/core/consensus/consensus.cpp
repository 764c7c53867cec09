// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/consensus.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "engine/core/consensus/early_messages.hpp"
#include "engine/core/consensus/epoch_run.hpp"

namespace provchain::core::consensus {

using crypto::format::Certificate;

struct Consensus::Parts {
  Surroundings around;
  std::unique_ptr<EpochRun> run;
  EarlyMessages early;
  bool is_started = false;

  [[nodiscard]] bool is_early(ConnId conn, const wire::InMessage& message) const;

  // Goes on at `end`, in the epoch that begins or goes on there.
  void begin(Now now, ChainEnd end, const std::optional<Certificate>& certificate, Effects& fx);
};

void Consensus::Parts::begin(Now now, ChainEnd end, const std::optional<Certificate>& certificate, Effects& fx) {
  Recovered recovered;
  recovered.tip = end.header;
  recovered.tip_id = end.id;
  recovered.history = end.history;
  recovered.tip_certificate = certificate;
  recovered.guard = run->state.safety.guard();
  auto next = std::make_unique<EpochRun>(around, std::move(end));
  next->inherit(*run);
  next->restore(now, recovered, fx);
  next->repair.inherit(run->repair);
  next->state.safety.restore_signed(run->state.safety.signed_position());
  run = std::move(next);
  for (const ConnId conn : around.roster.ready()) run->repair.on_peer_ready(now, conn, fx);
  for (const auto& [conn, message] : early.take()) run->intake.on_message(now, conn, message, fx);
}

// Only neighbours can be a moment ahead, and only when there is an end to be ahead of.
bool Consensus::Parts::is_early(ConnId conn, const wire::InMessage& message) const {
  const State& state = run->state;
  if (epoch_of_message(message) != state.epoch.epoch.next()) return false;
  return state.roster.authority_of(conn) && state.is_epoch_ending();
}

// ---- the public face ----

Consensus::Consensus(const Options& options, const crypto::format::Genesis& genesis, const std::optional<PublicKey>& own_key,
                     const Roster& roster, const Mempool& mempool, TicketSource tickets, CorrelationSource correlations)
    : parts_(std::make_unique<Parts>(Surroundings{options, own_key, roster, mempool, tickets, correlations})) {
  parts_->run = std::make_unique<EpochRun>(parts_->around, genesis_end(genesis));
}

Consensus::~Consensus() = default;

void Consensus::on_start(Now now, const Recovered& recovered, Effects& fx) {
  PVC_CHECK(!parts_->is_started && recovered.history.size == recovered.tip.height.value() + 1);
  parts_->is_started = true;
  SystemPointer system = parts_->run->state.epoch.system;  // that of the genesis
  if (recovered.system) system = std::make_shared<const crypto::format::SystemState>(*recovered.system);
  ChainEnd start{recovered.tip, recovered.tip_id, recovered.history, std::move(system)};
  parts_->run = std::make_unique<EpochRun>(parts_->around, std::move(start));
  parts_->run->restore(now, recovered, fx);
  parts_->run->settle(now, fx);
}

void Consensus::on_tick(Now now, Effects& fx) { parts_->run->settle(now, fx); }

MonoTime Consensus::next_deadline() const {
  return std::min({parts_->run->view_deadline(), parts_->run->chain.next_deadline(), parts_->run->repair.next_deadline()});
}

void Consensus::on_peer_ready(Now now, ConnId conn, Effects& fx) {
  parts_->run->repair.on_peer_ready(now, conn, fx);
  parts_->run->settle(now, fx);
}

void Consensus::on_peer_gone(Now now, ConnId conn, Effects& fx) {
  parts_->run->repair.on_peer_gone(conn);
  parts_->run->chain.on_peer_gone(conn);
  parts_->run->settle(now, fx);
}

void Consensus::on_message(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  if (parts_->is_early(conn, message)) {
    const std::size_t bytes_max = 2 * parts_->run->state.epoch.parameters.max_block_bytes + limits::proposal_overhead_bytes;
    if (!parts_->early.hold(conn, message, bytes_max)) parts_->run->state.reject(Reject::too_many_pending);
    return;
  }
  parts_->run->intake.on_message(now, conn, message, fx);
  parts_->run->settle(now, fx);
}

void Consensus::on_verified(Now now, Ticket ticket, const std::vector<bool>& valid, Effects& fx) {
  parts_->run->intake.on_verified(now, ticket, valid, fx);
  parts_->run->settle(now, fx);
}

void Consensus::on_block_checked(Now now, Ticket ticket, const BlockVerdict& verdict, Effects& fx) {
  parts_->run->chain.on_block_checked(ticket, verdict, fx);
  parts_->run->settle(now, fx);
}

void Consensus::on_batch_opened(Now now, Ticket ticket, const std::optional<OpenedBatch>& batch, Effects& fx) {
  parts_->run->chain.on_batch_opened(ticket, batch, fx);
  parts_->run->settle(now, fx);
}

void Consensus::on_vote_signed(Now now, Ticket ticket, const std::optional<Signature>& signature, Effects& fx) {
  if (const auto vote = parts_->run->voter.on_vote_signed(ticket, signature, fx)) parts_->run->release(now, *vote, fx);
  parts_->run->settle(now, fx);
}

void Consensus::on_committed(Now now, Height height, Effects& fx) {
  parts_->run->chain.on_committed(height, fx);
  parts_->run->settle(now, fx);
}

void Consensus::on_work_changed(Now now, Effects& fx) { parts_->run->settle(now, fx); }

void Consensus::on_synced(Now now, const ChainEnd& end, const std::optional<Certificate>& certificate, Effects& fx) {
  PVC_CHECK(end.history.size == end.header.height.value() + 1);
  if (end.system->epoch != parts_->run->state.epoch.epoch) {
    parts_->begin(now, end, certificate, fx);
    parts_->run->settle(now, fx);
    return;
  }
  parts_->run->chain.on_synced(end, certificate, fx);
  parts_->run->intake.enter(now, parts_->run->state.final.view.next());
  parts_->run->repair.on_final(now, fx);
  parts_->run->settle(now, fx);
}

bool Consensus::is_epoch_over() const {
  const State& state = parts_->run->state;
  return !state.halted && state.is_epoch_over() && state.durable >= state.tree.end().header.height;
}

void Consensus::begin_epoch(Now now, const ChainEnd& end, Effects& fx) {
  const State& ended = parts_->run->state;
  PVC_CHECK(is_epoch_over() && end.system->epoch > ended.epoch.epoch);
  std::optional<Certificate> certificate;
  if (end.id == ended.tree.end().id) certificate = ended.final_certificate;
  parts_->begin(now, end, certificate, fx);
  parts_->run->settle(now, fx);
}

void Consensus::halt() { parts_->run->state.halted = true; }

// ---- queries ----

Mode Consensus::mode() const { return parts_->run->state.mode(); }
View Consensus::view() const { return parts_->run->state.view; }
AuthorityIndex Consensus::leader() const { return parts_->run->state.epoch.leader(parts_->run->state.view); }
const Node& Consensus::last_final() const { return parts_->run->state.final; }
const crypto::format::Guard& Consensus::guard() const { return parts_->run->state.safety.guard(); }
std::optional<GuardPosition> Consensus::journal_position() const { return parts_->run->state.journal_position(); }
const std::optional<Certificate>& Consensus::final_certificate() const { return parts_->run->state.final_certificate; }
const std::optional<CertifiedHead>& Consensus::certified_ahead() const { return parts_->run->state.certified_ahead; }
const std::vector<CommittingBlock>& Consensus::committing() const { return parts_->run->state.committing; }
const RejectCounters& Consensus::rejects() const { return parts_->run->state.rejects; }
const EpochSet& Consensus::epoch() const { return parts_->run->state.epoch; }
const AuthorityConduct& Consensus::conduct_of(AuthorityIndex authority) const { return parts_->run->state.conduct.of(authority); }
bool Consensus::is_away(AuthorityIndex authority) const { return parts_->run->repair.is_away(authority, parts_->run->last_turn); }

SharedBytes Consensus::held_block(const BlockId& id) const {
  const TreeBlock* block = parts_->run->state.tree.find(id);
  if (block != nullptr && block->state == BlockState::valid) return block->bytes;
  const auto& committing = parts_->run->state.committing;
  const auto at = std::ranges::find(committing, id, &CommittingBlock::id);
  return at == committing.end() ? SharedBytes() : at->bytes;
}

Status Consensus::status() const {
  const State& state = parts_->run->state;
  Status status = state.totals;
  status.mode = state.mode();
  status.epoch = state.epoch.epoch;
  status.view = state.view;
  status.leader = leader();
  status.me = state.epoch.me;
  status.authority_count = static_cast<std::uint16_t>(state.epoch.count);
  status.quorum = static_cast<std::uint16_t>(state.epoch.quorum);
  status.final = state.final;
  status.top_notarised = state.top_notarised();
  status.guard_view = state.safety.guard().view;
  status.guard_step = state.safety.guard().step;
  status.blocks_held = state.tree.size();
  status.votes_held = state.votes.size();
  return status;
}

}  // namespace provchain::core::consensus
