// SPDX-License-Identifier: Apache-2.0
// How a request waits for a transaction: what the chain says first, else what the node says, until the wanted state or the
// deadline.
#pragma once

#include "engine/api/context.hpp"
#include "engine/api/outcome.hpp"
#include "engine/api/query_params.hpp"

namespace provchain::api {

enum class WaitLevel : std::uint8_t { none, final, indexed };

struct WaitPlan {
  WaitLevel level = WaitLevel::none;
  Deadline deadline;
};

// `timeout` in seconds from now: 30 when it is not given, at most 120.
[[nodiscard]] Result<Deadline, Problem> wait_deadline(const QueryParams& query);
// `wait` and `timeout`.
[[nodiscard]] Result<WaitPlan, Problem> wait_plan(const QueryParams& query);

// The deadline of a question to the node, which answers within a turn of its core: later means that it is in trouble.
[[nodiscard]] Deadline reply_deadline(const Context& context);
[[nodiscard]] Problem no_reply();

// Calls `then` once, with the transaction's state when the wait is over. A transaction that the node does not know may still come
// from another node: it is waited for like any other.
using StateThen = std::function<Handled(const TxState& state)>;
[[nodiscard]] Handled await_state(const Context& context, const TxId& id, const WaitPlan& plan, StateThen then);

}  // namespace provchain::api
