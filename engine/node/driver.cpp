// SPDX-License-Identifier: Apache-2.0
#include "engine/node/driver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "crypto/random.hpp"
#include "engine/core/consensus/consensus.hpp"
#include "engine/node/clock.hpp"
#include "engine/node/storage_failure.hpp"
#include "storage/rdf/tx_build.hpp"

namespace provchain::node {
namespace {

constexpr Duration kPublishEvery = Duration::millis(100);
constexpr int kEventsPerTurn = 256;
constexpr std::uint64_t kEvidenceValidBlocks = 10'000;  // it is worth proving for as long as its epoch is remembered
constexpr Duration kFarewell = Duration::seconds(2);    // for the good-byes to leave

core::PeerIdentity identity_of(const net::Connected& event) {
  core::PeerIdentity peer;
  peer.node_id = event.node;
  peer.inbound = event.inbound;
  if (!event.inbound) peer.static_peer = event.dial;
  peer.address = event.remote_address;
  peer.role_flags = event.role_flags;
  return peer;
}

std::string_view to_string(core::AlarmKind kind) {
  switch (kind) {
    case core::AlarmKind::halted_invalid_certified:
      return "consensus halted: a certificate names a block that is invalid here";
    case core::AlarmKind::halted_conflicting_finality:
      return "consensus halted: two finality certificates conflict";
    case core::AlarmKind::equivocation:
      return "an authority signed two things that cannot both be honest";
    case core::AlarmKind::duplicate_instance:
      return "somebody else signs with this node's key";
    case core::AlarmKind::untimely_clock:
      return "the times of proposals and this clock disagree";
    case core::AlarmKind::guard_refused:
      return "the key guard refused to sign";
  }
  PVC_UNREACHABLE();
}

// A verdict that could not be had ends the node: without it a repeated transaction would look new.
template <class Answer, class Verdict>
Input answer_or_fatal(Ticket ticket, storage::StorageResult<Verdict> verdict) {
  if (!verdict) return Fatal{storage_failure("the state cannot be read", verdict.error())};
  return Answer{ticket, *std::move(verdict)};
}

}  // namespace

std::optional<ConfigError> Driver::run(core::consensus::Recovered recovered, const std::function<void()>& on_started) {
  now_ = read_clocks();
  parts_.core.on_start(now_, recovered, effects_);
  recovered = {};  // the core has taken what it needs; the bodies may be large
  execute();
  publish(true);
  on_started();
  while (!stopping_ && !fatal_) {
    publish(false);
    MonoTime deadline = parts_.core.next_deadline();
    if (unpublished_) deadline = std::min(deadline, published_at_ + kPublishEvery);
    parts_.notifier.wait_until(deadline);
    turn();
  }
  publish(true);
  parts_.core.on_shutdown(now_, effects_);
  execute();
  const MonoTime farewell_ends = now_.mono + kFarewell;
  while (!fatal_ && !parts_.core.peers().empty() && read_clocks().mono < farewell_ends) {
    parts_.notifier.wait_until(farewell_ends);
    turn();
  }
  return fatal_;
}

void Driver::turn() {
  now_ = read_clocks();
  hand_over_waiting();
  parts_.inbox.take(inputs_);
  for (Input& input : inputs_) {
    take(input);
    execute();
  }
  net::Event event;
  int budget = kEventsPerTurn;
  while (budget > 0 && parts_.network.poll(event)) {
    take(event);
    execute();
    --budget;
  }
  if (budget == 0) parts_.notifier.notify();  // more waits: the next wait returns at once
  if (now_.mono >= parts_.core.next_deadline() && !stopping_) {
    parts_.core.on_tick(now_, effects_);
    execute();
  }
  unpublished_ = true;
}

void Driver::take(Input& input) {
  core::NodeCore& core = parts_.core;
  std::visit(
      [&](auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, Verified>) core.on_verified(now_, value.ticket, value.valid, effects_);
        if constexpr (std::is_same_v<T, TransactionChecked>)
          core.on_transaction_checked(now_, value.ticket, value.verdict, effects_);
        if constexpr (std::is_same_v<T, BlockChecked>) core.on_block_checked(now_, value.ticket, value.verdict, effects_);
        if constexpr (std::is_same_v<T, BatchOpened>) core.on_batch_opened(now_, value.ticket, std::move(value.batch), effects_);
        if constexpr (std::is_same_v<T, VoteSigned>) core.on_vote_signed(now_, value.ticket, value.signature, effects_);
        if constexpr (std::is_same_v<T, Committed>) core.on_committed(now_, value.height, effects_);
        if constexpr (std::is_same_v<T, Served>) {
          parts_.network.send(value.to, std::move(value.message));
          core.on_served(now_, value.to, effects_);
        }
        if constexpr (std::is_same_v<T, Submit>) core.on_submit(now_, value.request, value.transaction, effects_);
        if constexpr (std::is_same_v<T, Lookup>) core.on_lookup(now_, value.request, value.id, effects_);
        if constexpr (std::is_same_v<T, Fatal>) fatal_ = std::move(value.error);
        if constexpr (std::is_same_v<T, Stop>) stopping_ = true;
      },
      input);
}

