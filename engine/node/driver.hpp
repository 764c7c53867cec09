// SPDX-License-Identifier: Apache-2.0
// The production driver of the core: one thread that feeds NodeCore what the network, the pools, the signer, the store and the
// API have to say, and executes the effects it asks for. It decides nothing.
//   a turn: read the clocks; take the inbox; poll the network; tick when the deadline has passed; after each input execute its
//   effects in order.
// Every member function but run() may be called from any thread, and only by way of the inbox.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crypto/signer.hpp"
#include "crypto/worker_pool.hpp"
#include "engine/core/node_core.hpp"
#include "engine/net/network.hpp"
#include "engine/node/config.hpp"
#include "engine/node/inbox.hpp"
#include "engine/node/jobs.hpp"
#include "engine/node/log.hpp"
#include "engine/node/snapshot.hpp"
#include "engine/node/storage_thread.hpp"

namespace provchain::node {

// Everything the driver drives; all of it outlives the driver.
struct DriverParts {
  core::NodeCore& core;
  net::Network& network;
  crypto::WorkerPool& check_pool;
  crypto::WorkerPool& serve_pool;
  crypto::Signer* signer;  // null: this node does not vote
  StorageThread& storage;
  Inbox& inbox;
  Notifier& notifier;
  SnapshotBoard& board;
  Log& log;
  CheckContext context;
  const std::vector<StaticPeer>& static_peers;
  const crypto::KeyPair& submitter_key;                                         // signs what this node itself hands in
  std::function<void(RequestId, const TxId&, const core::TxStatus&)> on_reply;  // called on the core thread; must not block
};

class Driver {
 public:
  explicit Driver(const DriverParts& parts) : parts_(parts) {}

  // The core thread. Returns when a Stop was taken and the peers were told, or with what made going on impossible.
  // `on_started` is called once the core has started and shows itself on the board: whoever asks from then on is told how it
  // stands.
  [[nodiscard]] std::optional<ConfigError> run(core::consensus::Recovered recovered, const std::function<void()>& on_started);

 private:
  void turn();
  void take(Input& input);
  void take(net::Event& event);
  void execute();
  void run_effect(core::Effect& effect);
  void perform(core::Send& effect);
  void perform(const core::Disconnect& effect);
  void perform(const core::Dial& effect);
  void perform(core::VerifySignatures& effect);
  void perform(core::CheckTransaction& effect);
  void perform(core::CheckBlock& effect);
  void perform(core::OpenBatch& effect);
  void perform(core::CastVote& effect);
  void perform(const core::AdvanceJournalFloor& effect);
  void perform(core::Commit& effect);
  void perform(const core::ServeBlocks& effect);
  void perform(core::ServeHeldBlocks& effect);
  void perform(const core::ServeHeaders& effect);
  void perform(const core::ServeEpochs& effect);
  void perform(const core::Reply& effect);
  void perform(const core::Alarm& effect);
  void perform(core::RememberStop& effect);
  void perform(const core::PublishEvidence& effect);
  // A pool's queue, and the jobs that found it full; bounded by what the core keeps outstanding.
  struct Lane {
    crypto::WorkerPool& pool;
    crypto::JobPriority priority;
    std::deque<crypto::WorkerPool::Job> waiting;
  };
  static void hand_to(Lane& lane, crypto::WorkerPool::Job job);
  static void hand_over(Lane& lane);
  void hand_over_votes();
  void hand_over_waiting();
  // One line for people when an epoch has begun.
  void tell_epoch(const crypto::format::SystemState& system);
  void publish(bool force);

  DriverParts parts_;
  Now now_{};
  core::Effects effects_;
  core::Effects executing_;  // what execute() works on; the two take turns, so that no input allocates
  std::vector<Input> inputs_;
  Lane urgent_checks_{parts_.check_pool, crypto::JobPriority::urgent, {}};  // what consensus waits for
  Lane transaction_checks_{parts_.check_pool, crypto::JobPriority::ordinary, {}};
  Lane serves_{parts_.serve_pool, crypto::JobPriority::ordinary, {}};
  std::deque<crypto::VoteRequest> waiting_votes_;
  MonoTime published_at_{};
  std::optional<Epoch> told_epoch_;
  bool unpublished_ = true;
  bool stopping_ = false;
  std::optional<ConfigError> fatal_;
};

}  // namespace provchain::node
