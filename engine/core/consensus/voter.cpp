// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/voter.hpp"

#include <algorithm>
#include <string>

#include "base/check.hpp"
#include "engine/core/consensus/proposal_rules.hpp"

namespace provchain::core::consensus {

using crypto::format::Ballot;
using crypto::format::Vote;
using crypto::format::VoteKind;

bool Voter::finalize(Effects& fx) {
  if (!state_.votes_allowed()) return false;
  bool voted = false;
  const auto& notarisations = state_.book.notarisations();
  const crypto::format::Guard& guard = state_.safety.guard();
  const View lowest = guard.epoch == state_.epoch.epoch ? guard.view : View{};
  for (auto at = notarisations.lower_bound(lowest); at != notarisations.end(); ++at) {
    const Node node = node_of(at->second.certificate);
    if (!state_.tree.is_valid(node.block_id)) continue;
    if (cast(state_.safety.finalize(node), fx)) voted = true;
  }
  return voted;
}

bool Voter::nullify_left_view(Effects& fx) {
  if (!state_.left_by_skip) return false;
  const View left = *state_.left_by_skip;
  state_.left_by_skip.reset();
  if (!state_.votes_allowed() || left <= state_.final.view || !state_.safety.is_above_guard(left, 2)) return false;
  const HeldCertificate* skip = state_.book.skip_over(left);
  const View own_since = std::max(state_.safety.highest_finalized(), state_.final.view);
  if (skip == nullptr || covered_since(skip->certificate) <= own_since) return false;
  return cast(state_.safety.nullify(left, state_.final.view, state_.options.range_nullify), fx);
}

bool Voter::accept(Proposal& proposal) {
  if (proposal.hopeless) return false;
  const View parent_view = proposal.ballot.parent_view;
  const std::optional<Node> parent = state_.node(parent_view);
  if (parent_view < state_.final.view) {
    // Something above its parent is final here, so it cannot become final any more.
    state_.reject(Reject::wrong_ancestry);
    proposal.hopeless = true;
    return false;
  }
  if (!parent || !state_.is_covered(parent_view, state_.view)) return false;
  if (const auto fault = ancestry_fault(state_.epoch, proposal.ballot, proposal.header, *parent)) {
    state_.reject(*fault);
    proposal.hopeless = true;
    state_.pacemaker.expire();
    return false;
  }
  return true;
}

bool Voter::is_timely(Now now, Proposal& proposal, Effects& fx) {
  if (proposal.header.view != proposal.ballot.view) return true;  // a block proposed again was judged when it was new
  const Duration bound = timeout_of(state_.options.timing, state_.view, state_.final.view) * 2;
  const std::uint64_t time_ms = proposal.header.timestamp_ms;
  proposal.timely_at = kNever;
  switch (timeliness(state_.epoch.parameters, time_ms, now.wall, proposal.arrived_wall, bound)) {
    case Timeliness::timely:
      untimely_leaders_.clear();
      return true;
    case Timeliness::early: {
      const std::int64_t skew_ms = static_cast<std::int64_t>(state_.epoch.parameters.clock_skew_ms);
      if (time_ms < static_cast<std::uint64_t>(INT64_MAX / 4000)) {
        const std::int64_t wait_ms = static_cast<std::int64_t>(time_ms) - skew_ms - now.wall.ms;
        proposal.timely_at = now.mono + Duration::millis(std::min<std::int64_t>(wait_ms, 86'400'000));
      }
      break;
    }
    case Timeliness::late:
      break;
  }
  if (proposal.untimely) return false;
  proposal.untimely = true;
  state_.reject(Reject::untimely);
  state_.conduct.on_untimely(state_.epoch.leader(state_.view));
  // One leader with a wrong clock is its own problem; more than f of them say that the wrong clock may be this one.
  untimely_leaders_.insert(state_.epoch.leader(state_.view));
  if (untimely_leaders_.size() == state_.epoch.faults + 1 && state_.epoch.count > 1) {
    const std::int64_t offset_ms = static_cast<std::int64_t>(time_ms) - proposal.arrived_wall.ms;
    state_.alarm(AlarmKind::untimely_clock,
                 "proposals of " + std::to_string(untimely_leaders_.size()) + " authorities are untimely here, the last by " +
                     std::to_string(offset_ms) + " ms",
                 fx);
  }
  return false;
}

bool Voter::notarize(Now now, Effects& fx) {
  const auto at = state_.proposals.find(state_.view);
  if (at == state_.proposals.end() || state_.halted || state_.is_epoch_over()) return false;
  Proposal& proposal = at->second;
  if (!accept(proposal)) return false;
  if (state_.tree.is_invalid(proposal.ballot.block_id)) {
    proposal.hopeless = true;
    state_.pacemaker.expire();
    return true;
  }
  if (!state_.tree.is_valid(proposal.ballot.block_id)) return false;
  if (!state_.votes_allowed() || !state_.safety.is_above_guard(state_.view, 1)) return false;
  if (!is_timely(now, proposal, fx)) return false;
  return cast(state_.safety.notarize(proposal.node()), fx);
}

bool Voter::is_lost_without_us() const {
  const std::size_t gave_up = state_.votes.count(VoteKind::nullify, state_.view);
  return gave_up > 0 && gave_up + 1 >= state_.epoch.quorum;
}

bool Voter::nullify(Now now, Effects& fx) {
  if (!state_.votes_allowed() || state_.is_epoch_over() || !state_.safety.is_above_guard(state_.view, 2)) return false;
  const bool waited = state_.pacemaker.expired() || state_.pacemaker.deadline(state_.final.view) <= now.mono;
  if (!waited && !is_lost_without_us()) return false;
  return cast(state_.safety.nullify(state_.view, state_.final.view, state_.options.range_nullify), fx);
}

void Voter::attach_bodies(const BlockId& id, CastVote& vote) {
  // The block and its ancestors: this vote says that all of them are stored here. Final ones may still be on their way to chain/.
  std::vector<SharedBytes> newest_first;
  BlockId next = id;
  while (TreeBlock* block = state_.tree.find(next)) {
    PVC_CHECK(block->state == BlockState::valid);
    block->voted = true;
    if (!block->journalled) newest_first.push_back(block->bytes);
    block->journalled = true;
    next = block->header.parent_id;
  }
  for (CommittingBlock& block : state_.committing) {
    if (!block.journalled) vote.bodies.push_back(block.bytes);
    block.journalled = true;
  }
  vote.bodies.insert(vote.bodies.end(), newest_first.rbegin(), newest_first.rend());
}

bool Voter::cast(const Ballot& ballot, Effects& fx) {
  if (!state_.safety.decide(ballot)) return false;
  CastVote vote;
  vote.ticket = state_.tickets.next();
  vote.context = state_.epoch.context;
  vote.ballot = ballot;
  if (ballot.kind != VoteKind::nullify) attach_bodies(ballot.block_id, vote);
  vote.certificates = state_.book.take_unjournalled();
  in_flight_.emplace(vote.ticket, ballot);
  fx.push_back(std::move(vote));
  return true;
}

std::optional<Vote> Voter::on_vote_signed(Ticket ticket, const std::optional<Signature>& signature, Effects& fx) {
  const auto at = in_flight_.find(ticket);
  if (at == in_flight_.end()) {
    state_.reject(Reject::unknown_ticket);
    return std::nullopt;
  }
  const Ballot ballot = at->second;
  in_flight_.erase(at);
  if (!signature) {
    // The guard beside the key stands higher than this copy of it: something else has signed. No vote of this node can be trusted
    // any more.
    state_.quarantined = true;
    state_.alarm(AlarmKind::guard_refused, "the key guard refused a vote of view " + std::to_string(ballot.view.value()), fx);
    return std::nullopt;
  }
  state_.safety.on_signed(ballot);
  return Vote{ballot, *state_.epoch.me, *signature};
}

}  // namespace provchain::core::consensus
