// SPDX-License-Identifier: Apache-2.0
// What the core counts, by name, for /metrics and for tests. One object per node, owned by NodeCore and handed to its parts. Core
// thread only.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "crypto/format/transaction.hpp"
#include "wire/message.hpp"

namespace provchain::core {

enum class Counter : std::uint8_t {
  peers_connected,
  peers_ready,                // Hello accepted
  peers_lost,                 // connections that ended without our asking
  peer_attestations_refused,  // an authority claim with a wrong, expired or missing signature; the peer stays as a plain one
  dials,
  dials_failed,
  messages_received,
  messages_malformed,
  messages_dropped,     // found no room while their sender's claim was being checked
  messages_unexpected,  // before Hello, a second Hello, an answer nobody asked for
  requests_refused,     // answered with Error
  transactions_submitted,
  transactions_received,
  transactions_pooled,
  transactions_evicted,
  transactions_expired,    // no later block may include them
  transactions_aged_out,   // given up because blocks had left them out for too long
  transactions_announced,  // ids sent in announcements
  transactions_requested,
  transaction_requests_timed_out,
  blocks_synced,
  sync_batches,
  sync_timeouts,
  sync_peers_blamed,
  sync_certificates_refused,
  effects_unanswered,  // answers that came for a ticket that is not outstanding any more
};
inline constexpr std::size_t counter_count = static_cast<std::size_t>(Counter::effects_unanswered) + 1;
// The metric's name without the provchain_ prefix and the _total suffix. Stable.
[[nodiscard]] std::string_view to_string(Counter counter);

struct CounterSample {
  std::string_view name;   // as to_string(Counter), or "transactions_rejected", "peers_disconnected"
  std::string_view label;  // the reason; empty for counters without one
  std::uint64_t value = 0;
};

class Counters {
 public:
  void count(Counter counter, std::uint64_t times = 1) { plain_[static_cast<std::size_t>(counter)] += times; }
  void count(crypto::format::TxReject reject) { ++rejected_[static_cast<std::size_t>(reject)]; }
  void count(wire::PeerReason reason) { ++disconnected_[static_cast<std::size_t>(reason)]; }

  [[nodiscard]] std::uint64_t value(Counter counter) const { return plain_[static_cast<std::size_t>(counter)]; }
  [[nodiscard]] std::uint64_t value(crypto::format::TxReject reject) const { return rejected_[static_cast<std::size_t>(reject)]; }
  [[nodiscard]] std::uint64_t value(wire::PeerReason reason) const { return disconnected_[static_cast<std::size_t>(reason)]; }

  // All of them, zeros included, always in the same order.
  [[nodiscard]] std::vector<CounterSample> samples() const;

 private:
  static constexpr std::size_t kRejects = crypto::format::tx_reject_count;
  static constexpr std::size_t kReasons = static_cast<std::size_t>(wire::PeerReason::internal) + 1;
  std::array<std::uint64_t, counter_count> plain_{};
  std::array<std::uint64_t, kRejects> rejected_{};
  std::array<std::uint64_t, kReasons> disconnected_{};  // by the reason we gave; index 0 stays unused
};

}  // namespace provchain::core
