// SPDX-License-Identifier: Apache-2.0
// Keeps this node connected to its configured peers, for ever. One dial at a time per peer; between two tries a wait with
// decorrelated jitter (uniform between the base and three times the last wait, capped), so that many nodes that lost one peer
// together do not return in step. The wait starts from the base again once a connection has been stable for a minute. A
// configured peer that is connected under its known node id, whoever dialled, is not dialled. Core thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/prng.hpp"
#include "base/time.hpp"
#include "engine/core/counters.hpp"
#include "engine/core/effects.hpp"

namespace provchain::core {

class StaticPeers {
 public:
  // `counters` outlives this object.
  StaticPeers(std::uint32_t count, std::uint64_t seed, Counters& counters) : peers_(count), prng_(seed), counters_(counters) {}

  void on_start(Now now, Effects& fx);
  // A connection to this node exists now; `dialled` says which configured peer was dialled for it.
  void on_peer_up(Now now, const NodeId& node, std::optional<std::uint32_t> dialled);
  // One of its connections is gone. The peer may have asked to be left alone for a while.
  void on_peer_down(Now now, const NodeId& node, std::optional<std::uint32_t> dialled, Duration leave_alone);
  void on_dial_failed(Now now, std::uint32_t peer);
  // Nothing is dialled any more.
  void on_shutdown() { peers_.clear(); }
  void on_tick(Now now, Effects& fx);
  [[nodiscard]] MonoTime next_deadline() const;
  // True for a node that has been found behind a configured address.
  [[nodiscard]] bool is_configured(const NodeId& node) const;

 private:
  struct Peer {
    std::optional<NodeId> node;  // learnt with the first connection
    bool dialling = false;
    MonoTime dial_at;
    Duration last_wait;
    std::optional<MonoTime> up_since;
  };
  [[nodiscard]] bool wants_dial(const Peer& peer) const { return !peer.dialling && !peer.up_since; }
  void schedule(Now now, Peer& peer, Duration leave_alone);

  std::vector<Peer> peers_;
  std::map<NodeId, std::uint32_t> connections_;  // how many exist, by node
  Prng prng_;
  Counters& counters_;
};

}  // namespace provchain::core
