// SPDX-License-Identifier: Apache-2.0
// A connection's way out: the send queue, the encoder, and the staging buffer between it and the socket. Records are sealed just
// before they are written, at most one staging buffer ahead, so that a vote overtakes everything that is still plain. Belongs to
// its reactor's thread.
#pragma once

#include "engine/net/event_rings.hpp"
#include "engine/net/net_metrics.hpp"
#include "engine/net/staging.hpp"
#include "wire/record_encoder.hpp"
#include "wire/send_queue.hpp"

namespace provchain::net {

// An upper bound of what SendQueue charges for a message: payload, record headers, padding and its overhead per message. The
// core's side of the network reckons with it, so that whatever it lets through finds room.
[[nodiscard]] constexpr std::uint64_t queue_cost_max(std::size_t payload_bytes) {
  const std::size_t records = payload_bytes / wire::record::sent_payload_bytes_max + 1;
  return payload_bytes + records * (wire::record::overhead_bytes + wire::record::alignment) +
         wire::SendQueue::item_overhead_bytes;
}

class Outbox {
 public:
  Outbox(crypto::RecordCipher cipher, StagingPool& pool, NetMetrics& metrics);
  // The staging buffer must not be in use by a write request any more.
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // False when the peer is too slow for what it is owed.
  [[nodiscard]] bool enqueue(wire::OutMessage message, MonoTime now);
  // Seals records while there are messages and staging room; with `consensus_only` no other class. False when the cipher is
  // exhausted.
  [[nodiscard]] bool fill(bool consensus_only);
  // Valid until fill() or consume().
  [[nodiscard]] Bytes staged() const PVC_LIFETIMEBOUND;
  void consume(std::size_t count);

  [[nodiscard]] bool has_messages() const { return !queue_.empty(); }
  [[nodiscard]] bool has_consensus_messages() const { return queue_.items(wire::MessageClass::consensus) != 0; }
  [[nodiscard]] bool is_head_too_old(MonoTime now) const { return queue_.is_slow(now); }
  // Tells the core what has been taken over and what still waits.
  void publish(SendLedger& ledger) const;

 private:
  wire::SendQueue queue_;
  wire::RecordEncoder encoder_;
  StagingPool& pool_;
  NetMetrics& metrics_;
  StagingBuffer staging_;
  std::size_t begin_ = 0;  // staged and not written yet: [begin_, end_)
  std::size_t end_ = 0;
  std::array<std::uint64_t, message_class_count> taken_bytes_{};  // by queue_cost_max
};

}  // namespace provchain::net
