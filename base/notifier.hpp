// SPDX-License-Identifier: Apache-2.0
// The wake-up of a thread that sleeps on several rings at once (the core thread; not a uv thread, which has uv_async). Many
// threads notify, one waits. A notification that nobody has taken yet makes further ones free: one exchange, no lock, no system
// call.
//
// The waiter's turn: wait_until(deadline), then empty every ring. The flag falls before wait_until returns, so whatever is pushed
// after the rings were looked at raises it again and the next wait returns at once: no push followed by notify() is ever slept
// through.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/time.hpp"

namespace provchain {

class Notifier {
 public:
  Notifier() = default;
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  // Any thread, after it made something visible to the waiter.
  void notify() {
    if (raised_.exchange(true, std::memory_order_seq_cst)) return;
    {
      const std::lock_guard lock(mutex_);
    }  // The waiter is either before its check of the flag or already asleep, never between.
    wake_.notify_one();
  }

  // The one waiting thread. True when notified, false at `deadline` (kNever: no deadline). The deadline is of
  // std::chrono::steady_clock.
  bool wait_until(MonoTime deadline) {
    if (raised_.exchange(false, std::memory_order_seq_cst)) return true;
    std::unique_lock lock(mutex_);
    const auto is_raised = [this] { return raised_.load(std::memory_order_seq_cst); };
    if (deadline == kNever) {
      wake_.wait(lock, is_raised);
    } else if (!wake_.wait_until(lock, std::chrono::steady_clock::time_point(std::chrono::microseconds(deadline.us)),
                                 is_raised)) {
      return false;
    }
    raised_.store(false, std::memory_order_seq_cst);
    return true;
  }

 private:
  std::atomic<bool> raised_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
};

}  // namespace provchain
