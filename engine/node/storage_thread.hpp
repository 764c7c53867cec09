// SPDX-License-Identifier: Apache-2.0
// The storage writer: the only thread that writes chain/ and state/. It takes commits in order, one durable chain/ transaction
// each, and tells the core when they are on disk and in state/, where checks look for repeated transactions. An error of the disk
// is final: the node ends, and a restart continues from what is durable. One block at a time is in flight in normal operation, so
// the queue is short; its bound is the core's.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <variant>

#include "base/metrics.hpp"
#include "engine/node/inbox.hpp"
#include "engine/node/progress.hpp"
#include "storage/ledger.hpp"
#include "storage/stop_note.hpp"

namespace provchain::node {

class StorageThread {
 public:
  StorageThread(storage::Ledger& ledger, Inbox& inbox, Progress& progress, MetricsRegistry& metrics);
  ~StorageThread();  // as stop()
  StorageThread(const StorageThread&) = delete;
  StorageThread& operator=(const StorageThread&) = delete;

  // The core thread.
  void submit(core::Commit commit);
  void submit(storage::StopNote note);
  // Writes what was submitted, then ends the thread. Idempotent.
  void stop();

 private:
  using Work = std::variant<core::Commit, storage::StopNote>;

  void enqueue(Work work);
  void run();
  bool write(const storage::StopNote& note);
  bool write(const core::Commit& commit);

  storage::Ledger& ledger_;
  Inbox& inbox_;
  Progress& progress_;
  Counter& blocks_;
  Counter& bytes_;
  Histogram& seconds_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace provchain::node
