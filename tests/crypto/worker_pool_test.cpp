// SPDX-License-Identifier: Apache-2.0
#include "crypto/worker_pool.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <memory>

namespace provchain::crypto {
namespace {

TEST(WorkerPool, RunsEveryJobOnce) {
  for (const std::uint32_t spin_rounds : {0U, 50U}) {
    std::atomic<int> runs = 0;
    WorkerPool pool({.thread_count = 3, .queue_jobs_max = 64, .spin_rounds = spin_rounds});
    for (int i = 0; i < 5'000;) {
      if (pool.submit([&] { runs.fetch_add(1); }))
        ++i;
      else
        std::this_thread::yield();
    }
    pool.drain();
    EXPECT_EQ(runs.load(), 5'000);
    EXPECT_EQ(pool.queued_jobs(), 0U);
  }
}

TEST(WorkerPool, LeavesAJobWithItsCallerWhenFull) {
  std::latch started(1);
  std::latch release(1);
  WorkerPool pool({.thread_count = 1, .queue_jobs_max = 2});
  ASSERT_TRUE(pool.submit([&] {
    started.count_down();
    release.wait();
  }));
  started.wait();
  std::atomic<int> runs = 0;
  std::vector<WorkerPool::Job> jobs;
  for (int i = 0; i < 3; ++i) jobs.emplace_back([&] { runs.fetch_add(1); });
  EXPECT_EQ(pool.submit(std::span(jobs)), 2U);
  EXPECT_FALSE(jobs[0]);
  EXPECT_TRUE(jobs[2]);
  EXPECT_FALSE(pool.submit(std::move(jobs[2])));
  EXPECT_TRUE(jobs[2]);
  release.count_down();
  pool.drain();
  EXPECT_EQ(runs.load(), 2);
}

TEST(WorkerPool, RunsUrgentJobsFirstAndBoundsEachQueue) {
  std::latch started(1);
  std::latch release(1);
  WorkerPool pool({.thread_count = 1, .queue_jobs_max = 2});
  ASSERT_TRUE(pool.submit([&] {
    started.count_down();
    release.wait();
  }));
  started.wait();
  std::vector<int> order;  // one thread runs all jobs
  const auto job = [&order](int number) { return [&order, number] { order.push_back(number); }; };
  EXPECT_TRUE(pool.submit(job(1)));
  EXPECT_TRUE(pool.submit(job(2)));
  EXPECT_FALSE(pool.submit(job(0)));
  EXPECT_TRUE(pool.submit(job(3), JobPriority::urgent));
  EXPECT_TRUE(pool.submit(job(4), JobPriority::urgent));
  EXPECT_FALSE(pool.submit(job(0), JobPriority::urgent));
  EXPECT_EQ(pool.queued_jobs(), 4U);
  release.count_down();
  pool.drain();
  EXPECT_EQ(order, (std::vector{3, 4, 1, 2}));
}

TEST(WorkerPool, RunsWhatWasTakenWhenStoppedAndTakesNoMore) {
  std::atomic<int> runs = 0;
  WorkerPool pool({.thread_count = 2, .queue_jobs_max = 128});
  std::vector<WorkerPool::Job> jobs;
  for (int i = 0; i < 100; ++i) jobs.emplace_back([&] { runs.fetch_add(1); });
  ASSERT_EQ(pool.submit(std::span(jobs)), 100U);
  pool.stop();
  EXPECT_EQ(runs.load(), 100);
  EXPECT_FALSE(pool.submit([] {}));
  pool.stop();
}

TEST(WorkerPool, FreesAJobAfterRunningIt) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  WorkerPool pool({.thread_count = 1, .queue_jobs_max = 4});
  ASSERT_TRUE(pool.submit([held = std::move(held)] {}));
  pool.drain();
  EXPECT_TRUE(watch.expired());
}

TEST(WorkerPool, TakesJobsFromManyThreads) {
  std::atomic<int> runs = 0;
  WorkerPool pool({.thread_count = 2, .queue_jobs_max = 32});
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&] {
      for (int i = 0; i < 1'000;) {
        if (pool.submit([&] { runs.fetch_add(1); }))
          ++i;
        else
          std::this_thread::yield();
      }
    });
  for (std::thread& caller : callers) caller.join();
  pool.drain();
  EXPECT_EQ(runs.load(), 3'000);
}

}  // namespace
}  // namespace provchain::crypto
