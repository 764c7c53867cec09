// SPDX-License-Identifier: Apache-2.0
// What the network counts. Looked up once, so that counting is one relaxed atomic; shared by all reactors of a Network.
#pragma once

#include <array>

#include "base/metrics.hpp"
#include "engine/net/event.hpp"
#include "engine/net/event_rings.hpp"

namespace provchain::net {

class NetMetrics {
 public:
  explicit NetMetrics(MetricsRegistry& registry);

  struct Traffic {
    Counter* messages = nullptr;
    Counter* bytes = nullptr;  // of payloads; headers, padding and tags are not counted
  };
  [[nodiscard]] const Traffic& received(wire::MessageClass message_class) const { return received_[index(message_class)]; }
  [[nodiscard]] const Traffic& sent(wire::MessageClass message_class) const { return sent_[index(message_class)]; }
  // Messages that send() refused as full: the core gave them away, and they went nowhere.
  [[nodiscard]] Counter& sends_refused(wire::MessageClass message_class) const { return *sends_refused_[index(message_class)]; }
  [[nodiscard]] Counter& closed(CloseReason reason) const { return *closed_[static_cast<std::size_t>(reason)]; }
  [[nodiscard]] Counter& handshake_failed(CloseReason reason) const {
    return *handshake_failed_[static_cast<std::size_t>(reason)];
  }

  Counter& handshakes_inbound;
  Counter& handshakes_outbound;
  Counter& gossip_dropped;  // received, verified, and no room on the way to the core
  Counter& sends_dropped;   // by the send queue's own policy: superseded, or the oldest gossip
  Counter& read_pauses;     // a connection stopped reading because the core is behind
  Gauge& connections;       // open or on their way
  Histogram& loop_lag;

 private:
  static std::size_t index(wire::MessageClass message_class) { return static_cast<std::size_t>(message_class); }

  std::array<Traffic, message_class_count> received_{};
  std::array<Traffic, message_class_count> sent_{};
  std::array<Counter*, message_class_count> sends_refused_{};
  std::array<Counter*, close_reason_count> closed_{};
  std::array<Counter*, close_reason_count> handshake_failed_{};
};

}  // namespace provchain::net
