// SPDX-License-Identifier: Apache-2.0
// The future of the simulated world: events in the order of their time, those of one moment in the order in which they were put
// in. A binary heap of small keys over slots that are used again, so that sifting moves 24 bytes and nothing is allocated once
// the queue has reached its size. Invariant: the time never goes back.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/time.hpp"
#include "tests/sim/event.hpp"

namespace provchain::sim {

class EventQueue {
 public:
  void push(MonoTime at, Event event) {
    PVC_CHECK(at >= now_);
    std::uint32_t slot = 0;
    if (free_.empty()) {
      slot = static_cast<std::uint32_t>(slots_.size());
      slots_.push_back(std::move(event));
    } else {
      slot = free_.back();
      free_.pop_back();
      slots_[slot] = std::move(event);
    }
    heap_.push_back({at, sequence_++, slot});
    std::push_heap(heap_.begin(), heap_.end(), is_later);
  }

  // Takes the earliest event out; the queue is not empty.
  Event pop() {
    std::pop_heap(heap_.begin(), heap_.end(), is_later);
    const Key key = heap_.back();
    heap_.pop_back();
    free_.push_back(key.slot);
    now_ = key.at;
    return std::move(slots_[key.slot]);
  }

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  // kNever when there is none.
  [[nodiscard]] MonoTime next_at() const { return heap_.empty() ? kNever : heap_.front().at; }

 private:
  struct Key {
    MonoTime at;
    std::uint64_t sequence = 0;
    std::uint32_t slot = 0;
  };
  static bool is_later(const Key& a, const Key& b) { return a.at != b.at ? a.at > b.at : a.sequence > b.sequence; }

  MonoTime now_;
  std::uint64_t sequence_ = 0;
  std::vector<Key> heap_;
  std::vector<Event> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace provchain::sim
