// SPDX-License-Identifier: Apache-2.0
#include "wire/send_queue.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "wire/record.hpp"
#include "wire/record_encoder.hpp"
#include "wire/registry.hpp"

namespace provchain::wire {

namespace {

constexpr std::size_t kMiB = 1'048'576;
constexpr auto kConsensus = static_cast<std::size_t>(MessageClass::consensus);
constexpr auto kProposal = static_cast<std::size_t>(MessageClass::proposal);
constexpr auto kGossip = static_cast<std::size_t>(MessageClass::gossip);
constexpr auto kBulk = static_cast<std::size_t>(MessageClass::bulk);

// Every turn of a class sends at least one record, so that the scheduler's search ends.
static_assert(std::ranges::all_of(SendQueue::weights.begin() + 1, SendQueue::weights.end(), [](std::size_t weight) {
  return weight * SendQueue::quantum_bytes >= record::sent_bytes_max;
}));

}  // namespace

SendLimits send_limits(bool authority) {
  const std::size_t factor = authority ? 4 : 1;
  return {{4 * kMiB * factor, 16 * kMiB * factor, 2 * kMiB, 8 * kMiB}, 4'096};
}

std::size_t SendQueue::cost(const OutMessage& message) {
  const std::size_t whole = message.payload.size() / record::sent_payload_bytes_max;
  const std::size_t rest = message.payload.size() % record::sent_payload_bytes_max;
  const std::size_t last = rest > 0 || whole == 0 ? record::bytes_around(rest) : 0;
  return whole * record::sent_bytes_max + last + item_overhead_bytes;
}

Queued SendQueue::enqueue(OutMessage message, MonoTime now) {
  const auto index = static_cast<std::size_t>(info_of(message.kind).message_class);
  Queue& queue = queues_[index];
  picked_.reset();
  if (message.supersede_key != 0) supersede(queue, message);
  const std::size_t cost_bytes = cost(message);
  bool dropped_any = false;
  while (!queue.items.empty() && !has_room(index, cost_bytes)) {
    if (index == kConsensus) return Queued::slow_peer;
    if (index == kBulk) return Queued::refused;
    if (!drop_oldest(queue)) break;  // only the message under way is left
    dropped_any = true;
  }
  queue.bytes += cost_bytes;
  queue.items.push_back(Item{std::move(message), now});
  invariants();
  return dropped_any ? Queued::dropped_older : Queued::queued;
}

void SendQueue::supersede(Queue& queue, const OutMessage& by) {
  const auto is_stale = [&](const Item& item) {
    return !item.begun && item.message.supersede_key == by.supersede_key && item.message.supersede_rank < by.supersede_rank;
  };
  for (auto item = queue.items.begin(); item != queue.items.end();) {
    if (!is_stale(*item)) {
      ++item;
      continue;
    }
    queue.bytes -= cost(item->message);
    ++superseded_;
    item = queue.items.erase(item);
  }
}

bool SendQueue::has_room(std::size_t index, std::size_t cost_bytes) const {
  const Queue& queue = queues_[index];
  if (index == kGossip && queue.items.size() >= limits_.gossip_items_max) return false;
  return cost_bytes <= limits_.bytes_max[index] && queue.bytes <= limits_.bytes_max[index] - cost_bytes;
}

bool SendQueue::drop_oldest(Queue& queue) {
  const auto oldest = std::ranges::find_if(queue.items, [](const Item& item) { return !item.begun; });
  if (oldest == queue.items.end()) return false;
  queue.bytes -= cost(oldest->message);
  ++queue.dropped;
  queue.items.erase(oldest);
  return true;
}

std::optional<SendQueue::Pick> SendQueue::pick() {
  if (!picked_) picked_ = choose();
  if (!picked_) return std::nullopt;
  const Item& item = queues_[*picked_].items.front();
  return Pick{&item.message, static_cast<MessageClass>(*picked_), item.sent, next_payload_bytes(item.message, item.sent)};
}

// Deficit round robin over P1 … P3 behind a strict P0. A class that has nothing loses its claim.
std::optional<std::size_t> SendQueue::choose() {
  if (!queues_[kConsensus].items.empty()) return kConsensus;
  if (empty()) return std::nullopt;
  while (true) {
    Queue& queue = queues_[turn_];
    if (queue.items.empty()) {
      queue.deficit = 0;
      next_turn();
      continue;
    }
    if (!granted_) queue.deficit += weights[turn_] * quantum_bytes;
    granted_ = true;
    const Item& item = queue.items.front();
    if (queue.deficit >= record::bytes_around(next_payload_bytes(item.message, item.sent))) return turn_;
    next_turn();
  }
}

void SendQueue::next_turn() {
  turn_ = turn_ == kBulk ? kProposal : turn_ + 1;
  granted_ = false;
}

void SendQueue::sent() {
  PVC_CHECK(picked_.has_value());
  Queue& queue = queues_[*picked_];
  Item& item = queue.items.front();
  const std::size_t payload_bytes = next_payload_bytes(item.message, item.sent);
  if (*picked_ != kConsensus) queue.deficit -= record::bytes_around(payload_bytes);
  item.sent += payload_bytes;
  item.begun = true;
  if (item.sent == item.message.payload.size()) {
    queue.bytes -= cost(item.message);
    queue.items.pop_front();
  }
  picked_.reset();
  invariants();
}

bool SendQueue::empty() const {
  return std::ranges::all_of(queues_, [](const Queue& queue) { return queue.items.empty(); });
}

MonoTime SendQueue::deadline() const {
  const Queue& queue = queues_[kConsensus];
  return queue.items.empty() ? kNever : queue.items.front().queued_at + head_age_max;
}

void SendQueue::invariants() const {
  for (const Queue& queue : queues_) {
    PVC_CHECK(queue.items.empty() == (queue.bytes == 0));
    PVC_CHECK(queue.items.size() < 2 || !queue.items[1].begun);
  }
}

}  // namespace provchain::wire
