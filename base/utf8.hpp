// SPDX-License-Identifier: Apache-2.0
// Strict UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF). Pure functions, any thread.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace provchain {

struct Utf8Character {
  std::uint32_t code_point = 0;
  std::uint32_t bytes = 0;  // 0: not UTF-8
};

// The character at `at`; at < end.
inline Utf8Character decode_utf8(const std::uint8_t* at, const std::uint8_t* end) {
  const auto continues = [&](int i) { return end - at > i && (at[i] & 0xC0) == 0x80; };
  const std::uint32_t a = at[0];
  if (a < 0x80) return {a, 1};
  if (a < 0xC2) return {};
  if (a < 0xE0) {
    if (!continues(1)) return {};
    return {(a & 0x1F) << 6 | (at[1] & 0x3FU), 2};
  }
  if (a < 0xF0) {
    if (!continues(1) || !continues(2)) return {};
    const std::uint32_t code = (a & 0x0F) << 12 | (at[1] & 0x3FU) << 6 | (at[2] & 0x3FU);
    if (code < 0x800 || (code >= 0xD800 && code <= 0xDFFF)) return {};
    return {code, 3};
  }
  if (a >= 0xF5 || !continues(1) || !continues(2) || !continues(3)) return {};
  const std::uint32_t code = (a & 0x07) << 18 | (at[1] & 0x3FU) << 12 | (at[2] & 0x3FU) << 6 | (at[3] & 0x3FU);
  if (code < 0x10000 || code > 0x10FFFF) return {};
  return {code, 4};
}

// Whether it may stand in a line on somebody's terminal: UTF-8 without control characters (C0, DEL, C1).
inline bool is_printable_utf8(Bytes text) {
  const std::uint8_t* at = text.data();
  const std::uint8_t* const end = at + text.size();
  while (at < end) {
    const Utf8Character character = decode_utf8(at, end);
    if (character.bytes == 0 || character.code_point < 0x20) return false;
    if (character.code_point >= 0x7F && character.code_point < 0xA0) return false;
    at += character.bytes;
  }
  return true;
}

}  // namespace provchain
