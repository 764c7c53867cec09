// SPDX-License-Identifier: Apache-2.0
// What one peer is still to be sent: four queues of references with byte caps, and the rule which record goes next.
//   P0 goes strictly first. P1 : P2 : P3 share the rest 8 : 2 : 4 by deficit round robin with a quantum of 16 KiB, because strict
//   priority would starve a peer that catches up. A message that has begun goes on in order within its class; another class may
//   go between two of its records. A full queue never grows. P1 and P2 drop their oldest message that has not begun (a newer
//   proposal supersedes it, an announcement is repeated); P3 refuses, and the request is answered Busy; P0 cannot do without its
//   votes: a peer that lets it fill, or leaves its head waiting for over 5 s, is too slow and must be disconnected (SLOW_PEER).
//   An empty queue takes any one message, whatever its size.
// Pure state machine; time is a parameter. Belongs to the thread of its connection.
#pragma once

#include <array>
#include <deque>
#include <optional>

#include "base/time.hpp"
#include "wire/message.hpp"

namespace provchain::wire {

inline constexpr std::size_t class_count = 4;

struct SendLimits {
  std::array<std::size_t, class_count> bytes_max{};  // sealed, with item_overhead_bytes a message
  std::size_t gossip_items_max = 4'096;
};
// 4, 16, 2 and 8 MiB; an authority gets four times as much for P0 and P1.
[[nodiscard]] SendLimits send_limits(bool authority);

enum class Queued : std::uint8_t {
  queued,
  dropped_older,  // queued, and older messages of its class were dropped for want of room
  refused,        // P3 is full: answer Busy
  slow_peer,      // P0 is full: disconnect
};

class SendQueue {
 public:
  static constexpr std::size_t item_overhead_bytes = 64;  // so that a flood of tiny messages has a bound as well
  static constexpr std::size_t quantum_bytes = 16'384;
  static constexpr std::array<std::size_t, class_count> weights{0, 8, 2, 4};
  static constexpr Duration head_age_max = Duration::seconds(5);

  explicit SendQueue(SendLimits limits) : limits_(limits) {}

  // Drops queued messages of the same supersede_key and a lower rank that have not begun, then makes room as said above.
  [[nodiscard]] Queued enqueue(OutMessage message, MonoTime now);

  // The record to seal next. Valid until the next call of enqueue() or sent().
  struct Pick {
    const OutMessage* message = nullptr;
    MessageClass message_class{};
    std::size_t offset = 0;         // where in the payload the record begins
    std::size_t payload_bytes = 0;  // how much of it the record takes
  };
  // Absent when nothing is queued. The same answer until sent() or enqueue().
  [[nodiscard]] std::optional<Pick> pick();
  // The record of the last pick() was sealed.
  void sent();

  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::size_t bytes(MessageClass message_class) const { return queue(message_class).bytes; }
  [[nodiscard]] std::size_t items(MessageClass message_class) const { return queue(message_class).items.size(); }
  // Dropped for want of room, ever; superseded ones do not count.
  [[nodiscard]] std::uint64_t dropped(MessageClass message_class) const { return queue(message_class).dropped; }
  [[nodiscard]] std::uint64_t superseded() const { return superseded_; }

  // When the head of P0 will have waited too long; kNever when there is none.
  [[nodiscard]] MonoTime deadline() const;
  [[nodiscard]] bool is_slow(MonoTime now) const { return now >= deadline(); }

 private:
  struct Item {
    OutMessage message;
    MonoTime queued_at;
    std::size_t sent = 0;  // payload bytes sealed
    bool begun = false;
  };
  struct Queue {
    std::deque<Item> items;
    std::size_t bytes = 0;
    std::size_t deficit = 0;
    std::uint64_t dropped = 0;
  };

  [[nodiscard]] static std::size_t cost(const OutMessage& message);
  [[nodiscard]] const Queue& queue(MessageClass message_class) const { return queues_[static_cast<std::size_t>(message_class)]; }
  void supersede(Queue& queue, const OutMessage& by);
  [[nodiscard]] bool has_room(std::size_t index, std::size_t cost_bytes) const;
  [[nodiscard]] bool drop_oldest(Queue& queue);
  [[nodiscard]] std::optional<std::size_t> choose();
  void next_turn();
  void invariants() const;

  SendLimits limits_;
  std::array<Queue, class_count> queues_;
  std::size_t turn_ = 1;  // of P1 … P3, whose turn it is
  bool granted_ = false;  // it has had its quantum for this turn
  std::optional<std::size_t> picked_;
  std::uint64_t superseded_ = 0;
};

}  // namespace provchain::wire
