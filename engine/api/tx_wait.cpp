// SPDX-License-Identifier: Apache-2.0
#include "engine/api/tx_wait.hpp"

#include <algorithm>

#include "engine/api/chain_reads.hpp"

namespace provchain::api {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kTimeoutSecondsDefault = 30;
constexpr std::uint64_t kTimeoutSecondsMax = 120;
// The node tells nobody that a pending transaction expired or was dropped for lack of room, so a wait asks again this often.
constexpr std::chrono::seconds kAskAgain{2};

Handled wait_for_chain(const Context& context, const TxId& id, const WaitPlan& plan, StateThen then) {
  auto pending = std::make_unique<Pending>();
  pending->goal = TransactionGoal{id, plan.level == WaitLevel::indexed};
  pending->deadline = std::min<Deadline>(plan.deadline, Clock::now() + kAskAgain);
  pending->then = [&context, id, plan, then = std::move(then)](const Woken&) { return await_state(context, id, plan, then); };
  return Outcome(std::move(pending));
}

TxState final_at(Height height) {
  TxState state;
  state.phase = TxPhase::final;
  state.height = height;
  return state;
}

bool is_over(const TxState& state, const WaitPlan& plan) {
  if (plan.level == WaitLevel::none || Clock::now() >= plan.deadline) return true;
  return state.phase == TxPhase::expired || state.phase == TxPhase::rejected;
}

}  // namespace

Result<Deadline, Problem> wait_deadline(const QueryParams& query) {
  PVC_TRY(const auto seconds, query.number("timeout", kTimeoutSecondsMax));
  return Clock::now() + std::chrono::seconds(seconds.value_or(kTimeoutSecondsDefault));
}

Result<WaitPlan, Problem> wait_plan(const QueryParams& query) {
  WaitPlan plan;
  PVC_TRY(plan.deadline, wait_deadline(query));
  if (!query.has("wait")) return plan;
  const std::string_view level = query.text("wait").value_or("");
  if (level == "final")
    plan.level = WaitLevel::final;
  else if (level == "indexed")
    plan.level = WaitLevel::indexed;
  else
    return std::unexpected(bad_parameter("wait", "final or indexed"));
  return plan;
}

Deadline reply_deadline(const Context& context) { return Clock::now() + std::chrono::milliseconds(context.options.reply_ms_max); }

Problem no_reply() {
  Problem problem(503, "busy", "the node has too much to do to answer now");
  problem.retry_after_seconds = 1;
  return problem;
}

Handled await_state(const Context& context, const TxId& id, const WaitPlan& plan, StateThen then) {
  PVC_TRY(const auto position, find_transaction(*context.backend.ledger, id));
  if (position) {
    const bool enough = plan.level != WaitLevel::indexed || context.backend.indexed_height() >= position->height;
    if (!enough && !context.backend.is_indexing()) return std::unexpected(index_stopped());
    if (enough || Clock::now() >= plan.deadline) return then(final_at(position->height));
    return wait_for_chain(context, id, plan, std::move(then));
  }
  auto pending = std::make_unique<Pending>();
  pending->goal = ReplyGoal{};
  pending->deadline = reply_deadline(context);
  pending->ask = [&context, id](TxReply reply) { return context.backend.lookup(id, std::move(reply)); };
  pending->then = [&context, id, plan, then = std::move(then)](const Woken& woken) -> Handled {
    if (woken.wake != Wake::replied) return std::unexpected(no_reply());
    // A transaction that left the pool for the chain while the node was asked is in the chain now.
    PVC_TRY(const auto now_at, find_transaction(*context.backend.ledger, id));
    if (now_at) return await_state(context, id, plan, then);
    if (is_over(woken.reply, plan)) return then(woken.reply);
    return wait_for_chain(context, id, plan, then);
  };
  return Outcome(std::move(pending));
}

}  // namespace provchain::api
