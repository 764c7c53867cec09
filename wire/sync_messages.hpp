// SPDX-License-Identifier: Apache-2.0
// Asking for the chain. Pure functions, any thread. A view is valid as long as the bytes it was parsed from. The answer to
// GetBatch is batch.hpp's.
//
// GetStatus    empty
// Status       a table, schema/sync.fbs: base (lowest height served), height, FINALIZE certificate of that height. A height
// without a certificate
//              does not exist; at height 0, and only there, the certificate is absent.
// GetHeaders   u64 first (>= 1) · u32 count, 1 … 1,560
// Headers      n × header[336], n 1 … 1,560
// GetBatch     a table, schema/sync.fbs: either first_height and count, or one block_id
#pragma once

#include <optional>
#include <span>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/types.hpp"
#include "wire/error.hpp"

namespace provchain::wire {

[[nodiscard]] SharedBytes build_get_status();
[[nodiscard]] Result<bool, Error> parse_get_status(Bytes payload);  // true

struct StatusView {
  Height base;
  Height height;
  Bytes certificate;  // of `height`; empty at height 0
};
[[nodiscard]] SharedBytes build_status(const StatusView& status);
[[nodiscard]] Result<StatusView, Error> parse_status(Bytes payload PVC_LIFETIMEBOUND);

inline constexpr std::uint32_t headers_per_message_max = 1'560;  // 512 KiB / 336
struct GetHeaders {
  Height first;
  std::uint32_t count = 0;
  bool operator==(const GetHeaders&) const = default;
};
[[nodiscard]] SharedBytes build_get_headers(const GetHeaders& request);
[[nodiscard]] Result<GetHeaders, Error> parse_get_headers(Bytes payload);

// `headers` is n × 336 bytes already.
[[nodiscard]] SharedBytes build_headers(Bytes headers);
// The payload itself, whose length is that of 1 … 1,560 headers.
[[nodiscard]] Result<Bytes, Error> parse_headers(Bytes payload PVC_LIFETIMEBOUND);

struct GetBatch {
  Height first;                     // 0 when asked by id
  std::optional<BlockId> block_id;  // one block, final or not, that the peer is believed to hold
  std::uint32_t count = 0;          // 1 … 128; 1 when asked by id
  std::uint32_t bytes_max = 0;      // plain; the first block comes whatever its size
  Height head;                      // the path proves the last block in the history tree of this many leaves; 0: no path
  bool operator==(const GetBatch&) const = default;
};
[[nodiscard]] SharedBytes build_get_batch(const GetBatch& request);
[[nodiscard]] Result<GetBatch, Error> parse_get_batch(Bytes payload);

}  // namespace provchain::wire
