// SPDX-License-Identifier: Apache-2.0
// Base64 of RFC 4648 section 4: the standard alphabet, always padded. Decoding accepts one spelling only: trailing bits are zero
// and nothing else stands in the text. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace provchain {

[[nodiscard]] std::string to_base64(Bytes bytes);
// Absent when `text` is not exactly what to_base64 would write for some bytes.
[[nodiscard]] std::optional<ByteVector> from_base64(std::string_view text);

}  // namespace provchain
