// SPDX-License-Identifier: Apache-2.0
// Threads for stateless work that costs a core-second: signature batches, transaction checks, compression. A job is a function;
// telling its owner that it is done (posting to a mailbox) is the job's own last act. The queue is bounded and full is a normal
// answer: the caller keeps its job and refuses, or stops reading.
//
// There are two queues. A worker takes an ordinary job only when no urgent one waits, so that a flood of transactions cannot
// delay what a vote waits for. Each queue has its own bound and is first in, first out; urgent work may hold ordinary work back
// for as long as there is some.
//
// submit(), drain() and stop() may be called from any thread but not from a job. A worker that finds no job spins briefly before
// it sleeps, because waking an idle thread costs as much as verifying a signature.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace provchain::crypto {

struct WorkerPoolOptions {
  std::size_t thread_count = 1;
  std::size_t queue_jobs_max = 4'096;  // of each queue
  std::uint32_t spin_rounds = 200;     // looks at the queue, about 0.1 µs apart, before sleeping; 0: sleep at once
};

enum class JobPriority : std::uint8_t { urgent, ordinary };

class WorkerPool {
 public:
  using Job = std::move_only_function<void()>;

  explicit WorkerPool(const WorkerPoolOptions& options);
  // As stop().
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False, with `job` untouched, when that queue is full or the pool is stopped.
  [[nodiscard]] bool submit(Job&& job, JobPriority priority = JobPriority::ordinary);
  // Takes jobs from the front until that queue is full, with one wake-up for all of them. Returns how many were taken; the rest
  // are untouched.
  [[nodiscard]] std::size_t submit(std::span<Job> jobs, JobPriority priority = JobPriority::ordinary);

  // Waits until no job is queued or running.
  void drain();
  // Takes no more jobs, runs those already taken, ends the threads. Idempotent.
  void stop();

  [[nodiscard]] std::size_t queued_jobs() const { return queued_.load(std::memory_order_relaxed); }

 private:
  // A bounded first-in, first-out queue.
  struct Queue {
    std::vector<Job> ring;
    std::size_t head = 0;
    std::size_t count = 0;

    void push(Job&& job);
    [[nodiscard]] Job pop();
    [[nodiscard]] std::size_t room() const { return ring.size() - count; }
  };

  void run();
  bool take(Job& job);
  void spin() const;

  const WorkerPoolOptions options_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable idle_;
  std::array<Queue, 2> queues_;  // by JobPriority; guarded by mutex_, as all below
  std::size_t running_ = 0;
  std::size_t sleeping_ = 0;
  std::atomic<std::size_t> queued_ = 0;  // in both queues; written under mutex_, read by spinning workers without it
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
  std::once_flag joined_;
};

}  // namespace provchain::crypto
