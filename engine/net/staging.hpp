// SPDX-License-Identifier: Apache-2.0
// Where records wait between encryption and the socket. A connection holds a buffer only while it has bytes there, so idle peers
// cost none, and what is encrypted too early, and can no longer be overtaken by a vote, is bounded. Belongs to its reactor's
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace provchain::net {

inline constexpr std::size_t staging_bytes = 131'072;

using StagingBuffer = std::unique_ptr<std::array<std::uint8_t, staging_bytes>>;

class StagingPool {
 public:
  [[nodiscard]] StagingBuffer take() {
    if (free_.empty()) return std::make_unique_for_overwrite<std::array<std::uint8_t, staging_bytes>>();
    StagingBuffer buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }
  void give_back(StagingBuffer buffer) {
    if (free_.size() < kKept) free_.push_back(std::move(buffer));
  }

 private:
  static constexpr std::size_t kKept = 8;
  std::vector<StagingBuffer> free_;
};

}  // namespace provchain::net
