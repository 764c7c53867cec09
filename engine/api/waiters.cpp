// SPDX-License-Identifier: Apache-2.0
#include "engine/api/waiters.hpp"

#include <microhttpd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace provchain::api {
namespace {

// How soon the connection of a client that has gone is free for another.
constexpr std::chrono::milliseconds kLookInterval{500};

bool has_gone(int fd) {
  char byte = 0;
  const ssize_t count = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

}  // namespace

Waiters::Waiters(const Backend& backend, Gauge& waiting) : backend_(backend), waiting_(waiting) {}
Waiters::~Waiters() { stop(); }

void Waiters::start() {
  thread_ = std::thread([this] { run(); });
}

void Waiters::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& [id, entry] : entries_) wake(entry, {Wake::stopping, {}});
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

WaitId Waiters::add(const Goal& goal, Deadline deadline, MHD_Connection* connection) {
  const MHD_ConnectionInfo* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  PVC_CHECK(info != nullptr);
  Entry entry{goal, deadline, connection, info->connect_fd, false, std::nullopt};
  waiting_.add(1);
  const std::lock_guard lock(mutex_);
  if (stopping_) entry.woken = Woken{Wake::stopping, {}};
  const WaitId id = next_;
  next_ = next_.next();
  entries_.emplace(id, entry);
  // Progress made before this moment is seen by one more look; a reply cannot have been missed, because nobody was asked yet.
  if (!std::holds_alternative<ReplyGoal>(goal)) {
    look_again_ = true;
    changed_.notify_one();
  }
  return id;
}

bool Waiters::park(WaitId id) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_.at(id);
  if (entry.woken) return false;
  MHD_suspend_connection(entry.connection);
  entry.parked = true;
  return true;
}

Woken Waiters::take(WaitId id) {
  waiting_.add(-1);
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  PVC_CHECK(at != entries_.end() && at->second.woken);
  const Woken woken = *at->second.woken;
  entries_.erase(at);
  return woken;
}

void Waiters::forget(WaitId id) {
  waiting_.add(-1);
  const std::lock_guard lock(mutex_);
  entries_.erase(id);
}

void Waiters::give_up(WaitId id) {
  const std::lock_guard lock(mutex_);
  wake(entries_.at(id), {Wake::timed_out, {}});
}

void Waiters::answer(WaitId id, const TxState& state) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at != entries_.end()) wake(at->second, {Wake::replied, state});
}

void Waiters::on_progress() {
  {
    const std::lock_guard lock(mutex_);
    look_again_ = true;
  }
  changed_.notify_one();
}

void Waiters::wake(Entry& entry, const Woken& woken) {
  if (entry.woken) return;
  entry.woken = woken;
  if (std::exchange(entry.parked, false)) MHD_resume_connection(entry.connection);
}

void Waiters::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_until(lock, next_look(), [this] { return look_again_ || stopping_; });
    if (std::exchange(look_again_, false)) {
      const Goals goals = open_goals();
      lock.unlock();
      const std::vector<WaitId> ids = reached(goals);
      lock.lock();
      for (const WaitId id : ids)
        if (const auto at = entries_.find(id); at != entries_.end()) wake(at->second, {Wake::reached, {}});
    }
    end_overdue(std::chrono::steady_clock::now());
  }
}

Deadline Waiters::next_look() const {
  Deadline next = std::chrono::steady_clock::now() + kLookInterval;
  for (const auto& [id, entry] : entries_)
    if (!entry.woken) next = std::min(next, entry.deadline);
  return next;
}

Waiters::Goals Waiters::open_goals() const {
  Goals goals;
  for (const auto& [id, entry] : entries_)
    if (!entry.woken && !std::holds_alternative<ReplyGoal>(entry.goal)) goals.emplace_back(id, entry.goal);
  return goals;
}

// What cannot be read now is not reached: the deadline ends such a wait, and its answer then names the error.
std::vector<WaitId> Waiters::reached(const Goals& goals) const {
  std::vector<WaitId> ids;
  if (goals.empty()) return ids;
  const bool is_indexing = backend_.is_indexing();
  const Height indexed = backend_.indexed_height();
  const storage::StateStore& state = backend_.ledger->state();
  const auto txn = state.read();
  for (const auto& [id, goal] : goals) {
    if (const auto* height = std::get_if<HeightGoal>(&goal)) {
      if (indexed >= height->height || !is_indexing) ids.push_back(id);
    } else if (const auto* transaction = std::get_if<TransactionGoal>(&goal); transaction != nullptr && txn) {
      const auto position = state.find_transaction(*txn, transaction->id);
      if (!position || !*position) continue;
      if (!transaction->indexed || !is_indexing || indexed >= (*position)->height) ids.push_back(id);
    }
  }
  return ids;
}

void Waiters::end_overdue(Deadline now) {
  for (auto& [id, entry] : entries_) {
    if (entry.woken) continue;
    if (entry.deadline <= now)
      wake(entry, {Wake::timed_out, {}});
    else if (entry.parked && has_gone(entry.fd))
      wake(entry, {Wake::client_gone, {}});
  }
}

}  // namespace provchain::api
