// SPDX-License-Identifier: Apache-2.0
// N secret bytes in locked, guarded memory (sodium_malloc), zeroed when destroyed. Movable, not copyable, not printable.
#pragma once

#include <cstddef>
#include <utility>

#include "base/bytes.hpp"
#include "base/check.hpp"

namespace provchain::crypto {

namespace secret_memory {
[[nodiscard]] std::uint8_t* allocate(
    std::size_t size_bytes);  // never null: out of lockable memory ends the process with a message
void release(std::uint8_t* memory);
}  // namespace secret_memory

template <std::size_t N>
class Secret {
 public:
  Secret() : memory_(secret_memory::allocate(N)) {}
  Secret(Secret&& other) noexcept : memory_(other.memory_) { other.memory_ = nullptr; }
  Secret& operator=(Secret&& other) noexcept {
    std::swap(memory_, other.memory_);
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() {
    if (memory_ != nullptr) secret_memory::release(memory_);
  }

  [[nodiscard]] const std::uint8_t* data() const { return memory_; }
  [[nodiscard]] std::uint8_t* data() { return memory_; }
  [[nodiscard]] static constexpr std::size_t size() { return N; }
  [[nodiscard]] Bytes view() const PVC_LIFETIMEBOUND { return {memory_, N}; }
  [[nodiscard]] MutBytes mut() PVC_LIFETIMEBOUND { return {memory_, N}; }

 private:
  std::uint8_t* memory_;
};

}  // namespace provchain::crypto
