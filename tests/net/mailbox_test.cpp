// SPDX-License-Identifier: Apache-2.0
#include "engine/net/mailbox.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/spsc_queue.hpp"

namespace provchain::net {
namespace {

struct Number : MpscNode {
  explicit Number(int n) : value(n) {}
  int value;
};

TEST(MpscList, GivesBackEachProducersNodesInOrder) {
  constexpr int kProducers = 3;
  constexpr int kEach = 5'000;
  MpscList<Number> list;
  std::vector<std::thread> producers;
  for (int p = 0; p < kProducers; ++p)
    producers.emplace_back([&list, p] {
      for (int i = 0; i < kEach; ++i) list.push(std::make_unique<Number>(p * kEach + i));
    });
  std::vector<int> next(kProducers, 0);
  for (int seen = 0; seen < kProducers * kEach;) {
    const auto node = list.take();
    if (node == nullptr) {
      std::this_thread::yield();
      continue;
    }
    ++seen;
    EXPECT_EQ(node->value % kEach, next[static_cast<std::size_t>(node->value / kEach)]++);
  }
  for (auto& producer : producers) producer.join();
  EXPECT_TRUE(list.empty());
}

TEST(MpscList, FreesWhatNobodyTook) {
  MpscList<Number> list;
  list.push(std::make_unique<Number>(1));
  list.push(std::make_unique<Number>(2));
  EXPECT_EQ(list.take()->value, 1);
  list.push(std::make_unique<Number>(3));
}

// A uv loop that drains in its check phase, as a reactor does. A lost wake-up would leave it asleep for good.
TEST(Waker, NeverSleepsThroughAPush) {
  constexpr int kCount = 50'000;
  struct Consumer {
    Consumer() { uv_loop_init(&loop); }
    uv_loop_t loop{};
    SpscQueue<int> ring{16};
    int seen = 0;
  } consumer;
  Waker waker(&consumer.loop);
  struct Turn {
    Consumer& consumer;
    Waker& waker;
  } turn{consumer, waker};
  UvHandle<uv_check_t> check(&turn, [&](uv_check_t* handle) { return uv_check_init(&consumer.loop, handle); });
  uv_check_start(check.get(), [](uv_check_t* handle) {
    auto* each = static_cast<Turn*>(handle->data);
    for (int value = 0; each->consumer.ring.try_pop(value);) ++each->consumer.seen;
    each->waker.arm();
    if (each->consumer.ring.front() != nullptr) each->waker.wake_self();
    if (each->consumer.seen == kCount) uv_stop(handle->loop);
  });
  std::thread producer([&] {
    for (int i = 0; i < kCount; ++i) {
      while (!consumer.ring.try_push(int{i})) std::this_thread::yield();
      waker.wake();
    }
  });
  uv_run(&consumer.loop, UV_RUN_DEFAULT);
  producer.join();
  EXPECT_EQ(consumer.seen, kCount);
  check.close();
  waker.close();
  uv_run(&consumer.loop, UV_RUN_DEFAULT);
  EXPECT_EQ(uv_loop_close(&consumer.loop), 0);
}

}  // namespace
}  // namespace provchain::net
