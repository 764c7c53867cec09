// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.hpp"

#include <sodium.h>

namespace provchain::crypto {
namespace {

crypto_generichash_blake2b_state* state_of(std::uint8_t* memory) {
  return reinterpret_cast<crypto_generichash_blake2b_state*>(memory);
}

}  // namespace

Hasher::Hasher(std::string_view tag) {
  static_assert(sizeof(crypto_generichash_blake2b_state) == sizeof state_);
  static_assert(alignof(crypto_generichash_blake2b_state) <= 64);
  crypto_generichash_blake2b_init(state_of(state_), nullptr, 0, Hash256::kSize);
  update(tag);
}

Hasher& Hasher::update(Bytes bytes) {
  crypto_generichash_blake2b_update(state_of(state_), bytes.data(), bytes.size());
  return *this;
}

Hash256 Hasher::finish() {
  Hash256 digest;
  const int finished = crypto_generichash_blake2b_final(state_of(state_), digest.bytes.data(), digest.bytes.size());
  PVC_CHECK(finished == 0);  // libsodium refuses a second final
  return digest;
}

Hash256 hash(std::string_view tag, Bytes bytes) { return Hasher(tag).update(bytes).finish(); }

Hash256 hash(std::string_view tag, std::initializer_list<Bytes> parts) {
  Hasher hasher(tag);
  for (const Bytes part : parts) hasher.update(part);
  return hasher.finish();
}

}  // namespace provchain::crypto
