// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/pacemaker.hpp"

#include <algorithm>

namespace provchain::core::consensus {

Duration timeout_of(const Timing& timing, View view, View final_view) {
  Duration timeout = std::min(timing.delta_base, timing.delta_max);
  const std::uint64_t settled = final_view.value() + 2;
  if (view.value() <= settled) return timeout;
  // The loop ends at the cap: growth by a half reaches any cap within a few dozen steps. Below 2 µs halving would not grow at
  // all.
  for (std::uint64_t k = view.value() - settled; k > 0 && timeout < timing.delta_max && timeout.us >= 2; --k)
    timeout = std::min(timing.delta_max, timeout + timeout / 2);
  return timeout;
}

void Pacemaker::enter(MonoTime now, View view) {
  view_ = view;
  entered_ = now;
  conditions_ = {};
  proposal_arrived_.reset();
  expired_ = false;
  skip_leader_at_ = kNever;
}

void Pacemaker::hold(Condition condition, MonoTime base) {
  Latched& latched = conditions_[index(condition)];
  latched.held = true;
  latched.base = std::min(latched.base, base);
}

void Pacemaker::release(Condition condition) { conditions_[index(condition)].held = false; }

void Pacemaker::on_proposal(MonoTime arrived) {
  if (proposal_arrived_) return;
  proposal_arrived_ = arrived;
  hold(Condition::proposal, arrived);
}

MonoTime Pacemaker::base(Condition condition) const {
  const Latched& latched = conditions_[index(condition)];
  return latched.held ? latched.base : kNever;
}

MonoTime Pacemaker::base() const {
  MonoTime earliest = kNever;
  for (const Latched& latched : conditions_)
    if (latched.held) earliest = std::min(earliest, latched.base);
  return earliest;
}

MonoTime Pacemaker::deadline(View final_view) const {
  const Duration timeout = timeout_of(timing_, view_, final_view);
  if (proposal_arrived_) return *proposal_arrived_ + timeout * 3 + timing_.body_allowance;
  const MonoTime start = base();
  return std::min(skip_leader_at_, start == kNever ? kNever : start + timeout * 2);
}

}  // namespace provchain::core::consensus
