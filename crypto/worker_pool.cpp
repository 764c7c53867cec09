// SPDX-License-Identifier: Apache-2.0
#include "crypto/worker_pool.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace provchain::crypto {
namespace {

// Tells the core that this is a spin loop: it yields its twin thread and leaves the loop without a mispredicted memory order.
void pause_core() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

constexpr int kPausesPerRound = 8;

}  // namespace

void WorkerPool::Queue::push(Job&& job) {
  ring[(head + count) % ring.size()] = std::move(job);
  ++count;
}

WorkerPool::Job WorkerPool::Queue::pop() {
  Job job = std::exchange(ring[head], nullptr);
  head = (head + 1) % ring.size();
  --count;
  return job;
}

WorkerPool::WorkerPool(const WorkerPoolOptions& options) : options_(options) {
  PVC_CHECK(options.thread_count > 0);
  PVC_CHECK(options.queue_jobs_max > 0);
  for (Queue& queue : queues_) queue.ring.resize(options.queue_jobs_max);
  for (std::size_t i = 0; i < options.thread_count; ++i) threads_.emplace_back([this] { run(); });
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::submit(Job&& job, JobPriority priority) { return submit(std::span<Job>(&job, 1), priority) == 1; }

std::size_t WorkerPool::submit(std::span<Job> jobs, JobPriority priority) {
  std::size_t taken = 0;
  std::size_t sleepers = 0;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_.load(std::memory_order_relaxed)) return 0;
    Queue& queue = queues_[static_cast<std::size_t>(priority)];
    taken = std::min(jobs.size(), queue.room());
    for (Job& job : jobs.first(taken)) queue.push(std::move(job));
    queued_.store(queued_.load(std::memory_order_relaxed) + taken, std::memory_order_release);
    sleepers = std::min(sleeping_, taken);
  }
  // Outside the lock, or each woken worker would run into it.
  if (sleepers == 1) work_.notify_one();
  if (sleepers > 1) work_.notify_all();
  return taken;
}

void WorkerPool::drain() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return queued_.load(std::memory_order_relaxed) == 0 && running_ == 0; });
}

void WorkerPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_.store(true, std::memory_order_release);
  }
  work_.notify_all();
  std::call_once(joined_, [&] {
    for (std::thread& thread : threads_) thread.join();
  });
}

void WorkerPool::run() {
  Job job;
  while (take(job)) {
    job();
    job = nullptr;  // what it held may be large: free it before the pool counts as idle
    const std::lock_guard lock(mutex_);
    --running_;
    if (running_ == 0 && queued_.load(std::memory_order_relaxed) == 0) idle_.notify_all();
  }
}

// The next job, counted as running; false when the pool stops and none is left.
bool WorkerPool::take(Job& job) {
  spin();
  std::unique_lock lock(mutex_);
  const auto is_due = [&] { return queued_.load(std::memory_order_relaxed) > 0 || stopping_.load(std::memory_order_relaxed); };
  if (!is_due()) {
    ++sleeping_;
    work_.wait(lock, is_due);
    --sleeping_;
  }
  const std::size_t queued = queued_.load(std::memory_order_relaxed);
  if (queued == 0) return false;
  Queue& urgent = queues_[static_cast<std::size_t>(JobPriority::urgent)];
  Queue& ordinary = queues_[static_cast<std::size_t>(JobPriority::ordinary)];
  job = (urgent.count > 0 ? urgent : ordinary).pop();
  queued_.store(queued - 1, std::memory_order_release);
  ++running_;
  return true;
}

void WorkerPool::spin() const {
  for (std::uint32_t round = 0; round < options_.spin_rounds; ++round) {
    if (queued_.load(std::memory_order_acquire) > 0 || stopping_.load(std::memory_order_acquire)) return;
    for (int i = 0; i < kPausesPerRound; ++i) pause_core();
  }
}

}  // namespace provchain::crypto
