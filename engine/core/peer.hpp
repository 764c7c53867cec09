// SPDX-License-Identifier: Apache-2.0
// What is known of a peer: who it proved to be when the connection was made, and how it stands now. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "base/types.hpp"

namespace provchain::core {

// What the handshake has proved. Given by the driver with on_connected.
struct PeerIdentity {
  NodeId node_id;
  bool inbound = false;                      // the peer dialled us
  std::optional<std::uint32_t> static_peer;  // the position in CoreOptions::static_peers that was dialled
  std::string address;                       // for people
  std::uint32_t role_flags = 0;
};

// Inbound connections that have not become ready yet; sessions.hpp says who goes when there are more.
inline constexpr std::size_t greeting_peers_max = 64;

enum class PeerState : std::uint8_t {
  greeting,  // connected, its Hello has not been accepted yet
  ready,
  leaving,  // given up by us or by the peer; the socket is not gone yet
};

struct PeerStatus {
  ConnId conn;
  NodeId node_id;
  std::string address;
  bool inbound = false;
  PeerState state = PeerState::greeting;
  std::optional<AuthorityIndex> authority;  // attested
  std::optional<Duration> rtt;              // smoothed; absent before the first Pong
  Height head;                              // as the peer last said; unproven
  MonoTime connected_at;
  std::uint16_t listen_port = 0;  // 0: it does not listen
};

}  // namespace provchain::core
