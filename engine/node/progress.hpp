// SPDX-License-Identifier: Apache-2.0
// How far this node is: the newest height that is final and durable here, and the newest one that the index has taken in. Written
// by the storage writer and the indexer, read by anybody; and whether the indexer still goes on. A listener is called on the
// thread that made the progress and must not block.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "base/types.hpp"

namespace provchain::node {

class Progress {
 public:
  [[nodiscard]] Height finalized() const { return Height(finalized_.load(std::memory_order_acquire)); }
  [[nodiscard]] Height indexed() const { return Height(indexed_.load(std::memory_order_acquire)); }

  void set_finalized(Height height) { set(finalized_, height); }
  void set_indexed(Height height) { set(indexed_, height); }

  // False once an error has ended the indexer: indexed() stays where it is until the node is started again.
  [[nodiscard]] bool is_indexing() const { return is_indexing_.load(std::memory_order_acquire); }
  void set_indexing_ended() {
    is_indexing_.store(false, std::memory_order_release);
    if (listener_) listener_();
  }

  // Before the threads that make progress start, or after they ended.
  void on_change(std::function<void()> listener) { listener_ = std::move(listener); }

 private:
  void set(std::atomic<std::uint64_t>& which, Height height) {
    which.store(height.value(), std::memory_order_release);
    if (listener_) listener_();
  }

  std::atomic<std::uint64_t> finalized_ = 0;
  std::atomic<std::uint64_t> indexed_ = 0;
  std::atomic<bool> is_indexing_ = true;
  std::function<void()> listener_;
};

}  // namespace provchain::node
