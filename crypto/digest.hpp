// SPDX-License-Identifier: Apache-2.0
// BLAKE2b-256 (RFC 7693), unkeyed, over a domain tag followed by the bytes. The tag is mandatory: there is no way to hash without
// one.
#pragma once

#include <initializer_list>
#include <string_view>

#include "base/types.hpp"

namespace provchain::crypto {

// Incremental hash. finish() may be called once.
class Hasher {
 public:
  explicit Hasher(std::string_view tag);
  Hasher& update(Bytes bytes);
  Hasher& update(std::string_view text) { return update(as_bytes(text)); }
  template <class T>
  Hasher& update_le(T value) {
    std::uint8_t raw[sizeof(T)];
    store_le<T>(raw, 0, value);
    return update(Bytes{raw, sizeof(T)});
  }
  [[nodiscard]] Hash256 finish();

 private:
  alignas(64) std::uint8_t state_[384];  // crypto_generichash_blake2b_state; its size is checked in digest.cpp
};

[[nodiscard]] Hash256 hash(std::string_view tag, Bytes bytes);
[[nodiscard]] Hash256 hash(std::string_view tag, std::initializer_list<Bytes> parts);

// Gives a digest the type of the noun it names.
template <class Id>
[[nodiscard]] Id as(const Hash256& digest) {
  return Id{digest.bytes};
}

}  // namespace provchain::crypto
