// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/network.hpp"

#include <algorithm>

#include "wire/registry.hpp"

namespace provchain::sim {

Network::Network(std::size_t nodes, const NetworkProfile& profile, std::uint64_t seed, EventQueue& queue)
    : nodes_(nodes), profile_(profile), prng_(seed), queue_(queue), passages_(nodes * nodes, Passage::open) {}

// ---- connections ----

Network::Ends Network::connect(std::size_t dialler, std::size_t target, MonoTime now) {
  Link link;
  link.ends[0].node = dialler;
  link.ends[1].node = target;
  for (End& end : link.ends) {
    end.last_arrival.fill(now);
    end.pipe_free = now;
  }
  links_.push_back(std::move(link));
  return {ConnId(links_.size() * 2 - 1), ConnId(links_.size() * 2)};
}

std::optional<ConnId> Network::find(std::size_t from, std::size_t to) const {
  for (std::size_t i = links_.size(); i-- > first_live_;) {
    if (!links_[i].open) continue;
    for (std::size_t end = 0; end < 2; ++end)
      if (links_[i].ends[end].node == from && links_[i].ends[1 - end].node == to) return ConnId(i * 2 + end + 1);
  }
  return std::nullopt;
}

void Network::send(ConnId from, const wire::OutMessage& message, MonoTime now) {
  if (!link_of(from).open || end_of(from).told) return;
  if (profile_.lost_per_thousand > 0 && prng_.chance(profile_.lost_per_thousand)) return;
  const int copies = profile_.doubled_per_thousand > 0 && prng_.chance(profile_.doubled_per_thousand) ? 2 : 1;
  const ConnId to = other(from);
  for (int i = 0; i < copies; ++i) {
    wire::InMessage arriving{message.kind, message.response, message.corr, 1, message.payload};
    switch (passage(end_of(from).node, end_of(to).node)) {
      case Passage::lost:
        return;
      case Passage::stalled:
        end_of(to).stalled.push_back(std::move(arriving));
        break;
      case Passage::open:
        deliver(to, std::move(arriving), now);
    }
  }
}

void Network::deliver(ConnId to, wire::InMessage message, MonoTime now) {
  End& end = end_of(to);
  const auto message_class = wire::info_of(message.kind).message_class;
  MonoTime departure = now;
  // P0 goes before everything that waits for the pipe, and takes next to nothing of it.
  if (profile_.bytes_per_second > 0 && message_class != wire::MessageClass::consensus) {
    if (end.pipe_free > now + backlog_max) return;
    const auto bytes = static_cast<std::int64_t>(message.payload.size() + wire::SendQueue::item_overhead_bytes);
    const Duration span = Duration::micros(bytes * 1'000'000 / static_cast<std::int64_t>(profile_.bytes_per_second));
    end.pipe_free = std::max(end.pipe_free, now) + span;
    departure = end.pipe_free;
  }
  MonoTime& last = end.last_arrival[static_cast<std::size_t>(message_class)];
  last = std::max(departure + delay(), last + Duration::micros(1));
  queue_.push(last, {static_cast<std::uint32_t>(end.node), 0, Delivery{to, std::move(message)}});
}

void Network::tell(ConnId end, bool farewell, MonoTime at) {
  queue_.push(at, {static_cast<std::uint32_t>(end_of(end).node), 0, Closing{end, farewell}});
}

void Network::close(ConnId end, MonoTime now) {
  if (end_of(end).told) return;
  tell(end, false, now + Duration::micros(10));
  if (!std::exchange(link_of(end).open, false)) return;
  const End& peer = end_of(other(end));
  if (!peer.told) tell(other(end), true, std::max(now, *std::ranges::max_element(peer.last_arrival)) + delay());
}

bool Network::take_closing(const Closing& closing, MonoTime now) {
  End& own = end_of(closing.at);
  if (own.told) return false;
  if (closing.farewell && passage(end_of(other(closing.at)).node, own.node) == Passage::stalled) {
    tell(closing.at, true, now + Duration::seconds(1));
    return false;
  }
  own.told = true;
  own.stalled.clear();
  while (first_live_ < links_.size() && links_[first_live_].ends[0].told && links_[first_live_].ends[1].told) ++first_live_;
  return true;
}

std::vector<ConnId> Network::ends_of(std::size_t node) const {
  std::vector<ConnId> ends;
  for (std::size_t i = first_live_; i < links_.size(); ++i)
    for (std::size_t end = 0; end < 2; ++end)
      if (links_[i].ends[end].node == node && !links_[i].ends[end].told) ends.emplace_back(i * 2 + end + 1);
  return ends;
}

void Network::drop_node(std::size_t node, bool notice, MonoTime now) {
  for (const ConnId end : ends_of(node)) {
    end_of(end).told = true;
    end_of(end).stalled.clear();
    Link& link = link_of(end);
    const bool was_open = std::exchange(link.open, false);
    if (was_open && notice && !end_of(other(end)).told) tell(other(end), true, now + delay());
  }
}

// ---- routes ----

void Network::cut(std::size_t a, std::size_t b, MonoTime now) {
  set_passage(a, b, Passage::lost);
  set_passage(b, a, Passage::lost);
  for (const ConnId end : ends_of(a)) {
    if (peer_of(end) != b || !std::exchange(link_of(end).open, false)) continue;
    tell(end, false, now + delay());
    if (!end_of(other(end)).told) tell(other(end), false, now + delay());
  }
}

void Network::heal(MonoTime now) {
  std::ranges::fill(passages_, Passage::open);
  for (std::size_t i = first_live_; i < links_.size(); ++i)
    for (std::size_t end = 0; end < 2; ++end) {
      std::vector<wire::InMessage> waiting = std::exchange(links_[i].ends[end].stalled, {});
      if (links_[i].ends[end].told) continue;
      for (wire::InMessage& message : waiting) deliver(ConnId(i * 2 + end + 1), std::move(message), now);
    }
}

}  // namespace provchain::sim
