// SPDX-License-Identifier: Apache-2.0
// The parts of NodeCore and what flows between them. For node_core.cpp and node_messages.cpp only.
//
// A turn: one input reaches one part, which appends effects; then settle() lets the others see what follows from it (connections
// that came or went, blocks on their way to storage, a finished catch-up) until nothing more follows.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "engine/core/admission.hpp"
#include "engine/core/commit_gate.hpp"
#include "engine/core/node_core.hpp"
#include "engine/core/relay.hpp"
#include "engine/core/sessions.hpp"
#include "engine/core/static_peers.hpp"
#include "engine/core/sync/block_sync.hpp"
#include "engine/core/sync/server.hpp"

namespace provchain::core {

struct NodeCore::Parts {
  explicit Parts(CoreOptions given);

  template <class Step>
  void turn(Now now, Effects& fx, Step step) {
    const std::size_t from = fx.size();
    step();
    settle(now, fx, from);
  }

  // A turn that only a node that goes on has.
  template <class Step>
  void work(Now now, Effects& fx, Step step) {
    if (!is_shut_down) turn(now, fx, step);
  }

  void start(Now now, const consensus::Recovered& recovered, Effects& fx);
  void tick(Now now, Effects& fx);
  void committed(Now now, Height height, Effects& fx);
  void transaction_checked(Now now, Ticket ticket, const TxVerdict& verdict, Effects& fx);

  [[nodiscard]] Height tip() const { return gate.tip().header.height; }
  // Transactions are refused while this node is far behind: it could not tell a duplicate. A few blocks that the consensus is
  // fetching do no harm: what turns out to be final leaves the pool.
  [[nodiscard]] bool is_syncing() const { return sync.is_active(); }

  // The one switch over message kinds.
  void dispatch(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_tx_announce(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_get_transactions(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_transactions(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_get_status(ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_status(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_get_headers(ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_headers(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_get_epochs(ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_epochs(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_get_batch(ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_batch(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_error(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  void malformed(ConnId conn, Effects& fx);

  // Looks at the effects from `from` on and tells the parts what follows, until nothing does.
  void settle(Now now, Effects& fx, std::size_t from);
  void settle_effects(Now now, Effects& fx, std::size_t& from);
  // An alarm after which this node must stop something, and remember that it did.
  void heed(Alarm alarm, Effects& fx);
  // Whether the chain has no such proof yet, and this node has not published one lately.
  [[nodiscard]] bool is_worth_publishing(Now now, const crypto::format::Evidence& evidence);
  void publish_again(Effects& fx);
  // The system state of the durable tip is what transactions are judged by from now on.
  void adopt_system();
  void settle_session(Now now, const SessionEvent& event, Effects& fx);
  void settle_sync(Now now, Effects& fx);
  // The next epoch begins when the one of the consensus is over.
  void settle_epoch(Now now, Effects& fx);
  void forget(std::span<const TxId> expired);

  CoreOptions options;
  Counters counters;
  Roster roster;
  Mempool mempool;
  StaticPeers static_peers;
  Sessions sessions;
  Admission admission;
  Relay relay;
  CommitGate gate;
  BlockSync sync;
  SyncServer server;
  consensus::Consensus consensus;
  struct Published {
    crypto::format::Evidence evidence;
    MonoTime at;
  };
  std::map<std::pair<Epoch, AuthorityIndex>, Published> published;  // at most one of each authority and epoch that is remembered
  std::optional<BlockId> certified_ahead;                           // the last one block sync was told of
  MonoTime reannounce_at = kNever;
  bool is_shut_down = false;
};

}  // namespace provchain::core
