// SPDX-License-Identifier: Apache-2.0
#include "base/base64.hpp"

namespace provchain {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(Bytes bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < count ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) text.push_back(k <= count ? kAlphabet[group >> (18 - 6 * k) & 63] : '=');
  }
  return text;
}

std::optional<ByteVector> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  ByteVector bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    std::size_t digits = 0;
    while (digits < 4 && text[i + digits] != '=') {
      const std::size_t value = kAlphabet.find(text[i + digits]);
      if (value == std::string_view::npos) return std::nullopt;
      group = group << 6 | static_cast<std::uint32_t>(value);
      ++digits;
    }
    if (digits < 2 || (digits < 4 && i + 4 != text.size())) return std::nullopt;
    for (std::size_t k = digits; k < 4; ++k) {
      if (text[i + k] != '=') return std::nullopt;
      group <<= 6;
    }
    for (std::size_t k = 0; k + 1 < digits; ++k) bytes.push_back(static_cast<std::uint8_t>(group >> (16 - 8 * k)));
  }
  if (to_base64(bytes) != text) return std::nullopt;  // trailing bits were not zero
  return bytes;
}

}  // namespace provchain
