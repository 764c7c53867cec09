// SPDX-License-Identifier: Apache-2.0
#include "engine/core/counters.hpp"

#include "base/check.hpp"

namespace provchain::core {

std::string_view to_string(Counter counter) {
  switch (counter) {
    case Counter::peers_connected:
      return "peers_connected";
    case Counter::peers_ready:
      return "peers_ready";
    case Counter::peers_lost:
      return "peers_lost";
    case Counter::peer_attestations_refused:
      return "peer_attestations_refused";
    case Counter::dials:
      return "dials";
    case Counter::dials_failed:
      return "dials_failed";
    case Counter::messages_received:
      return "messages_received";
    case Counter::messages_malformed:
      return "messages_malformed";
    case Counter::messages_dropped:
      return "messages_dropped";
    case Counter::messages_unexpected:
      return "messages_unexpected";
    case Counter::requests_refused:
      return "requests_refused";
    case Counter::transactions_submitted:
      return "transactions_submitted";
    case Counter::transactions_received:
      return "transactions_received";
    case Counter::transactions_pooled:
      return "transactions_pooled";
    case Counter::transactions_evicted:
      return "transactions_evicted";
    case Counter::transactions_aged_out:
      return "transactions_aged_out";
    case Counter::transactions_expired:
      return "transactions_expired";
    case Counter::transactions_announced:
      return "transactions_announced";
    case Counter::transactions_requested:
      return "transactions_requested";
    case Counter::transaction_requests_timed_out:
      return "transaction_requests_timed_out";
    case Counter::blocks_synced:
      return "blocks_synced";
    case Counter::sync_batches:
      return "sync_batches";
    case Counter::sync_timeouts:
      return "sync_timeouts";
    case Counter::sync_peers_blamed:
      return "sync_peers_blamed";
    case Counter::sync_certificates_refused:
      return "sync_certificates_refused";
    case Counter::effects_unanswered:
      return "effects_unanswered";
  }
  PVC_UNREACHABLE();
}

std::vector<CounterSample> Counters::samples() const {
  std::vector<CounterSample> all;
  all.reserve(counter_count + kRejects + kReasons);
  for (std::size_t i = 0; i < counter_count; ++i) all.push_back({to_string(static_cast<Counter>(i)), {}, plain_[i]});
  for (std::size_t i = 0; i < kRejects; ++i)
    all.push_back({"transactions_rejected", to_string(static_cast<crypto::format::TxReject>(i)), rejected_[i]});
  for (std::size_t i = 1; i < kReasons; ++i)
    all.push_back({"peers_disconnected", to_string(static_cast<wire::PeerReason>(i)), disconnected_[i]});
  return all;
}

}  // namespace provchain::core
