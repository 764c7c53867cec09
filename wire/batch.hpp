// SPDX-License-Identifier: Apache-2.0
// The answer to GetBatch: consecutive blocks, compressed, with a proof that the last one is in the chain the asker knows the head
// of.
//   0 u64 first height (>= 1) · 8 u32 n, 1 … 128 · 12 u32 plain_len · 16 u32 dict_id (0) · 20 u16 path_len, 0 … 64 · 22 u16 zero
//   24 path_len × hash[32] · one zstd frame of plain_len bytes: n × block (header[336] ‖ body, body_bytes long as its header
//   says)
// Several blocks are at most 4 MiB plain; a single one may be as large as a block may be. Pure functions, any thread.
#pragma once

#include <span>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/shared_bytes.hpp"
#include "base/types.hpp"
#include "wire/error.hpp"

namespace provchain::wire {

inline constexpr std::size_t batch_header_bytes = 24;
inline constexpr std::size_t batch_path_hashes_max = 64;

struct Batch {
  Height first;
  std::vector<Hash256>
      path;  // inclusion path of the last block's id in the history tree of the head that was asked for; may be empty
  std::vector<SharedBytes> blocks;  // slices of one buffer when decoded
};

// How many of `blocks`, from the front, one Batch may carry: at most 128, at most `bytes_max` and 4 MiB plain, but never none of
// some.
[[nodiscard]] std::size_t batch_prefix(std::span<const SharedBytes> blocks, std::size_t bytes_max);

// The caller has kept to batch_prefix(), and to heights that are one after the other.
[[nodiscard]] SharedBytes encode_batch(const Batch& batch);

// Allocates at most the plain bytes the kind allows, and only once everything the payload claims has been compared. What the
// blocks say is the caller's to judge: neither heights, links nor path are looked at.
[[nodiscard]] Result<Batch, Error> decode_batch(Bytes payload, std::size_t max_block_bytes);

}  // namespace provchain::wire
