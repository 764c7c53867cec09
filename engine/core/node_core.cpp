// SPDX-License-Identifier: Apache-2.0
#include "engine/core/node_core.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.hpp"
#include "engine/core/consensus/proposal_rules.hpp"
#include "engine/core/node_parts.hpp"

namespace provchain::core {

namespace {

// The period of STATUS while there is work: what waits too long is announced again at the same pace.
constexpr Duration kReannouncePeriod = Duration::seconds(1);
constexpr Duration kRepublishPeriod = Duration::seconds(30);

consensus::Options consensus_options(const CoreOptions& options) {
  consensus::Options result;
  result.timing.delta_base = options.view_timeout_base;
  result.timing.delta_max = options.view_timeout_max;
  result.timing.body_allowance = options.body_allowance;
  result.timing.grace = options.grace;
  result.timing.leader_away_after = options.leader_away_after;
  result.seed = options.seed;
  return result;
}

// What this node must not forget of an alarm; absent for those after which it goes on.
std::optional<StopKind> stop_of(AlarmKind kind) {
  switch (kind) {
    case AlarmKind::halted_invalid_certified:
    case AlarmKind::halted_conflicting_finality:
      return StopKind::halt;
    case AlarmKind::duplicate_instance:
    case AlarmKind::guard_refused:
      return StopKind::quarantine;
    case AlarmKind::equivocation:
    case AlarmKind::untimely_clock:
      return std::nullopt;
  }
  PVC_UNREACHABLE();
}

SelfDescription self_description(const CoreOptions& options) {
  SelfDescription self{options.node_id, options.listen_port, {}};
  if (options.authority_key && options.attestation)
    self.authority = SelfDescription::Authority{*options.authority_key, Height{options.attestation->not_after_height},
                                                options.attestation->signature};
  return self;
}

SessionOptions session_options(const CoreOptions& options) {
  return {options.heartbeat_interval, options.strangers_max, options.configured_nodes, options.seed};
}

// A pool that cannot hold the largest transaction would refuse it for ever.
MempoolOptions mempool_options(const CoreOptions& options) {
  MempoolOptions result = options.mempool;
  result.bytes_max = std::max<std::size_t>(result.bytes_max, options.genesis.parameters.max_block_bytes);
  return result;
}

}  // namespace

NodeCore::Parts::Parts(CoreOptions given)
    : options(std::move(given)),
      mempool(mempool_options(options)),
      static_peers(options.static_peer_count, options.seed, counters),
      sessions(options.genesis.network_id, self_description(options), session_options(options), roster, static_peers, counters),
      admission(options.genesis, mempool, counters),
      relay(mempool, admission, roster, counters),
      sync(counters),
      server(counters),
      consensus(consensus_options(options), options.genesis, options.authority_key, roster, mempool,
                TicketSource{owner::consensus}, CorrelationSource{owner::consensus}) {}

void NodeCore::Parts::start(Now now, const consensus::Recovered& recovered, Effects& fx) {
  if (recovered.halted) sync.halt();
  const auto state =
      std::make_shared<const crypto::format::SystemState>(recovered.system ? *recovered.system : genesis_state(options.genesis));
  const crypto::format::SystemState& system = *state;
  const View last_view = recovered.tip_id == system.anchor_id ? View{} : recovered.tip.view;
  const consensus::Turns none(system.authorities.size(), system.anchor_height, recovered.tip.height, last_view);
  gate.start({recovered.tip, recovered.tip_id, recovered.history, state}, recovered.turns.value_or(none));
  sessions.set_head(tip(), gate.tip().id);
  sessions.set_authorities(now, system.authorities, fx);
  (void)admission.set_system(gate.tip().system);
  std::optional<ByteVector> certificate;
  if (recovered.tip_certificate) {
    const auto* const signers = crypto::format::authorities_of(system, recovered.tip_certificate->epoch);
    PVC_CHECK(signers != nullptr);
    certificate = crypto::format::encode_certificate(*recovered.tip_certificate, signers->size());
  }
  server.on_tip(tip(), gate.tip().id, certificate);
  consensus.on_start(now, recovered, fx);
  sync.on_tip(now, tip(), gate.tip().id, gate.tip().system, fx);
  static_peers.on_start(now, fx);
}

void NodeCore::Parts::tick(Now now, Effects& fx) {
  static_peers.on_tick(now, fx);
  sessions.on_tick(now, fx);
  relay.on_tick(now, fx);
  sync.on_tick(now, fx);
  consensus.on_tick(now, fx);
  if (reannounce_at > now.mono) return;
  const Duration patience = options.grace + options.view_timeout_base * 2;
  relay.reannounce(now, MonoTime{now.mono.us - patience.us}, roster.conn_of(consensus.leader()), fx);
  reannounce_at = mempool.size() == 0 ? kNever : now.mono + kReannouncePeriod;
}

void NodeCore::Parts::committed(Now now, Height height, Effects& fx) {
  const std::vector<CommitGate::Durable> blocks = gate.on_committed(height);
  for (const CommitGate::Durable& block : blocks) {
    forget(mempool.on_final(block.transactions, block.header.height));
    relay.forget(block.transactions);
    server.on_tip(block.header.height, block.id, block.certificate);
  }
  if (!blocks.empty()) {
    const std::vector<TxId> aged = mempool.age_out(now.mono);
    counters.count(Counter::transactions_aged_out, aged.size());
    relay.forget(aged);
  }
  if (!blocks.empty()) adopt_system();
  consensus.on_committed(now, height, fx);
  if (blocks.empty()) return;
  sessions.set_head(tip(), gate.tip().id);
  sync.on_tip(now, tip(), gate.tip().id, gate.tip().system, fx);
  publish_again(fx);
}

void NodeCore::Parts::adopt_system() {
  if (!admission.set_system(gate.tip().system)) return;
  // What has no place in the state any more would make every block that holds it invalid: an epoch is over, another transaction
  // has said the same, or an author may not write any more.
  const auto has_place = [this](const CheckedTx& tx) { return consensus::has_place(*gate.tip().system, tx); };
  for (const TxId& id : mempool.failing(has_place)) {
    const bool is_dataset = mempool.find(id)->checked.kind == crypto::format::TxKind::dataset;
    mempool.remove(id);
    admission.on_inapplicable(
        id, is_dataset ? crypto::format::TxReject::author_not_admitted : crypto::format::TxReject::not_applicable);
    relay.forget({&id, 1});
  }
}

void NodeCore::Parts::transaction_checked(Now now, Ticket ticket, const TxVerdict& verdict, Effects& fx) {
  const auto settled = admission.on_transaction_checked(now, ticket, verdict, tip(), fx);
  if (!settled) return;
  relay.forget(settled->evicted);
  if (!settled->pooled) {
    if (mempool.find(settled->id) == nullptr && !admission.is_in_check(settled->id)) relay.forget({&settled->id, 1});
    return;
  }
  relay.on_pooled(now, settled->id, settled->from, fx);
  reannounce_at = std::min(reannounce_at, now.mono + kReannouncePeriod);
  consensus.on_work_changed(now, fx);
}

void NodeCore::Parts::forget(std::span<const TxId> expired) {
  admission.on_expired(expired);
  relay.forget(expired);
}

void NodeCore::Parts::settle(Now now, Effects& fx, std::size_t from) {
  while (true) {
    settle_effects(now, fx, from);
    const std::vector<SessionEvent> events = sessions.take_events();
    for (const SessionEvent& event : events) settle_session(now, event, fx);
    settle_sync(now, fx);
    settle_epoch(now, fx);
    if (events.empty() && from == fx.size()) return;
  }
}

void NodeCore::Parts::settle_effects(Now now, Effects& fx, std::size_t& from) {
  while (from < fx.size()) {
    Effect& effect = fx[from];
    if (auto* commit = std::get_if<Commit>(&effect)) {
      const CommitGate::Admitted admitted = gate.admit(*commit, consensus.journal_position());
      if (admitted == CommitGate::Admitted::invalid) {
        std::vector<ByteVector> proof;
        if (commit->certificate) proof.push_back(*commit->certificate);
        effect = Alarm{AlarmKind::halted_invalid_certified,
                       "a certified block above height " + std::to_string(tip().value()) + " contradicts the system state here",
                       std::move(proof)};
        continue;
      }
      if (admitted == CommitGate::Admitted::stale) {
        fx.erase(fx.begin() + static_cast<std::ptrdiff_t>(from));
        continue;
      }
    }
    if (const auto* disconnect = std::get_if<Disconnect>(&effect)) {
      if (!disconnect->silent) counters.count(disconnect->reason);
      sessions.on_leaving(now, disconnect->conn);
    }
    if (const auto* found = std::get_if<PublishEvidence>(&effect);
        found != nullptr && !is_worth_publishing(now, found->evidence)) {
      fx.erase(fx.begin() + static_cast<std::ptrdiff_t>(from));
      continue;
    }
    // A copy: heed() appends.
    if (const auto* alarm = std::get_if<Alarm>(&effect)) heed(Alarm(*alarm), fx);
    ++from;
  }
}

bool NodeCore::Parts::is_worth_publishing(Now now, const crypto::format::Evidence& evidence) {
  // One proof of an authority and epoch is all that the chain takes.
  const Epoch epoch = evidence.statements.front().ballot.epoch;
  if (find_evidence(*gate.tip().system, epoch, evidence.signer) != nullptr) return false;
  const auto [at, is_new] = published.try_emplace({epoch, evidence.signer}, Published{evidence, now.mono});
  if (is_new) return true;
  if (now.mono - at->second.at < kRepublishPeriod) return false;
  at->second.at = now.mono;
  return true;
}

void NodeCore::Parts::publish_again(Effects& fx) {
  // A pool that was full, or a node that was catching up, has lost it: until the chain has the proof it is handed in again.
  const crypto::format::SystemState& system = *gate.tip().system;
  const std::uint64_t epochs_kept = system.past.size();
  std::erase_if(published, [&](const auto& entry) {
    const auto& [epoch, signer] = entry.first;
    return epoch.value() + epochs_kept < system.epoch.value() || find_evidence(system, epoch, signer) != nullptr;
  });
  for (const auto& [key, held] : published) fx.emplace_back(PublishEvidence{held.evidence});
}

void NodeCore::Parts::heed(Alarm alarm, Effects& fx) {
  const std::optional<StopKind> kind = stop_of(alarm.kind);
  if (!kind) return;
  if (*kind == StopKind::halt) {
    sync.halt();
    consensus.halt();
  }
  fx.emplace_back(RememberStop{*kind, std::move(alarm)});
}

void NodeCore::Parts::settle_session(Now now, const SessionEvent& event, Effects& fx) {
  if (is_shut_down) return;
  if (event.kind == SessionEvent::Kind::gone) {
    relay.on_peer_gone(now, event.conn, fx);
    sync.on_peer_gone(now, event.conn, fx);
    consensus.on_peer_gone(now, event.conn, fx);
    return;
  }
  if (event.kind == SessionEvent::Kind::attested) {
    // What is said to an authority is more than what others are told.
    consensus.on_peer_ready(now, event.conn, fx);
    return;
  }
  relay.on_peer_ready(now, event.conn, fx);
  sync.on_peer_ready(now, event.conn, fx);
  consensus.on_peer_ready(now, event.conn, fx);
  for (const wire::InMessage& message : event.held)
    if (sessions.on_message(now, event.conn, message, fx)) dispatch(now, event.conn, message, fx);
}

void NodeCore::Parts::settle_epoch(Now now, Effects& fx) {
  if (is_shut_down || !consensus.is_epoch_over()) return;
  // Catching up may have gone on beyond the end: then the consensus goes on where the chain is.
  sessions.set_authorities(now, gate.tip().system->authorities, fx);
  consensus.begin_epoch(now, gate.tip(), fx);
}

void NodeCore::Parts::settle_sync(Now now, Effects& fx) {
  if (const auto conflict = sync.take_conflict()) {
    Alarm alarm{AlarmKind::halted_conflicting_finality,
                "block " + conflict->block_id.hex() + " is certified final at height " +
                    std::to_string(conflict->height.value()) + " beside the chain here, which stands at height " +
                    std::to_string(tip().value()) + " with block " + gate.tip().id.hex(),
                {conflict->certificate}};
    if (server.certified() == conflict->height) alarm.certificates.push_back(server.certificate());
    fx.emplace_back(std::move(alarm));
    return;
  }
  if (const auto certificate = sync.take_finished()) {
    const CommitGate::Tip& end = gate.tip();
    if (end.system->epoch != consensus.epoch().epoch) sessions.set_authorities(now, end.system->authorities, fx);
    consensus.on_synced(now, end, certificate, fx);
  }
  const auto& ahead = consensus.certified_ahead();
  if (ahead && certified_ahead != ahead->block_id) {
    certified_ahead = ahead->block_id;
    sync.on_certified_ahead(now, ahead, fx);
  }
}

NodeCore::NodeCore(CoreOptions options) : parts_(std::make_unique<Parts>(std::move(options))) {}
NodeCore::~NodeCore() = default;

void NodeCore::on_start(Now now, const consensus::Recovered& recovered, Effects& fx) {
  parts_->turn(now, fx, [&] { parts_->start(now, recovered, fx); });
}

void NodeCore::on_shutdown(Now now, Effects& fx) {
  parts_->turn(now, fx, [&] {
    parts_->is_shut_down = true;
    parts_->static_peers.on_shutdown();
    parts_->sessions.on_shutdown(fx);
  });
}

void NodeCore::on_tick(Now now, Effects& fx) {
  parts_->work(now, fx, [&] { parts_->tick(now, fx); });
}

MonoTime NodeCore::next_deadline() const {
  const Parts& parts = *parts_;
  if (parts.is_shut_down) return kNever;
  return std::min({parts.static_peers.next_deadline(), parts.sessions.next_deadline(), parts.relay.next_deadline(),
                   parts.sync.next_deadline(), parts.consensus.next_deadline(), parts.reannounce_at});
}

void NodeCore::on_connected(Now now, ConnId conn, const PeerIdentity& peer, Effects& fx) {
  parts_->turn(now, fx, [&] {
    parts_->sessions.on_connected(now, conn, peer, fx);
    if (parts_->is_shut_down) parts_->sessions.on_shutdown(fx);
  });
}

void NodeCore::on_dial_failed(Now now, std::uint32_t static_peer, Effects& fx) {
  parts_->work(now, fx, [&] { parts_->static_peers.on_dial_failed(now, static_peer); });
}

void NodeCore::on_disconnected(Now now, ConnId conn, Effects& fx) {
  parts_->turn(now, fx, [&] { parts_->sessions.on_disconnected(now, conn); });
}

void NodeCore::on_message(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  parts_->work(now, fx, [&] {
    if (parts_->sessions.on_message(now, conn, message, fx)) parts_->dispatch(now, conn, message, fx);
  });
}

void NodeCore::on_verified(Now now, Ticket ticket, const std::vector<bool>& valid, Effects& fx) {
  parts_->work(now, fx, [&] {
    switch (TicketSource::owner_of(ticket)) {
      case owner::consensus:
        parts_->consensus.on_verified(now, ticket, valid, fx);
        break;
      case owner::sync:
        parts_->sync.on_verified(now, ticket, valid, fx);
        break;
      case owner::sessions:
        parts_->sessions.on_verified(now, ticket, valid, fx);
        break;
      default:
        PVC_UNREACHABLE();
    }
  });
}

void NodeCore::on_transaction_checked(Now now, Ticket ticket, const TxVerdict& verdict, Effects& fx) {
  parts_->work(now, fx, [&] { parts_->transaction_checked(now, ticket, verdict, fx); });
}

void NodeCore::on_block_checked(Now now, Ticket ticket, const BlockVerdict& verdict, Effects& fx) {
  parts_->work(now, fx, [&] {
    if (TicketSource::owner_of(ticket) == owner::sync)
      parts_->sync.on_block_checked(now, ticket, verdict, fx);
    else
      parts_->consensus.on_block_checked(now, ticket, verdict, fx);
  });
}

void NodeCore::on_batch_opened(Now now, Ticket ticket, std::optional<OpenedBatch> batch, Effects& fx) {
  parts_->work(now, fx, [&] {
    if (TicketSource::owner_of(ticket) == owner::sync)
      parts_->sync.on_batch_opened(now, ticket, batch, fx);
    else
      parts_->consensus.on_batch_opened(now, ticket, batch, fx);
  });
}

void NodeCore::on_vote_signed(Now now, Ticket ticket, const std::optional<Signature>& signature, Effects& fx) {
  parts_->work(now, fx, [&] { parts_->consensus.on_vote_signed(now, ticket, signature, fx); });
}

void NodeCore::on_committed(Now now, Height height, Effects& fx) {
  parts_->work(now, fx, [&] { parts_->committed(now, height, fx); });
}

void NodeCore::on_served(Now now, ConnId conn, Effects& fx) {
  parts_->work(now, fx, [&] { parts_->server.on_served(conn); });
}

void NodeCore::on_submit(Now now, RequestId request, const SharedBytes& transaction, Effects& fx) {
  parts_->turn(now, fx, [&] {
    // Who submits to a node that is about to end is told to come back, not that its transaction is pending.
    const bool unready = parts_->is_syncing() || parts_->is_shut_down;
    parts_->admission.on_submit(now, request, transaction, parts_->tip(), unready, fx);
  });
}

void NodeCore::on_lookup(Now now, RequestId request, const TxId& id, Effects& fx) {
  parts_->turn(now, fx, [&] { fx.emplace_back(Reply{request, id, parts_->admission.lookup(id)}); });
}

const consensus::Consensus& NodeCore::consensus() const { return parts_->consensus; }

consensus::SystemPointer NodeCore::system_state() const { return parts_->gate.tip().system; }

std::vector<PeerStatus> NodeCore::peers() const { return parts_->sessions.peers(); }

SyncProgress NodeCore::sync_progress() const {
  return {parts_->is_syncing(), parts_->tip(), parts_->sync.target(), parts_->sync.source()};
}

MempoolStatus NodeCore::mempool_status() const { return {parts_->mempool.size(), parts_->mempool.pending_bytes()}; }

AuthoritiesStatus NodeCore::authorities() const {
  const consensus::Consensus& consensus = parts_->consensus;
  const consensus::Turns& turns = parts_->gate.turns();
  // The turns run ahead with what is on its way to storage. For the moment in which that has ended the epoch which the consensus
  // is still in, they are those of others.
  const bool is_same_epoch = parts_->gate.epoch() == consensus.epoch().epoch;
  AuthoritiesStatus status{turns.height(), turns.height(), {}};
  if (is_same_epoch) status.counted_above = turns.begin();
  for (std::size_t i = 0; i < consensus.epoch().count; ++i) {
    const AuthorityIndex authority(static_cast<std::uint16_t>(i));
    const consensus::TurnCount count = is_same_epoch ? turns.of(authority) : consensus::TurnCount{};
    status.authorities.push_back({count, consensus.conduct_of(authority), consensus.is_away(authority)});
  }
  return status;
}

const Counters& NodeCore::counters() const { return parts_->counters; }

}  // namespace provchain::core
