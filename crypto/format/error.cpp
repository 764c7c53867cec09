// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/error.hpp"

#include "base/check.hpp"

namespace provchain::crypto::format {

std::string_view to_string(FormatErrc code) {
  switch (code) {
    case FormatErrc::truncated:
      return "truncated";
    case FormatErrc::trailing_bytes:
      return "trailing bytes";
    case FormatErrc::unknown_version:
      return "unknown version";
    case FormatErrc::unknown_kind:
      return "unknown kind";
    case FormatErrc::unknown_flag:
      return "unknown flag";
    case FormatErrc::reserved_not_zero:
      return "reserved bytes are not zero";
    case FormatErrc::bad_count:
      return "a count is out of range or contradicts another field";
    case FormatErrc::bad_bitmap:
      return "the signer bitmap does not name exactly a quorum";
    case FormatErrc::not_minimal:
      return "a number is out of range or not in its shortest form";
    case FormatErrc::bad_statement:
      return "not a well-formed statement";
    case FormatErrc::too_large:
      return "too large";
    case FormatErrc::not_ascending:
      return "a list is not strictly ascending";
    case FormatErrc::bad_text:
      return "a name is not UTF-8 without control characters";
  }
  PVC_UNREACHABLE();
}

}  // namespace provchain::crypto::format
