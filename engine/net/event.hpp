// SPDX-License-Identifier: Apache-2.0
// What the network tells the core thread, and the names of everything that can go wrong with a connection. Values, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/types.hpp"
#include "wire/message.hpp"

namespace provchain::net {

// Why a dial failed or a connection ended, as this node saw it. Ids are labels of metrics; none carries blame by itself.
enum class CloseReason : std::uint8_t {
  requested,        // close() by this node's core
  stopped,          // this node's network ends
  ended_by_peer,    // orderly end of the stream between two records
  connection_lost,  // reset, or the stream ended within a record
  resolve_failed,   // the name has no address
  refused,          // nobody listens there, or no route
  connect_timeout,
  handshake_timeout,     // 2 s to message 1, 5 s in all
  handshake_failed,      // Noise or its payload does not check
  wrong_network,         // preamble or prologue of another network
  wrong_protocol,        // no common protocol version
  wrong_node,            // the dialled address answers as another node
  self,                  // the other end is this very node
  malformed,             // a record, a message header or a table that breaks the rules
  oversized,             // a declared length above the kind's cap
  record_timeout,        // a record or message that does not get on
  slow_peer,             // does not take what this node sends
  too_many_connections,  // the cap of this node
  receive_memory_full,   // the newest stranger, when half received messages fill what a reactor spends on them
};
inline constexpr std::size_t close_reason_count = static_cast<std::size_t>(CloseReason::receive_memory_full) + 1;
[[nodiscard]] std::string_view to_string(CloseReason reason);

// Handshake complete: from now on messages may be sent and come in.
struct Connected {
  ConnId conn = {};
  NodeId node = {};
  bool inbound = false;
  std::uint32_t dial = 0;           // the number given to dial(); outbound only
  std::string remote_address = {};  // "192.0.2.1:7400" or "[2001:db8::1]:7400"
  std::uint32_t role_flags = 0;     // as the peer claims them in its handshake
  std::uint64_t features = 0;       // those both sides have
};

// Answers a dial() that did not lead to Connected.
struct DialFailed {
  std::uint32_t dial = 0;
  CloseReason reason{};
};

struct Message {
  ConnId conn;
  wire::InMessage message;
};

// The last event of a connection that was reported Connected; exactly one each, after all its messages.
struct Closed {
  ConnId conn;
  CloseReason reason{};
};

using Event = std::variant<Connected, DialFailed, Message, Closed>;

}  // namespace provchain::net
