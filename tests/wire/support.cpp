// SPDX-License-Identifier: Apache-2.0
#include "tests/wire/support.hpp"

#include <algorithm>
#include <random>

namespace provchain::wire::test {

SharedBytes with_byte(const SharedBytes& bytes, std::size_t offset, std::uint8_t value) {
  SharedBytes copy = SharedBytes::copy_of(bytes.view());
  copy.writable()[offset] = value;
  return copy;
}

SharedBytes with_tail(const SharedBytes& bytes, std::size_t extra) {
  SharedBytes copy = SharedBytes::of_size(bytes.size() + extra);
  std::ranges::copy(bytes.view(), copy.writable().begin());
  return copy;
}

SharedBytes cut(const SharedBytes& bytes, std::size_t size_bytes) { return SharedBytes::copy_of(bytes.view().first(size_bytes)); }

ByteVector filled(std::size_t size_bytes, std::uint8_t value) { return ByteVector(size_bytes, value); }

ByteVector noise(std::size_t size_bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  ByteVector bytes(size_bytes);
  std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(random()); });
  return bytes;
}

SharedBytes block_with_body(Bytes body) {
  SharedBytes block = SharedBytes::of_size(336 + body.size());
  store_le<std::uint64_t>(block.writable(), 48, body.size());
  std::ranges::copy(body, block.writable().subspan(336).begin());
  return block;
}

SharedBytes transaction_like(std::size_t payload_bytes, std::uint8_t value) {
  SharedBytes transaction = SharedBytes::of_size(128 + payload_bytes + 64);
  store_le<std::uint32_t>(transaction.writable(), 92, static_cast<std::uint32_t>(payload_bytes));
  std::ranges::fill(transaction.writable().subspan(128), value);
  return transaction;
}

}  // namespace provchain::wire::test
