// SPDX-License-Identifier: Apache-2.0
// What the tests of wire share: naming a refusal, mangling bytes, ids and blocks that look like
// something.
#pragma once

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/shared_bytes.hpp"
#include "base/types.hpp"
#include "wire/error.hpp"

namespace provchain::wire::test {

template <class T>
[[nodiscard]] std::string_view refusal(const Result<T, Error>& result) {
  return result ? std::string_view("accepted") : to_string(result.error().code);
}

[[nodiscard]] SharedBytes with_byte(const SharedBytes& bytes, std::size_t offset, std::uint8_t value);
[[nodiscard]] SharedBytes with_tail(const SharedBytes& bytes, std::size_t extra);
[[nodiscard]] SharedBytes cut(const SharedBytes& bytes, std::size_t size_bytes);
[[nodiscard]] ByteVector filled(std::size_t size_bytes, std::uint8_t value);
// Bytes that do not compress, the same for the same seed.
[[nodiscard]] ByteVector noise(std::size_t size_bytes, std::uint64_t seed);

template <class Id>
[[nodiscard]] Id id_of(std::uint8_t value) {
  Id id;
  id.bytes.fill(value);
  return id;
}
// A header of zeros but body_bytes, and the body.
[[nodiscard]] SharedBytes block_with_body(Bytes body);
// A header of zeros but payload_bytes, a payload and a signature of `value`.
[[nodiscard]] SharedBytes transaction_like(std::size_t payload_bytes, std::uint8_t value);

}  // namespace provchain::wire::test
