// SPDX-License-Identifier: Apache-2.0
// The voting rules. Each looks at the state, and decides at most what the signing guard admits. A decided vote is an effect that
// comes back signed; votes in flight count as cast. Core thread only. Rules, in the order in which one turn must try them:
// finalise (R2) before any vote in a higher view; nullify the view just left (R6b) before any vote in the next; notarise (R4);
// nullify (R6).
#pragma once

#include <map>
#include <optional>
#include <set>

#include "engine/core/consensus/state.hpp"

namespace provchain::core::consensus {

class Voter {
 public:
  explicit Voter(State& state) : state_(state) {}

  // R2: FINALIZE for notarised nodes with a valid block, in ascending order.
  bool finalize(Effects& fx);
  // R6b: a view left by a skip certificate that covers less than this node's own vote would.
  bool nullify_left_view(Effects& fx);
  // R3 and R4: judges the proposal of the current view as far as it can be judged now, and notarises it when everything about it
  // is right.
  bool notarize(Now now, Effects& fx);
  // A quorum but one has nullified the view: it cannot become final any more, and this vote is all that keeps everybody in it.
  [[nodiscard]] bool is_lost_without_us() const;
  // R6.
  bool nullify(Now now, Effects& fx);

  // The signed vote, or nothing when nobody waits for the ticket. The key guard's refusal ends all voting.
  [[nodiscard]] std::optional<crypto::format::Vote> on_vote_signed(Ticket ticket, const std::optional<Signature>& signature,
                                                                   Effects& fx);

 private:
  // True when the proposal may be judged on its block: parent known, skips proven, ancestry right.
  [[nodiscard]] bool accept(Proposal& proposal);
  [[nodiscard]] bool is_timely(Now now, Proposal& proposal, Effects& fx);
  bool cast(const crypto::format::Ballot& ballot, Effects& fx);
  void attach_bodies(const BlockId& id, CastVote& vote);

  State& state_;
  std::map<Ticket, crypto::format::Ballot> in_flight_;
  std::set<AuthorityIndex> untimely_leaders_;  // since the last timely proposal
};

}  // namespace provchain::core::consensus
