// SPDX-License-Identifier: Apache-2.0
// What a Network is told once, at its construction.
#pragma once

#include <cstdint>
#include <string>

#include "base/limits.hpp"
#include "base/time.hpp"
#include "base/types.hpp"
#include "crypto/ed25519.hpp"

namespace provchain::net {

struct NetworkLimits {
  std::uint32_t connections_max = 256;                        // all reactors; above it nothing is accepted and no dial succeeds
  std::uint32_t pending_handshakes_max = 64;                  // inbound connections that have not authenticated yet, all reactors
  std::uint32_t accepts_per_turn_max = 32;                    // a flood of connects leaves time for the connections there are
  std::uint32_t event_ring_slots = 4096;                      // per reactor and class group; a power of two
  std::uint32_t command_ring_slots = 4096;                    // per reactor; a power of two
  std::size_t receive_bytes_max = 64 << 20;                   // per reactor, of messages half received or waiting for the core
  std::size_t max_block_bytes = limits::block_bytes_default;  // of the genesis: caps Proposal and Batch
};

// Deadlines; tests shorten them.
struct NetworkTimeouts {
  Duration connect = Duration::seconds(5);
  Duration first_message = Duration::seconds(2);  // accept or connect to the first handshake message
  Duration handshake = Duration::seconds(5);      // accept or connect to the end of the handshake
  Duration record = Duration::seconds(15);        // first to last byte of one record
  Duration send_stall = Duration::seconds(20);    // the peer's socket takes no byte of a waiting queue
  Duration farewell = Duration::seconds(2);       // close() with a reason: for the Disconnect message to get out
};

struct NetworkOptions {
  NetworkId network_id;
  crypto::KeyPair node_key;                  // the node's identity on the network; moved in, never a consensus key
  std::uint32_t role_flags = 0;              // roles of the peer record (b0 authority, b1 seed, b2 sentry, b3 light)
  std::uint64_t features = 0;                // what this node can do; a feature counts when both ends have it
  bool listen = true;                        // false: dial only
  std::string listen_address = "127.0.0.1";  // a literal IPv4 or IPv6 address
  std::uint16_t listen_port = 0;             // 0: the system chooses, see Network::port()
  std::uint32_t reactor_count = 0;           // 0: clamp(cores − 2, 1, 8)
  NetworkLimits limits;
  NetworkTimeouts timeouts;
};

}  // namespace provchain::net
