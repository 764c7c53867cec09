// SPDX-License-Identifier: Apache-2.0
// The record: what lies between two peers after the handshake. Its size is a multiple of 16, 32 … 65,536 bytes:
//   0 u16 big-endian clen = size − 2 · 2 AEAD{ frame header[14] ‖ payload ‖ zero pad 0 … 15 } · last 16 tag
// so a payload starts 16 bytes into its record, and in a 16-aligned receive buffer every payload is 16-aligned: FlatBuffers are
// read in place. Frame header:
//   0 u8 type · 1 u8 flags (b0 MORE, b1 ZSTD, b2 RESPONSE, b3 IGNORABLE) · 2 u8 class · 3 u8 pad (last record only) · 4 u32
//   msg_len 8 u32 corr · 12 u16 ver
// Example: a Ping (24 bytes of payload) is 64 bytes: 00 3e ‖ AEAD{ 02 00 00 08 18000000 00000000 0100 ‖ nonce, time, height ‖ 8
// zeros } ‖ tag. All of a frame header but MORE and pad repeats in every record of a message. Values, any thread.
#pragma once

#include <cstddef>

#include "base/bytes.hpp"

namespace provchain::wire::record {

inline constexpr std::size_t length_bytes = 2;
inline constexpr std::size_t frame_header_bytes = 14;
inline constexpr std::size_t payload_offset = length_bytes + frame_header_bytes;
inline constexpr std::size_t tag_bytes = 16;
inline constexpr std::size_t overhead_bytes = payload_offset + tag_bytes;
inline constexpr std::size_t alignment = 16;
inline constexpr std::size_t bytes_min = 32;
inline constexpr std::size_t bytes_max = 65'536;
inline constexpr std::size_t payload_bytes_max = bytes_max - overhead_bytes;
// What we send: a vote waits behind at most one record of this size.
inline constexpr std::size_t sent_bytes_max = 16'384;
inline constexpr std::size_t sent_payload_bytes_max = sent_bytes_max - overhead_bytes;

inline constexpr std::uint8_t flag_more = 1U << 0;
inline constexpr std::uint8_t flag_zstd = 1U << 1;
inline constexpr std::uint8_t flag_response = 1U << 2;
inline constexpr std::uint8_t flag_ignorable = 1U << 3;
inline constexpr std::uint8_t flags_known = flag_more | flag_zstd | flag_response | flag_ignorable;

static_assert(payload_offset % alignment == 0 && payload_bytes_max % alignment == 0 && sent_payload_bytes_max % alignment == 0);

struct FrameHeader {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint8_t message_class = 0;
  std::uint8_t pad = 0;
  std::uint32_t message_bytes = 0;
  std::uint32_t corr = 0;
  std::uint16_t version = 1;
  bool operator==(const FrameHeader&) const = default;
};

// Ids from 128 on with the lowest bit set may be ignored by those who do not know them, and say so by IGNORABLE.
[[nodiscard]] constexpr bool is_ignorable_id(std::uint8_t type) { return type >= 128 && type % 2 == 1; }

// The size of the record around so much payload.
[[nodiscard]] constexpr std::size_t bytes_around(std::size_t payload_bytes) {
  return overhead_bytes + (payload_bytes + alignment - 1) / alignment * alignment;
}

// `bytes` has at least 14.
[[nodiscard]] inline FrameHeader load_frame_header(Bytes bytes) {
  return {bytes[0],
          bytes[1],
          bytes[2],
          bytes[3],
          load_le<std::uint32_t>(bytes, 4),
          load_le<std::uint32_t>(bytes, 8),
          load_le<std::uint16_t>(bytes, 12)};
}
inline void store_frame_header(MutBytes bytes, const FrameHeader& header) {
  bytes[0] = header.type;
  bytes[1] = header.flags;
  bytes[2] = header.message_class;
  bytes[3] = header.pad;
  store_le(bytes, 4, header.message_bytes);
  store_le(bytes, 8, header.corr);
  store_le(bytes, 12, header.version);
}

}  // namespace provchain::wire::record
