// SPDX-License-Identifier: Apache-2.0
// The clock of the current view. It starts only when there is a reason to expect a block (a condition), so that an idle chain
// changes no views, and it starts at that moment, not at the entry into the view. Timeouts follow from certificates, so replicas
// agree on them and they shrink back by themselves when something becomes final. Core thread only. Invariant: the base of a
// condition is latched: within a view it never moves to a later time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "base/types.hpp"
#include "engine/core/consensus/types.hpp"

namespace provchain::core::consensus {

enum class Condition : std::uint8_t {
  transactions,    // W1: something includable is not in the chain yet
  unfinished,      // W2: the top block is notarised and not final
  heartbeat,       // W4: the genesis asks for empty blocks
  change,          // W7: a decided change waits for its epoch to be old enough to end
  proposal,        // W5: a proposal of this view is here
  others_gave_up,  // W6: f + 1 others have nullified this view; wakes, does not make this node nullify at once
};
inline constexpr std::size_t condition_count = 6;

// Δ_k, with Δ_0 = base, Δ_{k+1} = min(max, Δ_k + ⌊Δ_k / 2⌋), k = max(0, view − 2 − final_view).
[[nodiscard]] Duration timeout_of(const Timing& timing, View view, View final_view);

class Pacemaker {
 public:
  explicit Pacemaker(const Timing& timing) : timing_(timing) {}

  void enter(MonoTime now, View view);
  // The condition holds now, and asks for a block at `base`. Repeated calls only ever move the base to an earlier time.
  void hold(Condition condition, MonoTime base);
  // The condition does not hold now. Its base stays latched in case it comes back.
  void release(Condition condition);
  // The header of this view's proposal arrived. Counts once.
  void on_proposal(MonoTime arrived);
  // The view can come to nothing any more: nullify without waiting.
  void expire() { expired_ = true; }
  // The leader is known to be away, so nobody waits for its proposal after `due`; kNever: it may be there. Not latched: what is
  // said last holds, so that a leader that comes back is waited for like every other.
  void skip_leader_at(MonoTime due) { skip_leader_at_ = due; }

  [[nodiscard]] MonoTime entered() const { return entered_; }
  [[nodiscard]] bool expired() const { return expired_; }
  [[nodiscard]] bool holds(Condition condition) const { return conditions_[index(condition)].held; }
  // The base of a condition that holds; kNever of one that does not.
  [[nodiscard]] MonoTime base(Condition condition) const;
  // The earliest base of those that hold; kNever: there is nothing to wait for.
  [[nodiscard]] MonoTime base() const;
  // When this node gives the view up; kNever while nothing is expected.
  [[nodiscard]] MonoTime deadline(View final_view) const;

 private:
  struct Latched {
    bool held = false;
    MonoTime base = kNever;
  };
  static std::size_t index(Condition condition) { return static_cast<std::size_t>(condition); }

  Timing timing_;
  View view_;
  MonoTime entered_;
  std::array<Latched, condition_count> conditions_{};
  std::optional<MonoTime> proposal_arrived_;
  bool expired_ = false;
  MonoTime skip_leader_at_ = kNever;
};

}  // namespace provchain::core::consensus
