// SPDX-License-Identifier: Apache-2.0
#include "crypto/keyed_hash.hpp"

#include <sodium.h>

namespace provchain::crypto {

static_assert(HashKey::kSize == crypto_shorthash_KEYBYTES);
static_assert(crypto_shorthash_BYTES == sizeof(std::uint64_t));

HashKey random_hash_key() {
  HashKey key;
  randombytes_buf(key.bytes.data(), key.bytes.size());
  return key;
}

std::uint64_t keyed_hash64(const HashKey& key, Bytes bytes) {
  std::uint8_t digest[crypto_shorthash_BYTES];
  crypto_shorthash(digest, bytes.data(), bytes.size(), key.bytes.data());
  return load_le<std::uint64_t>(Bytes{digest, sizeof digest}, 0);
}

}  // namespace provchain::crypto