void Driver::take(net::Event& event) {
  core::NodeCore& core = parts_.core;
  std::visit(
      [&](auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, net::Connected>) {
          parts_.log.info(fmt::format("peer {} connected, {} {}", value.node.hex().substr(0, 16), value.inbound ? "from" : "to",
                                      value.remote_address));
          core.on_connected(now_, value.conn, identity_of(value), effects_);
        }
        if constexpr (std::is_same_v<T, net::DialFailed>) {
          parts_.log.debug(fmt::format("configured peer {} cannot be reached: {}", value.dial, net::to_string(value.reason)));
          core.on_dial_failed(now_, value.dial, effects_);
        }
        if constexpr (std::is_same_v<T, net::Message>) core.on_message(now_, value.conn, value.message, effects_);
        if constexpr (std::is_same_v<T, net::Closed>) {
          parts_.log.info(fmt::format("connection {} ended: {}", value.conn.value(), net::to_string(value.reason)));
          core.on_disconnected(now_, value.conn, effects_);
        }
      },
      event);
}

void Driver::execute() {
  std::swap(effects_, executing_);
  for (core::Effect& effect : executing_) run_effect(effect);
  executing_.clear();
}

void Driver::run_effect(core::Effect& effect) {
  std::visit([this](auto& value) { perform(value); }, effect);
}

// A message that finds no room is lost like one on a bad network: whoever needs it asks again.
void Driver::perform(core::Send& effect) { parts_.network.send(effect.to, std::move(effect.message)); }

void Driver::perform(const core::Disconnect& effect) {
  parts_.network.close(effect.conn, effect.silent ? std::nullopt : std::optional(effect.reason), effect.retry_after_ms);
}

void Driver::perform(const core::Dial& effect) {
  PVC_CHECK(effect.static_peer < parts_.static_peers.size());
  const StaticPeer& peer = parts_.static_peers[effect.static_peer];
  if (parts_.network.dial(effect.static_peer, peer.address.host, peer.address.port, peer.node_id)) return;
  core::Effects follow_up;
  parts_.core.on_dial_failed(now_, effect.static_peer,
                             follow_up);  // no room for the command: as any failed dial, with its back-off
  for (core::Effect& next : follow_up) run_effect(next);
}

void Driver::perform(core::VerifySignatures& effect) {
  hand_to(urgent_checks_, [inbox = &parts_.inbox, effect = std::move(effect)] {
    inbox->push(Verified{effect.ticket, verify_signatures(effect.checks)});
  });
}

void Driver::perform(core::CheckTransaction& effect) {
  hand_to(transaction_checks_, [inbox = &parts_.inbox, context = parts_.context, effect = std::move(effect)] {
    inbox->push(answer_or_fatal<TransactionChecked>(effect.ticket, check_transaction(context, effect)));
  });
}

void Driver::perform(core::CheckBlock& effect) {
  hand_to(urgent_checks_, [inbox = &parts_.inbox, context = parts_.context, effect = std::move(effect)] {
    inbox->push(answer_or_fatal<BlockChecked>(effect.ticket, check_block(context, effect)));
  });
}

void Driver::perform(core::OpenBatch& effect) {
  hand_to(urgent_checks_, [inbox = &parts_.inbox, context = parts_.context, effect = std::move(effect)] {
    inbox->push(BatchOpened{effect.ticket, open_batch(context, effect.payload.view())});
  });
}

void Driver::perform(core::CastVote& effect) {
  PVC_CHECK(parts_.signer != nullptr);
  waiting_votes_.push_back(
      {effect.ticket, effect.context, effect.ballot, std::move(effect.bodies), std::move(effect.certificates)});
  hand_over_votes();
}

void Driver::perform(const core::AdvanceJournalFloor& effect) {
  if (parts_.signer != nullptr) parts_.signer->set_floor({effect.view, effect.height, effect.block_id});
}

