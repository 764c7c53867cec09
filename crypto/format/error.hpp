// SPDX-License-Identifier: Apache-2.0
// Why bytes are not a value of one of the fixed layouts. Never allocates; the text is for people.
#pragma once

#include <cstdint>
#include <string_view>

namespace provchain::crypto::format {

enum class FormatErrc : std::uint8_t {
  truncated,       // fewer bytes than the layout needs
  trailing_bytes,  // more
  unknown_version,
  unknown_kind,
  unknown_flag,
  reserved_not_zero,
  bad_count,      // a count that contradicts another field or is out of range
  bad_bitmap,     // wrong length, unused bits set, or not exactly q signers
  not_minimal,    // a LEB128 number with needless bytes, or out of range
  bad_statement,  // fields that no well-formed statement of this kind has
  too_large,
  not_ascending,  // a list that must be strictly ascending
  bad_text,       // not UTF-8, or with control characters
};

struct FormatError {
  FormatErrc code{};
  std::uint32_t offset = 0;  // of the first offending byte
};

[[nodiscard]] std::string_view to_string(FormatErrc code);

}  // namespace provchain::crypto::format
