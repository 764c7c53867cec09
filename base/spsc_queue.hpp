// SPDX-License-Identifier: Apache-2.0
// A bounded ring between exactly one producer thread and one consumer thread: the way threads of this project hand values to each
// other. Full is a normal answer: the producer keeps its value and refuses, drops or stops reading. Nothing here blocks or
// allocates after construction.
//
// Threads: try_push is the producer's; front, pop and try_pop are the consumer's; size may be asked by either and is exact only
// for what the asking side itself did last. Invariant: head_ ≤ tail_ ≤ head_ + capacity (both only ever grow).
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/check.hpp"

namespace provchain {

template <class T>
class SpscQueue {
 public:
  // `capacity` is a power of two.
  explicit SpscQueue(std::size_t capacity) : mask_(capacity - 1), slots_(std::make_unique<Slot[]>(capacity)) {
    PVC_CHECK(std::has_single_bit(capacity));
  }
  ~SpscQueue() {
    while (front() != nullptr) pop();
  }
  SpscQueue(const SpscQueue&) = delete;
  SpscQueue& operator=(const SpscQueue&) = delete;

  // Producer. False when full; `value` is then untouched.
  [[nodiscard]] bool try_push(T&& value) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_seen_ > mask_) {
      head_seen_ = head_.load(std::memory_order_acquire);
      if (tail - head_seen_ > mask_) return false;
    }
    std::construct_at(&slots_[tail & mask_].value, std::move(value));
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // Consumer. The oldest value, valid until pop(); null when empty.
  [[nodiscard]] T* front() PVC_LIFETIMEBOUND {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_seen_) {
      tail_seen_ = tail_.load(std::memory_order_acquire);
      if (head == tail_seen_) return nullptr;
    }
    return &slots_[head & mask_].value;
  }

  // Consumer. Destroys the oldest value; front() was not null.
  void pop() {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    std::destroy_at(&slots_[head & mask_].value);
    head_.store(head + 1, std::memory_order_release);
  }

  // Consumer. Moves the oldest value to `out`; false when empty.
  [[nodiscard]] bool try_pop(T& out) {
    T* value = front();
    if (value == nullptr) return false;
    out = std::move(*value);
    pop();
    return true;
  }

  [[nodiscard]] std::size_t size() const {
    // The head first: a tail read later can only be larger, so the difference never wraps.
    const std::size_t head = head_.load(std::memory_order_acquire);
    return tail_.load(std::memory_order_acquire) - head;
  }
  [[nodiscard]] std::size_t capacity() const { return mask_ + 1; }

 private:
  union Slot {
    Slot() {}
    ~Slot() {}
    T value;
  };
  // Two threads writing one cache line cost each other a miss per item; 64 is the line of every machine this runs on.
  static constexpr std::size_t kCacheLineBytes = 64;

  const std::size_t mask_;
  const std::unique_ptr<Slot[]> slots_;
  alignas(kCacheLineBytes) std::atomic<std::size_t> tail_ = 0;
  std::size_t head_seen_ = 0;  // producer's last look at head_
  alignas(kCacheLineBytes) std::atomic<std::size_t> head_ = 0;
  std::size_t tail_seen_ = 0;  // consumer's last look at tail_
};

}  // namespace provchain
