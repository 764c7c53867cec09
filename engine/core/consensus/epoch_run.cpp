// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/epoch_run.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "crypto/format/block.hpp"

namespace provchain::core::consensus {

using crypto::format::Certificate;
using crypto::format::Vote;
using crypto::format::VoteKind;

namespace {

// Each round of the rules ends with a vote, a commit or a proposal more than before, and one input allows only a few of those.
constexpr int settle_rounds_max = 64;

}  // namespace

EpochRun::EpochRun(Surroundings& around, ChainEnd start)
    : state(around.options, std::move(start), around.own_key, around.roster, around.mempool, around.tickets),
      chain(state, around.correlations),
      voter(state),
      proposer(state),
      repair(state, proposer, around.correlations),
      intake(state, chain, repair) {}

void EpochRun::inherit(const EpochRun& earlier) {
  const State& before = earlier.state;
  // Nobody else can have used the key since this process began to vote with it.
  const Mode mode = before.mode();
  state.joined = mode == Mode::active || mode == Mode::syncing;
  state.quarantined = before.quarantined;
  state.halted = before.halted;
  state.settling = before.settling;
  state.rejects = before.rejects;
  state.totals = before.totals;
}

// ---- recovery ----

void EpochRun::restore(Now now, const Recovered& recovered, Effects& fx) {
  PVC_CHECK(recovered.tip_id == state.tree.end().id);
  const auto& certificate = recovered.tip_certificate;
  if (certificate && certificate->epoch == state.epoch.epoch) {
    state.final = node_of(*certificate);
    state.final_certificate = certificate;
  } else if (certificate) {
    state.ended_before = encode_certificate(*certificate, state.epoch.system->past.back().authorities.size());
  }
  state.safety.restore(recovered.guard);
  state.quarantined = state.quarantined || recovered.quarantined;
  state.halted = state.halted || recovered.halted;
  repair.on_start(now.mono);

  state.pacemaker.enter(now.mono, state.view);
  intake.enter(now, state.final.view.next());
  // A vote of the guard's view was made in it, so this node had been led there.
  if (recovered.guard.epoch == state.epoch.epoch && recovered.guard.view.value() > 0) intake.enter(now, recovered.guard.view);
  for (const Certificate& held : recovered.certificates)
    if (held.epoch == state.epoch.epoch && held.view > state.final.view) intake.absorb_certificate(now, held, true, fx);
  state.left_by_skip.reset();
  for (const Vote& vote : recovered.own_votes)
    if (vote.ballot.epoch == state.epoch.epoch && vote.signer == state.epoch.me) intake.absorb_own_vote(now, vote, fx);
  restore_bodies(recovered.bodies, fx);
  restore_proposal(now);
}

void EpochRun::restore_bodies(const std::vector<SharedBytes>& bodies, Effects& fx) {
  for (const SharedBytes& bytes : bodies) {
    const auto decoded = crypto::format::decode_block(bytes.view());
    if (!decoded) continue;  // the journal's checksum held, so this is a body of another version; it can be fetched
    TreeBlock* block = state.tree.add(decoded->id, decoded->header, decoded->header.view);
    if (block == nullptr) continue;
    block->journalled = true;
    block->voted = true;
    chain.offer_body(decoded->id, bytes, std::nullopt, fx);
  }
}

void EpochRun::restore_proposal(Now now) {
  // A leader that stopped right after its vote was durable: the others may wait for the proposal that only this node can send.
  if (!state.is_leader()) return;
  const Vote* vote = state.votes.find(VoteKind::notarize, state.view, *state.epoch.me);
  if (vote == nullptr) return;
  const crypto::format::BlockHeader* header = state.tree.header_of(vote->ballot.block_id);
  if (header == nullptr) return;
  Proposal proposal;
  proposal.ballot = vote->ballot;
  proposal.vote = *vote;
  proposal.header = *header;
  proposal.arrived = now.mono;
  proposal.arrived_wall = now.wall;
  state.proposals.emplace(state.view, proposal);
  state.pacemaker.on_proposal(now.mono);
}

// ---- one turn ----

void EpochRun::release(Now now, const Vote& vote, Effects& fx) {
  if (vote.ballot.kind == VoteKind::notarize) {
    const auto at = state.proposals.find(vote.ballot.view);
    if (at != state.proposals.end() && !at->second.vote && at->second.ballot == vote.ballot) {
      at->second.vote = vote;
      if (const auto message = proposer.message_of(at->second)) repair.on_own_proposal(now, at->second, *message, fx);
    }
  }
  repair.on_own_vote(now, vote, fx);
  intake.absorb_own_vote(now, vote, fx);
}

bool EpochRun::apply_rules(Now now, Effects& fx) {
  bool changed = chain.judge(fx);
  if (chain.commit(fx)) {
    repair.on_final(now, fx);
    changed = true;
  }
  proposer.observe_work(now);
  state.pacemaker.skip_leader_at(repair.is_away(state.epoch.leader(state.view), now.mono) ? proposer.work_due() : kNever);
  // The order is the protocol's: nothing in a higher view before what is still owed to lower ones.
  changed |= voter.finalize(fx);
  changed |= voter.nullify_left_view(fx);
  changed |= voter.notarize(now, fx);
  changed |= proposer.propose(now, chain, fx);
  changed |= voter.nullify(now, fx);
  return changed;
}

void EpochRun::settle(Now now, Effects& fx) {
  last_turn = now.mono;
  for (int round = 0; apply_rules(now, fx); ++round) PVC_CHECK(round < settle_rounds_max);
  chain.fetch(now, fx);
  repair.step(now, fx);
  state.invariants();
}

MonoTime EpochRun::view_deadline() const {
  // Only times still ahead: what is past has been acted on, or waits for something else than time.
  MonoTime next = kNever;
  const auto consider = [&](MonoTime at) {
    if (at > last_turn) next = std::min(next, at);
  };
  if (!state.votes_allowed()) return kNever;
  if (state.safety.is_above_guard(state.view, 2)) consider(state.pacemaker.deadline(state.final.view));
  if (state.is_leader() && state.safety.is_above_guard(state.view, 1)) {
    for (const Condition condition : {Condition::transactions, Condition::unfinished, Condition::heartbeat, Condition::change})
      consider(state.pacemaker.base(condition));
  }
  const auto proposal = state.proposals.find(state.view);
  if (proposal != state.proposals.end()) consider(proposal->second.timely_at);
  return next;
}

}  // namespace provchain::core::consensus
