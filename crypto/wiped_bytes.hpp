// SPDX-License-Identifier: Apache-2.0
// N secret bytes in place, zeroed when destroyed or moved from. For keys that live inside a connection: unlike Secret they need
// no heap, because a stranger who has not authenticated yet must not make us allocate. Movable, not copyable.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"

namespace provchain::crypto {

// Zeroes memory in a way the compiler does not optimise away.
void wipe(MutBytes bytes);

template <std::size_t N>
class WipedBytes {
 public:
  WipedBytes() = default;
  WipedBytes(WipedBytes&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
  WipedBytes& operator=(WipedBytes&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      wipe(other.bytes_);
    }
    return *this;
  }
  WipedBytes(const WipedBytes&) = delete;
  WipedBytes& operator=(const WipedBytes&) = delete;
  ~WipedBytes() { wipe(bytes_); }

  [[nodiscard]] const std::uint8_t* data() const PVC_LIFETIMEBOUND { return bytes_.data(); }
  [[nodiscard]] std::uint8_t* data() PVC_LIFETIMEBOUND { return bytes_.data(); }
  [[nodiscard]] Bytes view() const PVC_LIFETIMEBOUND { return bytes_; }
  [[nodiscard]] MutBytes mut() PVC_LIFETIMEBOUND { return bytes_; }

 private:
  std::array<std::uint8_t, N> bytes_{};
};

}  // namespace provchain::crypto
