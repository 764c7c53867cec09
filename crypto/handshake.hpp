// SPDX-License-Identifier: Apache-2.0
// How two nodes meet: a clear preamble that turns strangers away before any public-key maths, then Noise XX, in whose encrypted
// payloads each side proves its node identity by signing the handshake hash. Bytes in, bytes out: no clock, no socket, no heap.
//
//   preamble[16] = "PVCHAIN1" ‖ network_id[0..8)         prologue[65] = "provchain-noise/1" ‖ network_id[32] ‖ preamble
//   message 1 -> preamble ‖ e[32]                                    48 bytes
//   message 2 <- e[32] ‖ enc(s)[48] ‖ enc(payload)[192]             272
//   message 3 -> enc(s)[48] ‖ enc(payload)[192]                     240
//   payload[176]: 0 u16 proto_min · 2 u16 proto_max · 4 u32 role_flags · 8 u64 features · 16 u64 conn_nonce · 24 node_id[32]
//                 56 sig[64] over "PVC1-noise-id" ‖ role u8 ‖ h[32] · 120 reserved[56]
//
// Use: feed() what arrives until is_step_due(), then step() (three scalar multiplications, a signature, a verification: worker
// pool work), send what it wrote, and so on until is_complete(). The initiator's first step is due at once. Belongs to one thread
// at a time; movable between steps. After an error the connection is closed without a word; the one exception, no common version,
// is a result and not an error.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "base/types.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/noise.hpp"

namespace provchain::crypto {

enum class HandshakeErrc : std::uint8_t {
  wrong_preamble,  // not our protocol, or another network
  bad_key,         // an X25519 point of small order
  bad_tag,         // a message that does not authenticate: garbage, a replay, another prologue
  reserved_not_zero,
  bad_version_range,  // proto_min > proto_max or zero
  bad_identity,       // the node key did not sign this very handshake
  self_connection,    // the other end is this process: mark the address as ours
  unexpected_peer,    // not the node that was dialled; it learns nothing about us
};
[[nodiscard]] std::string_view to_string(HandshakeErrc code);

inline constexpr std::uint16_t protocol_version_min = 1;
inline constexpr std::uint16_t protocol_version_max = 1;
inline constexpr std::size_t handshake_preamble_bytes = 16;
inline constexpr std::size_t handshake_payload_bytes = 176;
inline constexpr std::size_t handshake_message_bytes_max = 272;

// What this node says about itself, the same for all connections of one process. The keys must outlive every Handshake made with
// it.
struct HandshakeIdentity {
  NetworkId network_id;
  const KeyPair* node_key = nullptr;
  const NoiseStaticKey* static_key = nullptr;
  std::uint64_t conn_nonce = 0;  // random per process, so that a connection to itself shows
  std::uint32_t role_flags = 0;  // b0 authority, b1 seed, b2 sentry, b3 light
  std::uint64_t features =
      0;  // b0 zstd dictionary, b1 compact proposals, b2 snapshots, b3 graphs; a peer ignores bits it does not know
  std::uint16_t version_min = protocol_version_min;
  std::uint16_t version_max = protocol_version_max;
};

struct HandshakePeer {
  NodeId node_id;  // proven
  std::uint16_t version_min = 0;
  std::uint16_t version_max = 0;
  std::uint32_t role_flags = 0;  // claimed
  std::uint64_t features = 0;
  // The highest version both sides speak; 0: none, send Disconnect(VERSION) and close.
  std::uint16_t version = 0;
};

class Handshake {
 public:
  // Dials: `expected` is the node id that the address is believed to have, if any is.
  [[nodiscard]] static Handshake initiator(const HandshakeIdentity& identity, const std::optional<NodeId>& expected);
  [[nodiscard]] static Handshake responder(const HandshakeIdentity& identity);

  // Takes at most the bytes the message due next still lacks and says how many it took: 0 while a step is due or when complete,
  // so that bytes behind the last message stay with the caller. Cheap. The responder judges the preamble with its 16th byte.
  Result<std::size_t, HandshakeErrc> feed(Bytes received);
  // How many bytes feed() wants; 0 while a step is due or when complete.
  [[nodiscard]] std::size_t bytes_wanted() const { return wanted_ - filled_; }

  [[nodiscard]] bool is_step_due() const { return !is_complete() && wanted_ == filled_; }
  // Does the public-key maths of one message received and the next to send; call only when due. Returns how many bytes of `out`
  // (handshake_message_bytes_max long) are to be sent, 0 when the handshake is complete without sending.
  Result<std::size_t, HandshakeErrc> step(MutBytes out);

  [[nodiscard]] bool is_complete() const { return noise_.is_complete(); }
  // Both only when complete; transport() once.
  [[nodiscard]] const HandshakePeer& peer() const PVC_LIFETIMEBOUND;
  [[nodiscard]] NoiseTransport transport();

 private:
  Handshake(const HandshakeIdentity& identity, NoiseRole role, const std::optional<NodeId>& expected);
  Result<void, HandshakeErrc> read_message();
  Result<std::size_t, HandshakeErrc> write_message(MutBytes out);
  void encode_payload(MutBytes payload, const Hash256& hash) const;
  Result<void, HandshakeErrc> accept_payload(Bytes payload, const Hash256& hash);
  void expect_next_message();

  HandshakeIdentity identity_;
  NoiseHandshake noise_;
  std::optional<NodeId> expected_;
  HandshakePeer peer_;
  std::array<std::uint8_t, handshake_message_bytes_max> inbox_{};
  std::size_t filled_ = 0;
  std::size_t wanted_ = 0;
};

}  // namespace provchain::crypto
