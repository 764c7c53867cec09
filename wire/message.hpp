// SPDX-License-Identifier: Apache-2.0
// What travels between peers: the registry of message kinds, and the two values that carry one: OutMessage to a send queue,
// InMessage from a connection. Their payload is shared, so a broadcast is serialised once and a received block is never copied on
// its way to the store.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/shared_bytes.hpp"

namespace provchain::wire {

// Ids are for ever. Even a retired one stays listed.
enum class MessageKind : std::uint8_t {
  hello = 1,
  ping = 2,
  pong = 3,
  disconnect = 4,
  error = 5,
  vote = 20,
  proposal = 21,
  certificate = 24,
  view_status = 26,
  get_certificates = 27,
  certificates = 28,
  get_epochs = 29,
  tx_announce = 30,
  get_transactions = 31,
  transactions = 32,
  epochs = 34,
  get_status = 40,
  status = 41,
  get_headers = 42,
  headers = 43,
  get_batch = 44,
  batch = 45,
};

enum class MessageClass : std::uint8_t { consensus = 0, proposal = 1, gossip = 2, bulk = 3 };  // P0 … P3

// Also the codes of Error. One numbering.
enum class PeerReason : std::uint16_t {
  version = 1,
  duplicate = 2,
  self = 3,
  network = 4,
  full = 5,
  banned = 6,
  slow_peer = 7,
  flood = 8,
  malformed = 9,
  unknown = 10,
  timeout = 11,
  shutdown = 12,
  busy = 13,
  not_found = 14,
  pruned = 15,
  internal = 16,
};
[[nodiscard]] std::string_view to_string(MessageKind kind);
[[nodiscard]] std::string_view to_string(PeerReason reason);

struct OutMessage {
  MessageKind kind{};
  bool response = false;   // answers the peer's request `corr`
  std::uint32_t corr = 0;  // request id; 0 = one-way
  std::uint64_t supersede_key =
      0;  // not 0: a queued message with the same key and a lower supersede_rank is dropped for this one
  std::uint64_t supersede_rank = 0;
  SharedBytes payload;  // never empty for kinds whose layout has fields
};

// A whole message after reassembly: the kind is known, the size is within the kind's cap and, where the payload is a table, the
// FlatBuffers verifier has accepted it. Fields have yet to be judged by wire/messages.hpp.
struct InMessage {
  MessageKind kind{};
  bool response = false;
  std::uint32_t corr = 0;
  std::uint16_t version = 1;
  SharedBytes payload;
};

}  // namespace provchain::wire
