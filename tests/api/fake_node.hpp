// SPDX-License-Identifier: Apache-2.0
// The node behind the API, as a table: what it says of which transaction. It replies on a thread of its own, as the real one
// does, or, on hold, when the test says so.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/api/backend.hpp"

namespace provchain::api::testing {

class FakeNode {
 public:
  FakeNode();
  ~FakeNode();

  [[nodiscard]] bool submit(SharedBytes transaction, TxReply reply);
  [[nodiscard]] bool lookup(const TxId& id, TxReply reply);

  // What is said to the next submissions; afterwards, and of unknown ids, a submission is taken and pending.
  void say_on_submit(const TxState& state);
  void set_state(const TxId& id, const TxState& state);
  void set_view(NodeView view);
  [[nodiscard]] NodeView view() const;

  // Takes no more questions.
  void be_busy();
  // Replies are kept until release(), which gives them out on the calling thread.
  void hold();
  void release();
  [[nodiscard]] std::vector<ByteVector> submitted() const;

 private:
  void say(const TxId& id, const TxState& state, TxReply reply);
  void run();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> replies_;
  std::map<TxId, TxState> states_;
  std::optional<TxState> on_submit_;
  std::vector<ByteVector> submitted_;
  NodeView view_;
  bool holding_ = false;
  bool ending_ = false;
  bool busy_ = false;
  std::thread thread_;
};

[[nodiscard]] TxState pending_state();
[[nodiscard]] TxState rejected_state(crypto::format::TxReject reject, std::uint32_t retry_after_ms = 0);
[[nodiscard]] TxState phase_state(TxPhase phase);

}  // namespace provchain::api::testing
