// SPDX-License-Identifier: Apache-2.0
// Between the API's threads and the core thread: hands submissions and look-ups to the core's inbox under a request number, keeps
// who asked, and turns the core's snapshots into the API's views. Any thread.
#pragma once

#include <map>
#include <mutex>

#include "engine/api/backend.hpp"
#include "engine/node/clock.hpp"
#include "engine/node/inbox.hpp"
#include "engine/node/snapshot.hpp"

namespace provchain::node {

class ApiBridge {
 public:
  ApiBridge(Inbox& inbox, const SnapshotBoard& board, const crypto::format::Genesis& genesis, const NodeId& node_id,
            MetricsRegistry& metrics)
      : inbox_(inbox), board_(board), genesis_(genesis), node_id_(node_id), metrics_(metrics), started_(read_clocks().mono) {}

  void submit(SharedBytes transaction, api::TxReply reply);
  void lookup(const TxId& id, api::TxReply reply);
  // The core's answer; called on the core thread.
  void reply(RequestId request, const TxId& id, const core::TxStatus& status);
  [[nodiscard]] api::NodeView view() const;
  // Copies the core's counters into the registry.
  void refresh_metrics();

 private:
  RequestId remember(api::TxReply reply);

  Inbox& inbox_;
  const SnapshotBoard& board_;
  const crypto::format::Genesis& genesis_;
  NodeId node_id_;
  MetricsRegistry& metrics_;
  MonoTime started_{};
  std::mutex mutex_;
  RequestId next_{1};
  std::map<RequestId, api::TxReply> waiting_;
  std::map<std::string, std::uint64_t> counted_;  // what the registry has been given of each counter
};

}  // namespace provchain::node
