// SPDX-License-Identifier: Apache-2.0
#include "engine/net/outbox.hpp"

#include "base/check.hpp"
#include "wire/registry.hpp"

namespace provchain::net {

Outbox::Outbox(crypto::RecordCipher cipher, StagingPool& pool, NetMetrics& metrics)
    : queue_(wire::send_limits(false)), encoder_(std::move(cipher)), pool_(pool), metrics_(metrics) {}

Outbox::~Outbox() {
  if (staging_ != nullptr) pool_.give_back(std::move(staging_));
}

bool Outbox::enqueue(wire::OutMessage message, MonoTime now) {
  const wire::MessageClass message_class = wire::info_of(message.kind).message_class;
  taken_bytes_[static_cast<std::size_t>(message_class)] += queue_cost_max(message.payload.size());
  const auto lost = [this, message_class] { return queue_.superseded() + queue_.dropped(message_class); };
  const std::uint64_t lost_before = lost();
  const wire::Queued queued = queue_.enqueue(std::move(message), now);
  metrics_.sends_dropped.add(lost() - lost_before);
  switch (queued) {
    case wire::Queued::queued:
    case wire::Queued::dropped_older:
      return true;
    case wire::Queued::refused:
      metrics_.sends_dropped.add();
      return true;
    case wire::Queued::slow_peer:
      return false;
  }
  PVC_UNREACHABLE();
}

bool Outbox::fill(bool consensus_only) {
  while (!queue_.empty()) {
    if (consensus_only && !has_consensus_messages()) return true;
    const auto pick = queue_.pick();
    if (!pick || staging_bytes - end_ < wire::record::bytes_around(pick->payload_bytes)) return true;
    if (staging_ == nullptr) staging_ = pool_.take();
    const auto sealed = encoder_.seal(*pick->message, pick->offset, MutBytes(*staging_).subspan(end_));
    if (!sealed) return false;
    end_ += *sealed;
    if (pick->offset + pick->payload_bytes == pick->message->payload.size()) {
      const NetMetrics::Traffic& traffic = metrics_.sent(pick->message_class);
      traffic.messages->add();
      traffic.bytes->add(pick->message->payload.size());
    }
    queue_.sent();
  }
  return true;
}

Bytes Outbox::staged() const { return staging_ == nullptr ? Bytes() : Bytes(*staging_).subspan(begin_, end_ - begin_); }

void Outbox::consume(std::size_t count) {
  PVC_CHECK(count <= end_ - begin_);
  begin_ += count;
  if (begin_ < end_) return;
  begin_ = end_ = 0;
  if (staging_ != nullptr) pool_.give_back(std::move(staging_));
}

void Outbox::publish(SendLedger& ledger) const {
  for (std::size_t i = 0; i < message_class_count; ++i) {
    // In this order: a reader that sees the new count of taken bytes also sees them in the queue.
    ledger.queued_bytes[i].store(queue_.bytes(static_cast<wire::MessageClass>(i)), std::memory_order_release);
    ledger.taken_bytes[i].store(taken_bytes_[i], std::memory_order_release);
  }
}

}  // namespace provchain::net
