// SPDX-License-Identifier: Apache-2.0
// Character classes of the N-Quads grammar, and the writing side of base/utf8.hpp. Pure functions, any thread.
#pragma once

#include <array>
#include <cstdint>

#include "base/utf8.hpp"

namespace provchain::storage::rdf::characters {

// Classes of single bytes; bytes from 0x80 on belong to none and go through decode_utf8.
inline constexpr std::uint8_t iri = 1U << 0;      // allowed plain within <>
inline constexpr std::uint8_t literal = 1U << 1;  // allowed plain within "" by canonical N-Quads
inline constexpr std::uint8_t alpha = 1U << 2;
inline constexpr std::uint8_t digit = 1U << 3;
inline constexpr std::uint8_t scheme = 1U << 4;  // letters, digits, + - .

consteval std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned c = 0; c < 0x80; ++c) {
    const bool is_alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool is_digit = c >= '0' && c <= '9';
    const bool no_iri =
        c <= 0x20 || c == '<' || c == '>' || c == '"' || c == '{' || c == '}' || c == '|' || c == '^' || c == '`' || c == '\\';
    const bool no_literal = c < 0x20 || c == '"' || c == '\\' || c == 0x7F;
    unsigned bits = 0;
    if (!no_iri) bits |= iri;
    if (!no_literal) bits |= literal;
    if (is_alpha) bits |= alpha;
    if (is_digit) bits |= digit;
    if (is_alpha || is_digit || c == '+' || c == '-' || c == '.') bits |= scheme;
    classes[c] = static_cast<std::uint8_t>(bits);
  }
  return classes;
}
inline constexpr std::array<std::uint8_t, 256> classes = make_classes();

inline bool is(std::uint8_t byte, std::uint8_t any_of) { return (classes[byte] & any_of) != 0; }

using provchain::decode_utf8;
using Decoded = Utf8Character;

// Writes the UTF-8 of a Unicode scalar value; returns how many bytes (at most 4).
inline std::uint32_t encode_utf8(std::uint32_t code, char* to) {
  if (code < 0x80) {
    to[0] = static_cast<char>(code);
    return 1;
  }
  if (code < 0x800) {
    to[0] = static_cast<char>(0xC0 | code >> 6);
    to[1] = static_cast<char>(0x80 | (code & 0x3F));
    return 2;
  }
  if (code < 0x10000) {
    to[0] = static_cast<char>(0xE0 | code >> 12);
    to[1] = static_cast<char>(0x80 | (code >> 6 & 0x3F));
    to[2] = static_cast<char>(0x80 | (code & 0x3F));
    return 3;
  }
  to[0] = static_cast<char>(0xF0 | code >> 18);
  to[1] = static_cast<char>(0x80 | (code >> 12 & 0x3F));
  to[2] = static_cast<char>(0x80 | (code >> 6 & 0x3F));
  to[3] = static_cast<char>(0x80 | (code & 0x3F));
  return 4;
}

// PN_CHARS_U of N-Quads without the colon (an erratum of RDF 1.1), or a digit: what a blank node label may begin with.
[[nodiscard]] bool is_label_start(std::uint32_t code);
// PN_CHARS of N-Quads: what it may end with; a dot may stand between.
[[nodiscard]] bool is_label(std::uint32_t code);

}  // namespace provchain::storage::rdf::characters
