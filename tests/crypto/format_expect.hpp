// SPDX-License-Identifier: Apache-2.0
// Verbs for tests that damage bytes and expect a named refusal.
#pragma once

#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "crypto/format/error.hpp"

namespace provchain::crypto::format {

inline ByteVector with_byte(Bytes bytes, std::size_t offset, std::uint8_t value) {
  ByteVector changed = to_vector(bytes);
  changed.at(offset) = value;
  return changed;
}

template <class T>
ByteVector with_le(Bytes bytes, std::size_t offset, T value) {
  ByteVector changed = to_vector(bytes);
  store_le(MutBytes(changed), offset, value);
  return changed;
}

inline ByteVector with_appended(Bytes bytes, std::uint8_t value) {
  ByteVector changed = to_vector(bytes);
  changed.push_back(value);
  return changed;
}

template <class Decoded>
void expect_refused(const Decoded& decoded, FormatErrc code, std::size_t offset, const char* file, int line) {
  const testing::ScopedTrace trace(file, line, "here");
  ASSERT_FALSE(decoded) << "accepted, expected: " << to_string(code);
  EXPECT_EQ(decoded.error().code, code) << to_string(decoded.error().code);
  EXPECT_EQ(decoded.error().offset, offset);
}

}  // namespace provchain::crypto::format

#define EXPECT_REFUSED(decoded, code, offset) \
  ::provchain::crypto::format::expect_refused(decoded, code, offset, __FILE__, __LINE__)
