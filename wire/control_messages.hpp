// SPDX-License-Identifier: Apache-2.0
// The messages every connection speaks. Fixed bytes; pure functions, any thread.
//
// Hello       u64 head height · head block_id[32] · u16 listen port (0 none) · u8 n <= 1 · n × attestation { u16 authority, u64
// not_after_height,
//             sig[64] } · u8 m <= 1 · m × own peer record { u16 length ‖ bytes }
// Ping, Pong  u64 nonce · u64 Unix ms · u64 head height; a Pong repeats nonce and time (and corr, with RESPONSE)
// Disconnect  u32 reason · u32 retry_after_ms
// Error       u32 corr · u16 code · u16 n <= 128 · detail[n], printable ASCII because it ends up in a log line
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/types.hpp"
#include "wire/error.hpp"

namespace provchain::wire {

// S(consensus key, "PVC1-attest", network_id ‖ node_id ‖ u64 not_after_height): this node speaks for that authority.
struct Attestation {
  AuthorityIndex authority;
  Height not_after;
  Signature signature;
  bool operator==(const Attestation&) const = default;
};

inline constexpr std::size_t peer_record_bytes_max = 220;
struct Hello {
  Height head;
  BlockId head_id;
  std::uint16_t listen_port = 0;
  std::optional<Attestation> attestation;
  ByteVector peer_record;  // empty: none
  bool operator==(const Hello&) const = default;
};
[[nodiscard]] SharedBytes build_hello(const Hello& hello);
[[nodiscard]] Result<Hello, Error> parse_hello(Bytes payload);

struct Ping {
  std::uint64_t nonce = 0;
  std::uint64_t unix_ms = 0;
  Height head;
  bool operator==(const Ping&) const = default;
};
inline constexpr std::size_t ping_bytes = 24;
[[nodiscard]] SharedBytes build_ping(const Ping& ping);  // a Pong has the same layout
[[nodiscard]] Result<Ping, Error> parse_ping(MessageKind ping_or_pong, Bytes payload);

struct DisconnectNotice {
  PeerReason reason{};
  std::uint32_t retry_after_ms = 0;
  bool operator==(const DisconnectNotice&) const = default;
};
[[nodiscard]] SharedBytes build_disconnect(const DisconnectNotice& notice);
[[nodiscard]] Result<DisconnectNotice, Error> parse_disconnect(Bytes payload);

inline constexpr std::size_t error_detail_bytes_max = 128;
struct ErrorNotice {
  std::uint32_t corr = 0;  // of the request it answers, 0 for none
  PeerReason code{};
  std::string detail;
  bool operator==(const ErrorNotice&) const = default;
};
// A longer detail is cut, and what is not printable ASCII becomes '?'.
[[nodiscard]] SharedBytes build_error(const ErrorNotice& notice);
[[nodiscard]] Result<ErrorNotice, Error> parse_error(Bytes payload);

}  // namespace provchain::wire
