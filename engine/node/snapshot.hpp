// SPDX-License-Identifier: Apache-2.0
// What the core thread shows of itself to the rest of the process: a copy, made at most every 100 ms and only after something
// happened, taken by whoever asks. Nobody reads the core's own state from another thread.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/core/consensus/types.hpp"
#include "engine/core/node_core.hpp"

namespace provchain::node {

struct NodeSnapshot {
  WallTime taken_at;
  core::consensus::Status consensus;
  core::SyncProgress sync;
  core::MempoolStatus mempool;
  core::AuthoritiesStatus authorities;
  std::shared_ptr<const crypto::format::SystemState> system;  // that the next block builds on; null before the core has started
  std::vector<core::PeerStatus> peers;
  std::vector<core::CounterSample> counters;
  core::consensus::RejectCounters consensus_rejects{};
};

class SnapshotBoard {
 public:
  void publish(NodeSnapshot snapshot) {
    auto next = std::make_shared<const NodeSnapshot>(std::move(snapshot));
    const std::lock_guard lock(mutex_);
    std::swap(current_, next);
  }
  // Never null. Any thread.
  [[nodiscard]] std::shared_ptr<const NodeSnapshot> latest() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const NodeSnapshot> current_ = std::make_shared<const NodeSnapshot>();
};

}  // namespace provchain::node
