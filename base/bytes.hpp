// SPDX-License-Identifier: Apache-2.0
// Byte views, little-endian loads and stores, lower-case hex. All fixed layouts of this project are little-endian unless a format
// says otherwise.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace provchain {

using Bytes = std::span<const std::uint8_t>;
using MutBytes = std::span<std::uint8_t>;
using ByteVector = std::vector<std::uint8_t>;

inline Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
inline ByteVector to_vector(Bytes bytes) { return {bytes.begin(), bytes.end()}; }
inline bool equal(Bytes a, Bytes b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

// Reads an unsigned little-endian integer at `offset`. The caller has checked that it lies within `bytes`.
template <class T>
T load_le(Bytes bytes, std::size_t offset) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(value | static_cast<T>(static_cast<T>(bytes[offset + i]) << (8 * i)));
  return value;
}

// Writes `value` little-endian at `offset`. The caller has checked that it lies within `bytes`.
template <class T>
void store_le(MutBytes bytes, std::size_t offset, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes[offset + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

template <class T>
void append_le(ByteVector& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

inline void append(ByteVector& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

inline bool all_zero(Bytes bytes) {
  for (const std::uint8_t byte : bytes)
    if (byte != 0) return false;
  return true;
}

std::string to_hex(Bytes bytes);

// Decodes lower-case hex of exactly 2 × out.size() digits; false (out unspecified) for anything else.
[[nodiscard]] bool from_hex(std::string_view hex, MutBytes out);

}  // namespace provchain
