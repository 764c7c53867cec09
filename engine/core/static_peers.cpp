// SPDX-License-Identifier: Apache-2.0
#include "engine/core/static_peers.hpp"

#include <algorithm>

namespace provchain::core {

namespace {

constexpr Duration kBase = Duration::millis(250);
constexpr Duration kCap = Duration::seconds(15);
constexpr Duration kStable = Duration::seconds(60);
// A peer's own request to stay away is heard, but not for longer than this: it may have been restarted meanwhile.
constexpr Duration kLeaveAloneMax = Duration::seconds(60);

}  // namespace

void StaticPeers::on_start(Now now, Effects& fx) {
  for (Peer& peer : peers_) peer.dial_at = now.mono;
  on_tick(now, fx);
}

void StaticPeers::on_peer_up(Now now, const NodeId& node, std::optional<std::uint32_t> dialled) {
  ++connections_[node];
  if (dialled && *dialled < peers_.size()) {
    peers_[*dialled].dialling = false;
    peers_[*dialled].node = node;
  }
  for (Peer& peer : peers_)
    if (peer.node == node && !peer.up_since) peer.up_since = now.mono;
}

void StaticPeers::on_peer_down(Now now, const NodeId& node, std::optional<std::uint32_t> dialled, Duration leave_alone) {
  const auto at = connections_.find(node);
  PVC_CHECK(at != connections_.end());
  if (--at->second > 0) return;
  connections_.erase(at);
  for (std::uint32_t i = 0; i < peers_.size(); ++i) {
    Peer& peer = peers_[i];
    if (peer.node != node || !peer.up_since) continue;
    if (now.mono - *peer.up_since >= kStable) peer.last_wait = {};
    peer.up_since.reset();
    // What is behind an address may change (a restart with another key): the next connection tells.
    if (dialled == i) peer.node.reset();
    schedule(now, peer, leave_alone);
  }
}

void StaticPeers::on_dial_failed(Now now, std::uint32_t index) {
  if (index >= peers_.size() || !peers_[index].dialling) return;
  counters_.count(Counter::dials_failed);
  peers_[index].dialling = false;
  schedule(now, peers_[index], {});
}

void StaticPeers::schedule(Now now, Peer& peer, Duration leave_alone) {
  const std::int64_t high = std::max(kBase.us, 3 * peer.last_wait.us);
  peer.last_wait = std::min(kCap, Duration::micros(prng_.between(kBase.us, high)));
  peer.dial_at = now.mono + std::max(peer.last_wait, std::min(leave_alone, kLeaveAloneMax));
}

void StaticPeers::on_tick(Now now, Effects& fx) {
  for (std::uint32_t i = 0; i < peers_.size(); ++i) {
    Peer& peer = peers_[i];
    if (!wants_dial(peer) || peer.dial_at > now.mono) continue;
    peer.dialling = true;
    counters_.count(Counter::dials);
    fx.emplace_back(Dial{i});
  }
}

MonoTime StaticPeers::next_deadline() const {
  MonoTime next = kNever;
  for (const Peer& peer : peers_)
    if (wants_dial(peer)) next = std::min(next, peer.dial_at);
  return next;
}

bool StaticPeers::is_configured(const NodeId& node) const {
  return std::ranges::any_of(peers_, [&](const Peer& peer) { return peer.node == node; });
}

}  // namespace provchain::core
