// SPDX-License-Identifier: Apache-2.0
// Between the API's threads and the core thread: hands submissions and look-ups to the core's inbox under a request number, keeps
// who asked, and turns the core's snapshots into the API's views. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "engine/api/backend.hpp"
#include "engine/node/clock.hpp"
#include "engine/node/inbox.hpp"
#include "engine/node/snapshot.hpp"

namespace provchain::node {

class ApiBridge {
 public:
  ApiBridge(Inbox& inbox, const SnapshotBoard& board, const crypto::format::Genesis& genesis, const NodeId& node_id,
            std::uint64_t configured_peers, MetricsRegistry& metrics)
      : inbox_(inbox),
        board_(board),
        genesis_(genesis),
        node_id_(node_id),
        configured_peers_(configured_peers),
        metrics_(metrics),
        started_(read_clocks().mono) {}

  // At most so many requests, and so many bytes of their transactions, wait for the core. A request that its client has given up
  // waits on until the core has answered it.
  static constexpr std::size_t waiting_max = 1'024;
  static constexpr std::size_t waiting_bytes_max = 64 * std::size_t{1'048'576};

  // False, and `reply` is never called, when too much waits.
  [[nodiscard]] bool submit(SharedBytes transaction, api::TxReply reply);
  [[nodiscard]] bool lookup(const TxId& id, api::TxReply reply);
  // The core's answer; called on the core thread.
  void reply(RequestId request, const TxId& id, const core::TxStatus& status);
  [[nodiscard]] api::NodeView view() const;
  // Copies the core's counters into the registry.
  void refresh_metrics();

 private:
  struct Waiting {
    api::TxReply reply;
    std::size_t bytes = 0;
  };

  std::optional<RequestId> remember(api::TxReply reply, std::size_t bytes);

  Inbox& inbox_;
  const SnapshotBoard& board_;
  const crypto::format::Genesis& genesis_;
  NodeId node_id_;
  std::uint64_t configured_peers_ = 0;
  MetricsRegistry& metrics_;
  MonoTime started_{};
  std::mutex waiting_mutex_;  // the core takes it with each reply: held for moments only
  RequestId next_{1};
  std::map<RequestId, Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::mutex counted_mutex_;
  std::map<std::string, std::uint64_t> counted_;  // what the registry has been given of each counter
};

}  // namespace provchain::node
