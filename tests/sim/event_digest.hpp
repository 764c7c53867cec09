// SPDX-License-Identifier: Apache-2.0
// The digest of everything that has happened, in order: two runs that differ in one byte of one message end with different
// digests. It finds differences between runs that are meant to be equal; nobody attacks it, so 128 bits of multiply and rotate
// do, computed as events happen. The same on every machine and with every compiler. Value.
#pragma once

#include <bit>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "crypto/checksum.hpp"

namespace provchain::sim {

class EventDigest {
 public:
  void mix(std::uint64_t word) {
    first_ = std::rotl(first_ ^ (word * 0x9e3779b97f4a7c15U), 29) * 0xbf58476d1ce4e5b9U;
    second_ = std::rotl(second_ + word, 41) * 0x94d049bb133111ebU + first_;
  }
  void mix(Bytes bytes) {
    mix(bytes.size());
    if (!bytes.empty()) mix(crypto::checksum64(bytes));
  }
  [[nodiscard]] std::string hex() const {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint64_t word : {first_, second_})
      for (unsigned shift = 64; shift > 0; shift -= 4) text += kDigits[(word >> (shift - 4)) & 0xfU];
    return text;
  }
  bool operator==(const EventDigest&) const = default;

 private:
  std::uint64_t first_ = 0x243f6a8885a308d3U;
  std::uint64_t second_ = 0x13198a2e03707344U;
};

}  // namespace provchain::sim
