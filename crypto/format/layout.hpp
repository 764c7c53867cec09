// SPDX-License-Identifier: Apache-2.0
// What the codecs of this folder share: refusing with a name and a place, and the one question every fixed layout starts with.
#pragma once

#include <expected>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/format/error.hpp"

namespace provchain::crypto::format {

[[nodiscard]] inline std::unexpected<FormatError> refuse(FormatErrc code, std::size_t offset) {
  return std::unexpected(FormatError{code, static_cast<std::uint32_t>(offset)});
}

// Refuses all but exactly `size_bytes` bytes.
inline Result<void, FormatError> expect_exactly(Bytes bytes, std::size_t size_bytes) {
  if (bytes.size() < size_bytes) return refuse(FormatErrc::truncated, bytes.size());
  if (bytes.size() > size_bytes) return refuse(FormatErrc::trailing_bytes, size_bytes);
  return {};
}

}  // namespace provchain::crypto::format
