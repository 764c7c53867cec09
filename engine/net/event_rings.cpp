// SPDX-License-Identifier: Apache-2.0
#include "engine/net/event_rings.hpp"

#include <utility>

#include "wire/registry.hpp"

namespace provchain::net {
namespace {

std::size_t index_of(wire::MessageClass message_class) { return static_cast<std::size_t>(message_class); }

}  // namespace

EventRings::EventRings(std::size_t slots, Notifier& core, Waker& waker)
    : core_(core),
      waker_(waker),
      slots_(slots),
      rings_{SpscQueue<RingEvent>(slots), SpscQueue<RingEvent>(slots), SpscQueue<RingEvent>(slots)} {}

std::size_t EventRings::group_of(wire::MessageClass message_class) {
  switch (message_class) {
    case wire::MessageClass::consensus:
      return 0;
    case wire::MessageClass::proposal:
      return 1;
    case wire::MessageClass::gossip:
    case wire::MessageClass::bulk:
      return 2;
  }
  PVC_UNREACHABLE();
}

EventRings::Delivery EventRings::deliver(ConnId conn, wire::MessageClass message_class, wire::InMessage& message) {
  const std::size_t group = group_of(message_class);
  const std::size_t index = index_of(message_class);
  const bool is_gossip = message_class == wire::MessageClass::gossip;
  const std::uint64_t bytes = message.payload.size();
  const std::uint64_t used = used_bytes_[index].load(std::memory_order_seq_cst);
  // A quarter of the shared ring is kept from gossip, so that answers to our own requests find room beside it.
  const std::size_t slots = is_gossip ? slots_ - slots_ / 4 : slots_;
  const bool has_room =
      backlog_.empty() && used_slots_[group].load(std::memory_order_seq_cst) < slots && used < event_credit_bytes[index];
  if (!has_room) return is_gossip ? Delivery::dropped : Delivery::no_room;
  RingEvent event{.event = Message{conn, std::move(message)}, .lifecycle_before = lifecycle_posted_};
  used_bytes_[index].fetch_add(bytes, std::memory_order_seq_cst);
  PVC_CHECK(push(group, event));
  return Delivery::delivered;
}

bool EventRings::push(std::size_t group, RingEvent& event) {
  used_slots_[group].fetch_add(1, std::memory_order_seq_cst);
  if (!rings_[group].try_push(std::move(event))) {
    used_slots_[group].fetch_sub(1, std::memory_order_seq_cst);
    return false;
  }
  news_ = true;
  return true;
}

void EventRings::post(RingEvent event) {
  backlog_.push_back(std::move(event));
  flush_backlog();
}

void EventRings::flush_backlog() {
  while (!backlog_.empty()) {
    backlog_.front().lifecycle_before = lifecycle_posted_;
    if (!push(0, backlog_.front())) return;
    backlog_.pop_front();
    ++lifecycle_posted_;
  }
}

void EventRings::announce() {
  if (std::exchange(news_, false)) core_.notify();
}

bool EventRings::is_half_empty() const {
  for (const auto& used : used_slots_)
    if (used.load(std::memory_order_seq_cst) > slots_ / 2) return false;
  for (std::size_t i = 0; i < message_class_count; ++i)
    if (used_bytes_[i].load(std::memory_order_seq_cst) > event_credit_bytes[i] / 2) return false;
  return true;
}

bool EventRings::pause() {
  // The flag first, then the look: either this look sees the core's last pop, or the core's look after that pop sees the flag.
  paused_.store(true, std::memory_order_seq_cst);
  return is_half_empty() && paused_.exchange(false, std::memory_order_seq_cst);
}

void EventRings::take(std::size_t group, RingEvent& out) {
  RingEvent* front = rings_[group].front();
  out = std::move(*front);
  rings_[group].pop();
  if (const auto* message = std::get_if<Message>(&out.event)) {
    const std::size_t index = index_of(wire::info_of(message->message.kind).message_class);
    used_bytes_[index].fetch_sub(message->message.payload.size(), std::memory_order_seq_cst);
  } else {
    ++lifecycle_polled_;
  }
  used_slots_[group].fetch_sub(1, std::memory_order_seq_cst);
  if (is_paused() && is_half_empty() && paused_.exchange(false, std::memory_order_seq_cst)) waker_.wake();
}

bool EventRings::poll_front_group(RingEvent& out) {
  const RingEvent* front = rings_[0].front();
  if (front == nullptr) return false;
  if (std::holds_alternative<Closed>(front->event)) {
    for (std::size_t group = 1; group < kGroups; ++group) {
      const RingEvent* earlier = rings_[group].front();
      if (earlier == nullptr || earlier->lifecycle_before > front->lifecycle_before) continue;
      take(group, out);
      return true;
    }
  }
  take(0, out);
  return true;
}

bool EventRings::poll(std::size_t group, RingEvent& out) {
  if (group == 0) return poll_front_group(out);
  const RingEvent* front = rings_[group].front();
  if (front == nullptr) return false;
  if (front->lifecycle_before > lifecycle_polled_) return poll_front_group(out);
  take(group, out);
  return true;
}

}  // namespace provchain::net
