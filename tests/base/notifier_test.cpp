// SPDX-License-Identifier: Apache-2.0
#include "base/notifier.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/spsc_queue.hpp"

namespace provchain {
namespace {

MonoTime steady_now() {
  return MonoTime{
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

TEST(Notifier, ReturnsFalseAtTheDeadline) {
  Notifier notifier;
  const MonoTime deadline = steady_now() + Duration::millis(5);
  EXPECT_FALSE(notifier.wait_until(deadline));
  EXPECT_GE(steady_now(), deadline);
}

TEST(Notifier, RemembersOneNotificationMadeBeforeTheWait) {
  Notifier notifier;
  notifier.notify();
  notifier.notify();
  EXPECT_TRUE(notifier.wait_until(kNever));
  EXPECT_FALSE(notifier.wait_until(steady_now()));
}

// Two producers, two rings, one sleeper without a deadline: a lost wake-up would hang here.
TEST(Notifier, NeverSleepsThroughAPushOnAnyRing) {
  constexpr int kCount = 50'000;
  Notifier notifier;
  SpscQueue<int> rings[2]{SpscQueue<int>(16), SpscQueue<int>(16)};
  auto produce = [&notifier](SpscQueue<int>& ring) {
    for (int i = 0; i < kCount; ++i) {
      while (!ring.try_push(int{i})) std::this_thread::yield();
      notifier.notify();
    }
  };
  std::thread first(produce, std::ref(rings[0]));
  std::thread second(produce, std::ref(rings[1]));
  int seen = 0;
  while (seen < 2 * kCount) {
    ASSERT_TRUE(notifier.wait_until(kNever));
    for (auto& ring : rings)
      for (int value = 0; ring.try_pop(value);) ++seen;
  }
  first.join();
  second.join();
}

}  // namespace
}  // namespace provchain