void Driver::perform(core::Commit& effect) { parts_.storage.submit(std::move(effect)); }

void Driver::perform(const core::ServeBlocks& effect) {
  hand_to(serves_, [inbox = &parts_.inbox, context = parts_.context, effect] {
    inbox->push(Served{effect.to, serve_blocks(context, effect)});
  });
}

void Driver::perform(core::ServeHeldBlocks& effect) {
  hand_to(serves_,
          [inbox = &parts_.inbox, effect = std::move(effect)] { inbox->push(Served{effect.to, serve_held_blocks(effect)}); });
}

void Driver::perform(const core::ServeHeaders& effect) {
  hand_to(serves_, [inbox = &parts_.inbox, context = parts_.context, effect] {
    inbox->push(Served{effect.to, serve_headers(context, effect)});
  });
}

void Driver::perform(const core::ServeEpochs& effect) {
  hand_to(serves_, [inbox = &parts_.inbox, context = parts_.context, effect] {
    inbox->push(Served{effect.to, serve_epochs(context, effect)});
  });
}

void Driver::perform(const core::Reply& effect) { parts_.on_reply(effect.request, effect.id, effect.status); }

void Driver::perform(const core::Alarm& effect) {
  parts_.log.error(fmt::format("ALARM: {}: {}", to_string(effect.kind), effect.detail));
}

void Driver::perform(core::RememberStop& effect) {
  storage::StopNote note;
  note.kind = effect.kind == core::StopKind::halt ? storage::StopKind::halt : storage::StopKind::quarantine;
  note.reason = fmt::format("{}: {}", to_string(effect.alarm.kind), effect.alarm.detail);
  note.certificates = std::move(effect.alarm.certificates);
  parts_.storage.submit(std::move(note));
}

void Driver::perform(const core::PublishEvidence& effect) {
  const storage::rdf::TxTerms terms{parts_.context.network_id, crypto::random_u64(),
                                    parts_.core.sync_progress().tip.plus(kEvidenceValidBlocks)};
  const ByteVector transaction = storage::rdf::build_system_transaction(
      crypto::format::TxKind::evidence, crypto::format::encode_evidence(effect.evidence), terms, parts_.submitter_key);
  // Nobody waits for the answer: what becomes of it is seen in the chain.
  parts_.inbox.push(Submit{RequestId{}, SharedBytes::copy_of(transaction)});
}

void Driver::hand_to(Lane& lane, crypto::WorkerPool::Job job) {
  lane.waiting.push_back(std::move(job));
  hand_over(lane);
}

// A refused submit() leaves the job, or the vote, as it was.
void Driver::hand_over(Lane& lane) {
  while (!lane.waiting.empty() && lane.pool.submit(std::move(lane.waiting.front()), lane.priority)) lane.waiting.pop_front();
}

void Driver::hand_over_votes() {
  while (!waiting_votes_.empty() && parts_.signer->submit(std::move(waiting_votes_.front()))) waiting_votes_.pop_front();
}

void Driver::hand_over_waiting() {
  for (Lane* lane : {&urgent_checks_, &transaction_checks_, &serves_}) hand_over(*lane);
  hand_over_votes();
}

void Driver::tell_epoch(const crypto::format::SystemState& system) {
  if (told_epoch_ == system.epoch) return;
  // The first one is where the node starts; the start line speaks of that.
  if (told_epoch_) {
    const bool votes = parts_.core.consensus().status().me.has_value();
    parts_.log.info(fmt::format("epoch {} begins above height {} with {} authorities; this node is {}", system.epoch.value(),
                                system.anchor_height.value(), system.authorities.size(), votes ? "one of them" : "none of them"));
  }
  told_epoch_ = system.epoch;
}

void Driver::publish(bool force) {
  if (!force && (!unpublished_ || now_.mono - published_at_ < kPublishEvery)) return;
  NodeSnapshot snapshot;
  snapshot.taken_at = now_.wall;
  snapshot.consensus = parts_.core.consensus().status();
  snapshot.sync = parts_.core.sync_progress();
  snapshot.mempool = parts_.core.mempool_status();
  snapshot.authorities = parts_.core.authorities();
  snapshot.system = parts_.core.system_state();
  tell_epoch(*snapshot.system);
  snapshot.peers = parts_.core.peers();
  snapshot.counters = parts_.core.counters().samples();
  snapshot.consensus_rejects = parts_.core.consensus().rejects();
  parts_.board.publish(std::move(snapshot));
  published_at_ = now_.mono;
  unpublished_ = false;
}

}  // namespace provchain::node
