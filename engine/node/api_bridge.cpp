// SPDX-License-Identifier: Apache-2.0
#include "engine/node/api_bridge.hpp"

#include "engine/node/clock.hpp"
#include "engine/node/version.hpp"

namespace provchain::node {
namespace {

api::TxPhase phase_of(core::TxPhase phase) {
  switch (phase) {
    case core::TxPhase::pending:
      return api::TxPhase::pending;
    case core::TxPhase::final:
      return api::TxPhase::final;
    case core::TxPhase::expired:
      return api::TxPhase::expired;
    case core::TxPhase::rejected:
      return api::TxPhase::rejected;
    case core::TxPhase::unknown:
      return api::TxPhase::unknown;
  }
  PVC_UNREACHABLE();
}

std::string authority_name(const crypto::format::AuthorityList& authorities, AuthorityIndex index) {
  return index.value() < authorities.size() ? authorities[index.value()].name : std::to_string(index.value());
}

api::ConsensusView consensus_view(const core::consensus::Status& status, const crypto::format::AuthorityList& authorities) {
  api::ConsensusView view;
  view.mode = core::consensus::to_string(status.mode);
  view.epoch = status.epoch.value();
  view.view = status.view.value();
  view.leader = authority_name(authorities, status.leader);
  if (status.me) view.me = authority_name(authorities, *status.me);
  view.authority_count = status.authority_count;
  view.quorum = status.quorum;
  view.final_view = status.final.view.value();
  view.final_height = status.final.height.value();
  return view;
}

api::PeerView peer_view(const core::PeerStatus& peer, const crypto::format::AuthorityList& authorities, MonoTime now) {
  api::PeerView view;
  view.node_id = peer.node_id.hex();
  view.address = peer.address;
  view.inbound = peer.inbound;
  view.ready = peer.state == core::PeerState::ready;
  if (peer.authority) view.authority = authority_name(authorities, *peer.authority);
  if (peer.rtt) view.rtt_us = static_cast<std::uint64_t>(peer.rtt->us);
  view.head_height = peer.head.value();
  view.connected_seconds = static_cast<std::uint64_t>((now - peer.connected_at).us / 1'000'000);
  return view;
}

api::AuthorityView authority_view(const core::AuthorityStatus& authority) {
  api::AuthorityView view;
  view.proposed = authority.turns.proposed;
  view.missed = authority.turns.missed;
  view.untimely = authority.conduct.untimely;
  view.votes = authority.conduct.votes;
  view.vote_mean_us = static_cast<std::uint64_t>(authority.conduct.vote_mean.us);
  view.vote_high_us = static_cast<std::uint64_t>(authority.conduct.vote_high.us);
  view.away = authority.away;
  return view;
}

}  // namespace

std::optional<RequestId> ApiBridge::remember(api::TxReply reply, std::size_t bytes) {
  const std::lock_guard lock(waiting_mutex_);
  if (waiting_.size() >= waiting_max || waiting_bytes_ + bytes > waiting_bytes_max) return std::nullopt;
  const RequestId request = next_;
  next_ = next_.next();
  waiting_.emplace(request, Waiting{std::move(reply), bytes});
  waiting_bytes_ += bytes;
  return request;
}

bool ApiBridge::submit(SharedBytes transaction, api::TxReply reply) {
  const auto request = remember(std::move(reply), transaction.size());
  if (request) inbox_.push(Submit{*request, std::move(transaction)});
  return request.has_value();
}

bool ApiBridge::lookup(const TxId& id, api::TxReply reply) {
  const auto request = remember(std::move(reply), 0);
  if (request) inbox_.push(Lookup{*request, id});
  return request.has_value();
}

void ApiBridge::reply(RequestId request, const TxId& id, const core::TxStatus& status) {
  api::TxReply call;
  {
    const std::lock_guard lock(waiting_mutex_);
    const auto found = waiting_.find(request);
    if (found == waiting_.end()) return;
    call = std::move(found->second.reply);
    waiting_bytes_ -= found->second.bytes;
    waiting_.erase(found);
  }
  call(id, api::TxState{phase_of(status.phase), status.reject, status.height, status.retry_after_ms});
}

api::NodeView ApiBridge::view() const {
  const auto snapshot = board_.latest();
  const MonoTime now = read_clocks().mono;
  const crypto::format::AuthorityList& authorities = snapshot->system ? snapshot->system->authorities : genesis_.authorities;
  api::NodeView view;
  view.system = snapshot->system;
  view.node_id = node_id_.hex();
  view.version = version;
  view.uptime_seconds = static_cast<std::uint64_t>((now - started_).us / 1'000'000);
  view.syncing = snapshot->sync.active;
  view.sync_target = snapshot->sync.target.value();
  view.mempool_transactions = snapshot->mempool.transactions;
  view.mempool_bytes = snapshot->mempool.bytes;
  view.configured_peers = configured_peers_;
  for (const core::PeerStatus& peer : snapshot->peers) view.peers.push_back(peer_view(peer, authorities, now));
  view.consensus = consensus_view(snapshot->consensus, authorities);
  view.turns_counted_above = snapshot->authorities.counted_above.value();
  view.turns_counted_to = snapshot->authorities.counted_to.value();
  for (const core::AuthorityStatus& authority : snapshot->authorities.authorities)
    view.authorities.push_back(authority_view(authority));
  return view;
}

void ApiBridge::refresh_metrics() {
  const auto snapshot = board_.latest();
  const std::lock_guard lock(counted_mutex_);
  const auto bring_up = [this](const std::string& key, Counter& counter, std::uint64_t value) {
    std::uint64_t& given = counted_[key];
    if (value > given) counter.add(value - given);
    given = std::max(given, value);
  };
  for (const core::CounterSample& sample : snapshot->counters) {
    const std::string name = "provchain_" + std::string(sample.name) + "_total";
    Counter& counter = sample.label.empty() ? metrics_.counter(name, "Counted by the core.")
                                            : metrics_.counter(name, "Counted by the core.", {{"reason", sample.label}});
    bring_up(name + "/" + std::string(sample.label), counter, sample.value);
  }
  for (std::size_t i = 0; i < core::consensus::reject_count; ++i) {
    const auto label = core::consensus::to_string(static_cast<core::consensus::Reject>(i));
    Counter& counter =
        metrics_.counter("provchain_consensus_rejects_total", "Consensus messages that had no effect.", {{"reason", label}});
    bring_up("consensus/" + std::string(label), counter, snapshot->consensus_rejects[i]);
  }
  metrics_.gauge("provchain_consensus_view", "The view this node is in.")
      .set(static_cast<std::int64_t>(snapshot->consensus.view.value()));
  metrics_.gauge("provchain_finalized_height", "The newest final height.")
      .set(static_cast<std::int64_t>(snapshot->consensus.final.height.value()));
  metrics_.gauge("provchain_peers", "Connected peers.").set(static_cast<std::int64_t>(snapshot->peers.size()));
  metrics_.gauge("provchain_mempool_transactions", "Pending transactions.")
      .set(static_cast<std::int64_t>(snapshot->mempool.transactions));
  metrics_.gauge("provchain_mempool_bytes", "Bytes of the pending transactions.")
      .set(static_cast<std::int64_t>(snapshot->mempool.bytes));
}

}  // namespace provchain::node
