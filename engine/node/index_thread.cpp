// SPDX-License-Identifier: Apache-2.0
#include "engine/node/index_thread.hpp"

namespace provchain::node {

IndexThread::IndexThread(storage::Indexer& indexer, Progress& progress, Log& log)
    : indexer_(indexer), progress_(progress), log_(log) {}

IndexThread::~IndexThread() { stop(); }

void IndexThread::start() {
  thread_ = std::thread([this] { run(); });
}

void IndexThread::wake() {
  {
    const std::lock_guard lock(mutex_);
    work_ = true;
  }
  wake_.notify_one();
}

void IndexThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void IndexThread::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || work_; });
      if (stopping_) return;
      work_ = false;
    }
    if (!catch_up()) return;
  }
}

bool IndexThread::catch_up() {
  for (;;) {
    const auto step = indexer_.index_next();
    if (!step) {
      log_.error("the index cannot be written, indexing ends here: " + storage::describe(step.error()));
      progress_.set_indexing_ended();
      return false;
    }
    if (step->height != progress_.indexed()) progress_.set_indexed(step->height);
    if (!step->behind) return true;
    const std::lock_guard lock(mutex_);
    if (stopping_) return true;
  }
}

}  // namespace provchain::node
