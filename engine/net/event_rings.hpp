// SPDX-License-Identifier: Apache-2.0
// Events on their way from one reactor to the core: one ring per class group ({P0 and lifecycle}, {P1}, {P2, P3}), so that a
// flood of transactions cannot stand before a vote, and byte credits per class, so that few large messages are bounded like many
// small ones.
//
// Threads: deliver, post, flush_backlog, announce, pause and has_room are the reactor's; poll is the core's.
// Invariants: 1. A message is polled after its connection's Connected and before its Closed, although they travel in another
// ring: each event carries how many lifecycle events went before it, and poll() holds back whichever came too soon. 2. Without
// room a message stays with the reactor, except gossip, which is dropped: losing an announcement costs little, stopping a vote
// behind it costs a view.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>

#include "base/notifier.hpp"
#include "base/spsc_queue.hpp"
#include "engine/net/event.hpp"
#include "engine/net/mailbox.hpp"

namespace provchain::net {

inline constexpr std::size_t message_class_count = 4;
inline constexpr std::array<std::uint64_t, message_class_count> event_credit_bytes = {16U << 20, 64U << 20, 32U << 20, 64U << 20};

// What the reactor tells the core about one connection's send queue, per class: bytes it ever took over from the command ring,
// and bytes that wait now. Made with Connected, handed to the core with Closed. The reactor stores queued before taken, the core
// loads taken before queued: so what the core reckons to be on the way is never too little.
struct SendLedger {
  std::array<std::atomic<std::uint64_t>, message_class_count> taken_bytes{};
  std::array<std::atomic<std::uint64_t>, message_class_count> queued_bytes{};
};

struct RingEvent {
  Event event;
  std::uint64_t lifecycle_before = 0;      // set by EventRings
  SendLedger* opened = nullptr;            // with Connected: valid until Closed is polled
  std::unique_ptr<SendLedger> ended = {};  // with Closed
};

class EventRings {
 public:
  enum class Delivery : std::uint8_t { delivered, dropped, no_room };
  static constexpr std::size_t kGroups = 3;

  // `waker` is the reactor's: the core wakes it when there is room again.
  EventRings(std::size_t slots, Notifier& core, Waker& waker);

  // `message` is moved from unless there is no room.
  [[nodiscard]] Delivery deliver(ConnId conn, wire::MessageClass message_class, wire::InMessage& message);
  // A Connected, DialFailed or Closed; never lost. The events of a full ring wait in a backlog that the number of connections
  // bounds, and no message overtakes them.
  void post(RingEvent event);
  void flush_backlog();
  [[nodiscard]] bool has_backlog() const { return !backlog_.empty(); }
  // Once per turn: wakes the core if something was delivered.
  void announce();
  // A connection waits for room. True when there is room already; else the core wakes the reactor as soon as every ring is half
  // empty.
  [[nodiscard]] bool pause();
  [[nodiscard]] bool is_paused() const { return paused_.load(std::memory_order_seq_cst); }

  // The next event of this group, or one that has to come before it. False when none waits.
  [[nodiscard]] bool poll(std::size_t group, RingEvent& out);

 private:
  static std::size_t group_of(wire::MessageClass message_class);
  [[nodiscard]] bool is_half_empty() const;
  bool push(std::size_t group, RingEvent& event);
  void take(std::size_t group, RingEvent& out);
  bool poll_front_group(RingEvent& out);

  Notifier& core_;
  Waker& waker_;
  const std::size_t slots_;
  std::array<SpscQueue<RingEvent>, kGroups> rings_;
  std::array<std::atomic<std::size_t>, kGroups> used_slots_{};
  std::array<std::atomic<std::uint64_t>, message_class_count> used_bytes_{};
  std::atomic<bool> paused_ = false;
  // Reactor.
  std::deque<RingEvent> backlog_;
  std::uint64_t lifecycle_posted_ = 0;
  bool news_ = false;
  // Core.
  std::uint64_t lifecycle_polled_ = 0;
};

}  // namespace provchain::net
