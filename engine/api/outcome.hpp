// SPDX-License-Identifier: Apache-2.0
// What a handler returns: an answer, a problem, or something to wait for and how to go on then. Handlers run on the server's
// thread and never block; a wait parks the connection and costs no thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "engine/api/backend.hpp"
#include "engine/api/problem.hpp"
#include "engine/api/response.hpp"

namespace provchain::api {

using Deadline = std::chrono::steady_clock::time_point;

// The index has taken in `height`, or takes in nothing any more.
struct HeightGoal {
  Height height;
};
// The chain has the transaction and, with `indexed`, the index has taken in its block or takes in nothing any more.
struct TransactionGoal {
  TxId id;
  bool indexed = false;
};
// Nothing but the node's reply or the deadline.
struct ReplyGoal {};
using Goal = std::variant<HeightGoal, TransactionGoal, ReplyGoal>;

enum class Wake : std::uint8_t { reached, replied, timed_out, client_gone, stopping };

struct Woken {
  Wake wake = Wake::timed_out;
  TxState reply;  // replied
};

struct Pending;
using PendingPtr = std::unique_ptr<Pending>;
using Outcome = std::variant<Response, PendingPtr>;
using Handled = Result<Outcome, Problem>;

struct Pending {
  Goal goal;
  Deadline deadline;
  std::function<bool(TxReply)> ask;                 // ReplyGoal: asks the node; called once; false: no reply will come
  std::function<Handled(const Woken& woken)> then;  // never called with client_gone or stopping
};

}  // namespace provchain::api
