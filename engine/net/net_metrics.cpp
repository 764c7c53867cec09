// SPDX-License-Identifier: Apache-2.0
#include "engine/net/net_metrics.hpp"

namespace provchain::net {
namespace {

constexpr std::array<std::string_view, message_class_count> kClassNames = {"consensus", "proposal", "gossip", "bulk"};

}  // namespace

NetMetrics::NetMetrics(MetricsRegistry& registry)
    : handshakes_inbound(registry.counter("provchain_net_handshakes_total", "Handshakes completed.", {{"direction", "inbound"}})),
      handshakes_outbound(
          registry.counter("provchain_net_handshakes_total", "Handshakes completed.", {{"direction", "outbound"}})),
      gossip_dropped(registry.counter("provchain_net_gossip_dropped_total", "Gossip messages received without room for them.")),
      sends_dropped(
          registry.counter("provchain_net_sends_dropped_total", "Queued messages that a newer one superseded or displaced.")),
      read_pauses(
          registry.counter("provchain_net_read_pauses_total", "Times a connection stopped reading because the core was behind.")),
      connections(registry.gauge("provchain_net_connections", "Connections, open or being opened.")),
      loop_lag(registry.histogram("provchain_net_loop_lag_seconds", "How late a reactor's timer fires.", kMicroseconds)) {
  for (std::size_t i = 0; i < message_class_count; ++i) {
    const Labels labels = {{"class", kClassNames[i]}};
    received_[i] = {&registry.counter("provchain_net_received_messages_total", "Messages received.", labels),
                    &registry.counter("provchain_net_received_bytes_total", "Payload bytes received.", labels)};
    sent_[i] = {&registry.counter("provchain_net_sent_messages_total", "Messages encrypted for sending.", labels),
                &registry.counter("provchain_net_sent_bytes_total", "Payload bytes encrypted for sending.", labels)};
    sends_refused_[i] =
        &registry.counter("provchain_net_sends_refused_total", "Messages for which the way to their peer had no room.", labels);
  }
  for (std::size_t i = 0; i < close_reason_count; ++i) {
    const std::string_view reason = to_string(static_cast<CloseReason>(i));
    closed_[i] = &registry.counter("provchain_net_closed_total", "Established connections that ended.", {{"reason", reason}});
    handshake_failed_[i] = &registry.counter("provchain_net_handshakes_failed_total",
                                             "Connections that ended before the handshake did.", {{"reason", reason}});
  }
}

}  // namespace provchain::net
