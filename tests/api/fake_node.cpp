// SPDX-License-Identifier: Apache-2.0
#include "tests/api/fake_node.hpp"

namespace provchain::api::testing {

TxState phase_state(TxPhase phase) {
  TxState state;
  state.phase = phase;
  return state;
}
TxState pending_state() { return phase_state(TxPhase::pending); }
TxState rejected_state(crypto::format::TxReject reject, std::uint32_t retry_after_ms) {
  TxState state = phase_state(TxPhase::rejected);
  state.reject = reject;
  state.retry_after_ms = retry_after_ms;
  return state;
}

FakeNode::FakeNode() : thread_([this] { run(); }) {}

FakeNode::~FakeNode() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool FakeNode::submit(SharedBytes transaction, TxReply reply) {
  const TxId id = crypto::format::decode_transaction(transaction.view())->id;
  TxState state;
  {
    const std::lock_guard lock(mutex_);
    if (busy_) return false;
    submitted_.push_back(to_vector(transaction.view()));
    if (on_submit_) states_[id] = *on_submit_;
    if (!states_.contains(id)) states_[id] = pending_state();
    state = states_[id];
  }
  say(id, state, std::move(reply));
  return true;
}

bool FakeNode::lookup(const TxId& id, TxReply reply) {
  TxState state;
  {
    const std::lock_guard lock(mutex_);
    if (busy_) return false;
    if (const auto at = states_.find(id); at != states_.end()) state = at->second;
  }
  say(id, state, std::move(reply));
  return true;
}

void FakeNode::be_busy() {
  const std::lock_guard lock(mutex_);
  busy_ = true;
}

void FakeNode::say(const TxId& id, const TxState& state, TxReply reply) {
  {
    const std::lock_guard lock(mutex_);
    replies_.emplace_back([id, state, reply = std::move(reply)] { reply(id, state); });
  }
  changed_.notify_all();
}

void FakeNode::say_on_submit(const TxState& state) {
  const std::lock_guard lock(mutex_);
  on_submit_ = state;
}

void FakeNode::set_state(const TxId& id, const TxState& state) {
  const std::lock_guard lock(mutex_);
  states_[id] = state;
}

void FakeNode::set_view(NodeView view) {
  const std::lock_guard lock(mutex_);
  view_ = std::move(view);
}

NodeView FakeNode::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

void FakeNode::hold() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void FakeNode::release() {
  std::deque<std::function<void()>> replies;
  {
    const std::lock_guard lock(mutex_);
    holding_ = false;
    replies.swap(replies_);
  }
  for (const auto& reply : replies) reply();
}

std::vector<ByteVector> FakeNode::submitted() const {
  const std::lock_guard lock(mutex_);
  return submitted_;
}

void FakeNode::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || (!holding_ && !replies_.empty()); });
    if (ending_) return;
    const auto reply = std::move(replies_.front());
    replies_.pop_front();
    lock.unlock();
    reply();
    lock.lock();
  }
}

}  // namespace provchain::api::testing
