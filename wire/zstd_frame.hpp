// SPDX-License-Identifier: Apache-2.0
// One zstd frame (RFC 8878) to exactly so many bytes and back. What zstd accepts differs between its versions, so that bytes
// decompressed says nothing about them: their hashes are checked behind this. Everything the frame claims is checked before zstd
// sees it:
//   · exactly one frame, no frame or skippable frame behind it (ZSTD_decompress would go on with those)
//   · its content size is there and is what the message around it declares
//   · a window of at most 4 MiB (a frame may ask for 2 GiB), no dictionary, no unknown bit
//   · at most 200 times its own size, unless it is small (2 KB can hold 64 MiB)
// The output buffer is of the declared size exactly and filled in a single pass. Pure functions, any thread.
#pragma once

#include "base/result.hpp"
#include "base/shared_bytes.hpp"
#include "wire/error.hpp"

namespace provchain::wire {

inline constexpr std::size_t zstd_ratio_max = 200;
inline constexpr std::size_t zstd_ratio_free_bytes = 65'536;  // less than this may compress to anything

// `plain_bytes` is what the message declares; the caller has capped it.
[[nodiscard]] Result<SharedBytes, Error> zstd_open(MessageKind kind, Bytes frame, std::size_t plain_bytes);

// Level 1. Bytes that compress so well that a receiver would take them for a bomb are stored instead, so every plain text has a
// frame that zstd_open accepts, of at most plain.size() + 3 bytes per 128 KiB + 16.
[[nodiscard]] ByteVector zstd_seal(Bytes plain);

}  // namespace provchain::wire
