// SPDX-License-Identifier: Apache-2.0
// The indexer's thread: follows the chain into index/ in batches as large as what waits. Consensus never waits for it; an error
// ends indexing, is logged and shown by Progress, and leaves `indexed_height` where it is. The index is derived: deleting the
// folder and restarting rebuilds it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/node/log.hpp"
#include "engine/node/progress.hpp"
#include "storage/index/indexer.hpp"

namespace provchain::node {

class IndexThread {
 public:
  IndexThread(storage::Indexer& indexer, Progress& progress, Log& log);
  ~IndexThread();  // as stop()
  IndexThread(const IndexThread&) = delete;
  IndexThread& operator=(const IndexThread&) = delete;

  // Once, when everybody who wants to hear of progress listens.
  void start();
  // Any thread: the chain has grown.
  void wake();
  void stop();

 private:
  void run();
  bool catch_up();

  storage::Indexer& indexer_;
  Progress& progress_;
  Log& log_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool work_ = true;  // the first turn looks by itself
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace provchain::node
