// SPDX-License-Identifier: Apache-2.0
// How other threads reach a reactor: a value goes into a ring or a list, then wake(). The system call is made only on the edge
// from "the reactor may be asleep" to "it has been told", so a burst of a thousand messages costs one wake-up.
//
// Upon push: make the value visible, then `if (armed.exchange(false)) uv_async_send`. Upon the reactor's turn: drain, then arm,
// then look again; what is found then is drained in the next turn. Because arming comes before the last look, a value is either
// seen by it or wakes the loop.
#pragma once

#include <uv.h>

#include <atomic>
#include <memory>

#include "engine/net/uv_handle.hpp"

namespace provchain::net {

class Waker {
 public:
  explicit Waker(uv_loop_t* loop)
      : async_(this, [loop](uv_async_t* handle) { return uv_async_init(loop, handle, [](uv_async_t*) {}); }) {}

  // Any thread. The handle lives until every producer has made its last call (see Reactor::finish).
  void wake() {
    if (armed_.exchange(false, std::memory_order_seq_cst)) uv_async_send(async_.get());
  }
  // Reactor. Producers wake the loop from here on; whoever calls this looks at every ring afterwards.
  void arm() { armed_.exchange(true, std::memory_order_seq_cst); }
  // Reactor. There is more to do, but other work first: the loop does not sleep before its next turn.
  void wake_self() {
    armed_.exchange(false, std::memory_order_seq_cst);
    uv_async_send(async_.get());
  }
  void close() { async_.close(); }

 private:
  std::atomic<bool> armed_ = true;
  UvHandle<uv_async_t> async_;
};

// Completions of pool jobs: many workers push, the reactor takes all at once. Lock-free, because a worker must never wait for a
// reactor or the other way round; bounded by the reactor, which has a bounded number of jobs outstanding. `Node` derives from
// MpscNode.
struct MpscNode {
  MpscNode* next = nullptr;
};

template <class Node>
class MpscList {
 public:
  MpscList() = default;
  MpscList(const MpscList&) = delete;
  MpscList& operator=(const MpscList&) = delete;
  ~MpscList() {
    while (std::unique_ptr<Node> node = take()) {
    }
  }

  // Any thread.
  void push(std::unique_ptr<Node> node) {
    MpscNode* raw = node.release();
    raw->next = top_.load(std::memory_order_relaxed);
    while (!top_.compare_exchange_weak(raw->next, raw, std::memory_order_seq_cst, std::memory_order_relaxed)) {
    }
  }
  // Reactor. One of the pushed nodes, oldest first among those that were there at once; null when none is left.
  [[nodiscard]] std::unique_ptr<Node> take() {
    if (taken_ == nullptr) {
      for (MpscNode* node = top_.exchange(nullptr, std::memory_order_seq_cst); node != nullptr;) {
        MpscNode* next = node->next;
        node->next = taken_;
        taken_ = node;
        node = next;
      }
    }
    if (taken_ == nullptr) return nullptr;
    MpscNode* node = taken_;
    taken_ = node->next;
    return std::unique_ptr<Node>(static_cast<Node*>(node));
  }
  // Reactor.
  [[nodiscard]] bool empty() const { return taken_ == nullptr && top_.load(std::memory_order_seq_cst) == nullptr; }

 private:
  std::atomic<MpscNode*> top_ = nullptr;
  MpscNode* taken_ = nullptr;
};

}  // namespace provchain::net
