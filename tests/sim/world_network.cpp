// SPDX-License-Identifier: Apache-2.0
// The simulated network: dialling, connections that keep their order, loss, repetition, and their end.
#include <algorithm>

#include "tests/sim/world_node.hpp"
#include "wire/messages.hpp"

namespace provchain::sim {

void World::perform(std::size_t node, core::Dial& effect) {
  const std::size_t target = effect.static_peer < node ? effect.static_peer : effect.static_peer + 1;
  const std::uint32_t static_peer = effect.static_peer;
  at(node, draw(options_.delay_min, options_.delay_max), [this, node, target, static_peer](Node& self, core::Effects& fx) {
    if (!is_up(target) || are_parted(node, target)) {
      self.core->on_dial_failed(clock(), static_peer, fx);
      return;
    }
    auto link = std::make_shared<Link>();
    link->ends[0] = node;
    link->ends[1] = target;
    for (int end = 0; end < 2; ++end) {
      link->ids[end] = ConnId(next_conn_++);
      link->last_arrival[end] = now_;
      links_.emplace(link->ids[end], std::pair{link, end});
    }
    note(node, "connected");
    core::PeerIdentity dialler{nodes_[node]->id, true, {}, "sim:" + std::to_string(node), 0};
    input(target,
          [&](Node& other, core::Effects& effects) { other.core->on_connected(clock(), link->ids[1], dialler, effects); });
    self.core->on_connected(clock(), link->ids[0], {nodes_[target]->id, false, static_peer, "sim:" + std::to_string(target), 0},
                            fx);
  });
}

void World::perform(std::size_t node, core::Send& effect) { send(node, effect.to, std::move(effect.message)); }

void World::send(std::size_t node, ConnId to, wire::OutMessage message) {
  const auto at = links_.find(to);
  if (at == links_.end() || !at->second.first->open) return;
  const auto& [link, own] = at->second;
  PVC_CHECK(link->ends[own] == node);
  if (prng_.chance(options_.lost_per_thousand)) return;
  const int copies = prng_.chance(options_.doubled_per_thousand) ? 2 : 1;
  for (int i = 0; i < copies; ++i)
    deliver(link, 1 - own, wire::InMessage{message.kind, message.response, message.corr, 1, message.payload});
}

void World::deliver(const std::shared_ptr<Link>& link, int end, wire::InMessage message) {
  const MonoTime arrival =
      std::max(now_ + draw(options_.delay_min, options_.delay_max), link->last_arrival[end] + Duration::micros(1));
  link->last_arrival[end] = arrival;
  const std::size_t node = link->ends[end];
  at(arrival - now_, [this, link, end, node, message = std::move(message)] {
    if (link->told[end]) return;
    const std::uint8_t kind = static_cast<std::uint8_t>(message.kind);
    note(node, "message", {&kind, 1});
    note(node, "payload", message.payload.view());
    input(node, [&](Node& self, core::Effects& fx) { self.core->on_message(clock(), link->ids[end], message, fx); });
  });
}

void World::perform(std::size_t node, core::Disconnect& effect) {
  const auto at = links_.find(effect.conn);
  if (at == links_.end() || !at->second.first->open) return;
  if (!effect.silent) {
    const auto payload = wire::build_disconnect({effect.reason, effect.retry_after_ms});
    send(node, effect.conn, wire::one_way(wire::MessageKind::disconnect, payload));
  }
  close(at->second.first, Duration::micros(10));
}

void World::close(const std::shared_ptr<Link>& link, Duration notice_delay) {
  if (link->open) {
    link->open = false;
    for (int end = 0; end < 2; ++end) {
      // What is on its way arrives before the end does.
      const Duration rest =
          std::max(link->last_arrival[end] - now_, Duration{}) + notice_delay + draw(options_.delay_min, options_.delay_max);
      notice_closed(link, end, rest);
    }
  }
  for (int end = 0; end < 2; ++end)
    if (link->told[end]) links_.erase(link->ids[end]);
}

void World::notice_closed(const std::shared_ptr<Link>& link, int end, Duration delay) {
  at(delay, [this, link, end] {
    if (link->told[end]) return;
    link->told[end] = true;
    links_.erase(link->ids[end]);
    note(link->ends[end], "closed");
    input(link->ends[end], [&](Node& self, core::Effects& fx) { self.core->on_disconnected(clock(), link->ids[end], fx); });
  });
}

}  // namespace provchain::sim
