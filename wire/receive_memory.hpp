// SPDX-License-Identifier: Apache-2.0
// The memory that receiving costs, over all connections of one thread: a free list of receive slabs, so that a quiet connection
// does not allocate 128 KiB for each vote, and a count of the bytes that half received messages hold, so that the owner can end
// connections before many strangers together fill the machine. It counts; what is too much, and who has to go, the owner decides.
// Belongs to one thread.
#pragma once

#include <cstddef>
#include <vector>

#include "base/shared_bytes.hpp"

namespace provchain::wire {

class ReceiveMemory {
 public:
  static constexpr std::size_t slab_bytes = 131'072;
  static constexpr std::size_t free_slabs_max = 32;

  // Its bytes are whatever they were last used for: the taker reads only what it has written. Nobody else holds it.
  [[nodiscard]] SharedBytes take_slab();
  // Kept for the next taker, unless somebody still holds a slice of it or enough are free.
  void give_back_slab(SharedBytes slab);
  [[nodiscard]] std::size_t free_slabs() const { return free_.size(); }

  // The sum of all living charges.
  [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }

 private:
  friend class ReceiveCharge;

  std::vector<SharedBytes> free_;
  std::size_t held_bytes_ = 0;
};

// One holder's part of the count. It goes with the holder.
class ReceiveCharge {
 public:
  // `memory` outlives this object.
  explicit ReceiveCharge(ReceiveMemory& memory) : memory_(memory) {}
  ~ReceiveCharge() { set(0); }
  ReceiveCharge(const ReceiveCharge&) = delete;
  ReceiveCharge& operator=(const ReceiveCharge&) = delete;

  void set(std::size_t bytes) {
    memory_.held_bytes_ = memory_.held_bytes_ - bytes_ + bytes;
    bytes_ = bytes;
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  ReceiveMemory& memory_;
  std::size_t bytes_ = 0;
};

}  // namespace provchain::wire
