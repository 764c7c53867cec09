// SPDX-License-Identifier: Apache-2.0
#include "base/spsc_queue.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace provchain {
namespace {

TEST(SpscQueue, RefusesWhenFullAndLeavesTheValueUntouched) {
  SpscQueue<std::unique_ptr<int>> queue(2);
  ASSERT_TRUE(queue.try_push(std::make_unique<int>(1)));
  ASSERT_TRUE(queue.try_push(std::make_unique<int>(2)));
  auto third = std::make_unique<int>(3);
  EXPECT_FALSE(queue.try_push(std::move(third)));
  ASSERT_NE(third, nullptr);
  EXPECT_EQ(*third, 3);
  EXPECT_EQ(queue.size(), 2U);
}

TEST(SpscQueue, KeepsOrderAcrossManyWraps) {
  SpscQueue<int> queue(4);
  int next_out = 0;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(queue.try_push(int{i}));
    if (i % 3 == 2) {
      int value = -1;
      while (queue.try_pop(value)) EXPECT_EQ(value, next_out++);
    }
  }
  EXPECT_EQ(next_out, 99);
}

TEST(SpscQueue, ReleasesPoppedAndRemainingValues) {
  const auto shared = std::make_shared<int>(7);
  {
    SpscQueue<std::shared_ptr<int>> queue(8);
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(queue.try_push(std::shared_ptr<int>(shared)));
    ASSERT_NE(queue.front(), nullptr);
    queue.pop();
    EXPECT_EQ(shared.use_count(), 5);
  }
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(SpscQueue, HandsEveryValueOverInOrderBetweenThreads) {
  constexpr std::uint64_t kCount = 200'000;
  SpscQueue<std::unique_ptr<std::uint64_t>> queue(64);
  std::thread producer([&queue] {
    for (std::uint64_t i = 0; i < kCount; ++i) {
      auto value = std::make_unique<std::uint64_t>(i);
      while (!queue.try_push(std::move(value))) std::this_thread::yield();
    }
  });
  std::uint64_t expected = 0;
  while (expected < kCount) {
    std::unique_ptr<std::uint64_t> value;
    if (!queue.try_pop(value)) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(*value, expected++);
  }
  producer.join();
  EXPECT_EQ(queue.front(), nullptr);
}

}  // namespace
}  // namespace provchain
