// SPDX-License-Identifier: Apache-2.0
#include "engine/node/storage_thread.hpp"

#include "engine/node/clock.hpp"
#include "engine/node/storage_failure.hpp"

namespace provchain::node {

StorageThread::StorageThread(storage::Ledger& ledger, Inbox& inbox, Progress& progress, MetricsRegistry& metrics)
    : ledger_(ledger),
      inbox_(inbox),
      progress_(progress),
      blocks_(metrics.counter("provchain_blocks_committed_total", "Blocks written to chain/.")),
      bytes_(metrics.counter("provchain_block_bytes_committed_total", "Bytes of the blocks written to chain/.")),
      seconds_(metrics.histogram("provchain_commit_duration_seconds", "Time of one durable commit.", kMicroseconds)),
      thread_([this] { run(); }) {}

StorageThread::~StorageThread() { stop(); }

void StorageThread::submit(core::Commit commit) { enqueue(std::move(commit)); }

void StorageThread::submit(storage::StopNote note) { enqueue(std::move(note)); }

void StorageThread::enqueue(Work work) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
}

void StorageThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void StorageThread::run() {
  for (;;) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    if (!std::visit([this](const auto& one) { return write(one); }, work)) return;
  }
}

bool StorageThread::write(const storage::StopNote& note) {
  const auto written = storage::add_stop_note(ledger_.data_dir(), note);
  if (!written) inbox_.push(Fatal{storage_failure("why this node stopped cannot be written down", written.error())});
  return written.has_value();
}

bool StorageThread::write(const core::Commit& commit) {
  std::vector<Bytes> blocks;
  std::uint64_t bytes = 0;
  for (const SharedBytes& block : commit.blocks) {
    blocks.push_back(block.view());
    bytes += block.size();
  }
  const MonoTime begin = read_clocks().mono;
  // The zero position says nothing about a journal.
  const core::GuardPosition guard = commit.guard.value_or(core::GuardPosition{});
  const auto written = ledger_.commit({blocks,
                                       commit.certificate ? Bytes(*commit.certificate) : Bytes{},
                                       {guard.epoch, guard.view, guard.step},
                                       {commit.system, commit.next_authorities}});
  if (!written) {
    inbox_.push(Fatal{storage_failure("the chain cannot be written", written.error())});
    return false;
  }
  seconds_.record(static_cast<std::uint64_t>((read_clocks().mono - begin).us));
  blocks_.add(blocks.size());
  bytes_.add(bytes);
  const auto last = crypto::format::decode_block_header(blocks.back().first(crypto::format::block_header_bytes));
  PVC_CHECK(last.has_value());
  progress_.set_finalized(last->height);
  inbox_.push(Committed{last->height});
  return true;
}

}  // namespace provchain::node
