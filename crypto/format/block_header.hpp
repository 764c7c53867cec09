// SPDX-License-Identifier: Apache-2.0
// The 336-byte block header. block id = H("pvc/header/v1", header); a block is header ‖ tx_count transactions.
//   0 u32 version = 1 · 4 u32 flags · 8 u64 height · 16 u64 epoch · 24 u64 view (of the first proposal) · 32 u32 proposer ·
//   36 u32 tx_count · 40 u64 timestamp_ms · 48 u64 body_bytes · 56 u64 total_txs · 64 u64 total_quads · 72 u64 reserved ·
//   80 network_id · 112 parent_id · 144 epoch_anchor_id · 176 history_root · 208 tx_root · 240 system_root ·
//   272 authority_set_hash · 304 next_authority_set_hash
#pragma once

#include <array>

#include "base/result.hpp"
#include "base/types.hpp"
#include "crypto/format/error.hpp"

namespace provchain::crypto::format {

inline constexpr std::uint32_t flag_epoch_end = 1U << 0;
inline constexpr std::uint32_t flag_heartbeat = 1U << 1;

struct BlockHeader {
  std::uint32_t flags = 0;
  Height height;
  Epoch epoch;
  View view;
  AuthorityIndex proposer;
  std::uint32_t tx_count = 0;
  std::uint64_t timestamp_ms = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t total_txs = 0;    // this block included
  std::uint64_t total_quads = 0;  // this block included; re-assertions counted
  NetworkId network_id;
  BlockId parent_id;
  BlockId epoch_anchor_id;
  Hash256 history_root;  // over the ids of heights 0 … height − 1
  Hash256 tx_root;
  Hash256 system_root;
  Hash256 authority_set_hash;
  Hash256 next_authority_set_hash;
  bool operator==(const BlockHeader&) const = default;
  [[nodiscard]] bool ends_epoch() const { return (flags & flag_epoch_end) != 0; }
};

inline constexpr std::size_t block_header_bytes = 336;
using BlockHeaderBytes = std::array<std::uint8_t, block_header_bytes>;

[[nodiscard]] BlockHeaderBytes encode_block_header(const BlockHeader& header);
// Exactly 336 bytes.
[[nodiscard]] Result<BlockHeader, FormatError> decode_block_header(Bytes bytes);
[[nodiscard]] BlockId block_id_of(const BlockHeader& header);
[[nodiscard]] BlockId block_id_of(Bytes header_bytes);

}  // namespace provchain::crypto::format
