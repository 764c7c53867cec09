// SPDX-License-Identifier: Apache-2.0
// The requests that wait: for the node's reply, for a transaction to become final, for the index. A waiting connection is
// suspended and costs no thread; one thread of this object looks at what they wait for whenever the node has made progress, and
// ends those whose time is over or whose client has gone (libmicrohttpd does not read a suspended connection, so nobody else
// would notice).
//   1 A wait is woken once. What comes later, a reply after its client, or after stop(), finds no entry and is dropped. This is
//   why replies share
//     this object and do not name the request: it is the one object of the API that may outlive the server.
//   2 A connection is resumed only while it is suspended, under the lock under which it was.
//   3 Stores are read without the lock: the node's threads, which call answer() and on_progress(), never wait for a disk.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/metrics.hpp"
#include "engine/api/outcome.hpp"

struct MHD_Connection;

namespace provchain::api {

using WaitId = Ordinal<struct WaitIdTag, std::uint64_t>;  // never reused within a process

class Waiters {
 public:
  // Pointers and functions of `backend` are used until stop() returns, `waiting` as long as entries are added and taken.
  Waiters(const Backend& backend, Gauge& waiting);
  ~Waiters();
  Waiters(const Waiters&) = delete;
  Waiters& operator=(const Waiters&) = delete;

  void start();
  // Wakes everybody with Wake::stopping, also those who come later. Idempotent.
  void stop();

  // Server's thread: add, then park, then, once the connection's handler is called again, take.
  [[nodiscard]] WaitId add(const Goal& goal, Deadline deadline, MHD_Connection* connection);
  // False, and the connection is not suspended, when the wait is over already.
  [[nodiscard]] bool park(WaitId id);
  // Of a wait that is over; removes it.
  [[nodiscard]] Woken take(WaitId id);
  // Removes a wait whose connection has ended, over or not.
  void forget(WaitId id);

  // Ends a wait as if its time were over: what it waits for will not come.
  void give_up(WaitId id);

  // Any thread, at any time.
  void answer(WaitId id, const TxState& state);
  void on_progress();

 private:
  struct Entry {
    Goal goal;
    Deadline deadline;
    MHD_Connection* connection = nullptr;
    int fd = -1;
    bool parked = false;
    std::optional<Woken> woken;
  };
  using Goals = std::vector<std::pair<WaitId, Goal>>;

  void run();
  [[nodiscard]] Deadline next_look() const;
  [[nodiscard]] Goals open_goals() const;
  [[nodiscard]] std::vector<WaitId> reached(const Goals& goals) const;
  void end_overdue(Deadline now);
  void wake(Entry& entry, const Woken& woken);

  const Backend& backend_;
  Gauge& waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<WaitId, Entry> entries_;
  WaitId next_{1};
  bool look_again_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace provchain::api
