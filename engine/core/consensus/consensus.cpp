// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/consensus.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "crypto/format/block.hpp"
#include "engine/core/consensus/chain.hpp"
#include "engine/core/consensus/intake.hpp"
#include "engine/core/consensus/proposer.hpp"
#include "engine/core/consensus/repair.hpp"
#include "engine/core/consensus/state.hpp"
#include "engine/core/consensus/voter.hpp"

namespace provchain::core::consensus {

using crypto::format::Certificate;
using crypto::format::Vote;
using crypto::format::VoteKind;

namespace {

// Each round of the rules ends with a vote, a commit or a proposal more than before, and one input allows only a few of those.
constexpr int settle_rounds_max = 64;

}  // namespace

struct Consensus::Parts {
  Parts(const Options& options, const crypto::format::Genesis& genesis, std::optional<AuthorityIndex> me, const Roster& roster,
        const Mempool& mempool, TicketSource tickets, CorrelationSource correlations)
      : state(options, genesis, me, roster, mempool, tickets),
        chain(state, correlations),
        voter(state),
        proposer(state),
        repair(state, proposer, correlations),
        intake(state, chain, repair) {}

  State state;
  Chain chain;
  Voter voter;
  Proposer proposer;
  Repair repair;
  Intake intake;
  MonoTime last_turn;

  void restore(Now now, const Recovered& recovered, Effects& fx);
  void restore_bodies(const std::vector<SharedBytes>& bodies, Effects& fx);
  void restore_proposal(Now now);
  void release(Now now, const Vote& vote, Effects& fx);
  void settle(Now now, Effects& fx);
  bool apply_rules(Now now, Effects& fx);
  [[nodiscard]] MonoTime view_deadline() const;
};

// ---- recovery ----

void Consensus::Parts::restore(Now now, const Recovered& recovered, Effects& fx) {
  PVC_CHECK(recovered.history.size == recovered.tip.height.value() + 1);
  state.durable = recovered.tip.height;
  state.tree.advance(ChainEnd{recovered.tip, recovered.tip_id, recovered.history});
  state.final = Node{recovered.tip.view, View{}, recovered.tip.height, recovered.tip_id};
  if (recovered.tip_certificate) state.final = node_of(*recovered.tip_certificate);
  state.final_certificate = recovered.tip_certificate;
  state.safety.restore(recovered.guard);
  state.quarantined = recovered.quarantined;
  state.halted = recovered.halted;
  repair.on_start(now.mono);

  state.pacemaker.enter(now.mono, state.view);
  intake.enter(now, state.final.view.next());
  // A vote of the guard's view was made in it, so this node had been led there.
  if (recovered.guard.epoch == state.epoch.epoch && recovered.guard.view.value() > 0) intake.enter(now, recovered.guard.view);
  for (const Certificate& certificate : recovered.certificates)
    if (certificate.view > state.final.view) intake.absorb_certificate(now, certificate, true, fx);
  state.left_by_skip.reset();
  for (const Vote& vote : recovered.own_votes) intake.absorb_own_vote(now, vote, fx);
  restore_bodies(recovered.bodies, fx);
  restore_proposal(now);
}

void Consensus::Parts::restore_bodies(const std::vector<SharedBytes>& bodies, Effects& fx) {
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

void Consensus::Parts::restore_proposal(Now now) {
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

void Consensus::Parts::release(Now now, const Vote& vote, Effects& fx) {
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

bool Consensus::Parts::apply_rules(Now now, Effects& fx) {
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

void Consensus::Parts::settle(Now now, Effects& fx) {
  last_turn = now.mono;
  for (int round = 0; apply_rules(now, fx); ++round) PVC_CHECK(round < settle_rounds_max);
  chain.fetch(now, fx);
  repair.step(now, fx);
  state.invariants();
}

MonoTime Consensus::Parts::view_deadline() const {
  // Only times still ahead: what is past has been acted on, or waits for something else than time.
  MonoTime next = kNever;
  const auto consider = [&](MonoTime at) {
    if (at > last_turn) next = std::min(next, at);
  };
  if (!state.votes_allowed()) return kNever;
  if (state.safety.is_above_guard(state.view, 2)) consider(state.pacemaker.deadline(state.final.view));
  if (state.is_leader() && state.safety.is_above_guard(state.view, 1)) {
    for (const Condition condition : {Condition::transactions, Condition::unfinished, Condition::heartbeat})
      consider(state.pacemaker.base(condition));
  }
  const auto proposal = state.proposals.find(state.view);
  if (proposal != state.proposals.end()) consider(proposal->second.timely_at);
  return next;
}

// ---- the public face ----

Consensus::Consensus(const Options& options, const crypto::format::Genesis& genesis, std::optional<AuthorityIndex> me,
                     const Roster& roster, const Mempool& mempool, TicketSource tickets, CorrelationSource correlations)
    : parts_(std::make_unique<Parts>(options, genesis, me, roster, mempool, tickets, correlations)) {}

Consensus::~Consensus() = default;

void Consensus::on_start(Now now, const Recovered& recovered, Effects& fx) {
  PVC_CHECK(!parts_->state.started);
  parts_->state.started = true;
  parts_->restore(now, recovered, fx);
  parts_->settle(now, fx);
}

void Consensus::on_tick(Now now, Effects& fx) { parts_->settle(now, fx); }

MonoTime Consensus::next_deadline() const {
  return std::min({parts_->view_deadline(), parts_->chain.next_deadline(), parts_->repair.next_deadline()});
}

void Consensus::on_peer_ready(Now now, ConnId conn, Effects& fx) {
  parts_->repair.on_peer_ready(now, conn, fx);
  parts_->settle(now, fx);
}

void Consensus::on_peer_gone(Now now, ConnId conn, Effects& fx) {
  parts_->repair.on_peer_gone(conn);
  parts_->chain.on_peer_gone(conn);
  parts_->settle(now, fx);
}

void Consensus::on_message(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  parts_->intake.on_message(now, conn, message, fx);
  parts_->settle(now, fx);
}

void Consensus::on_verified(Now now, Ticket ticket, const std::vector<bool>& valid, Effects& fx) {
  parts_->intake.on_verified(now, ticket, valid, fx);
  parts_->settle(now, fx);
}

void Consensus::on_block_checked(Now now, Ticket ticket, const BlockVerdict& verdict, Effects& fx) {
  parts_->chain.on_block_checked(ticket, verdict, fx);
  parts_->settle(now, fx);
}

void Consensus::on_batch_opened(Now now, Ticket ticket, const std::optional<OpenedBatch>& batch, Effects& fx) {
  parts_->chain.on_batch_opened(ticket, batch, fx);
  parts_->settle(now, fx);
}

void Consensus::on_vote_signed(Now now, Ticket ticket, const std::optional<Signature>& signature, Effects& fx) {
  if (const auto vote = parts_->voter.on_vote_signed(ticket, signature, fx)) parts_->release(now, *vote, fx);
  parts_->settle(now, fx);
}

void Consensus::on_committed(Now now, Height height, Effects& fx) {
  parts_->chain.on_committed(height, fx);
  parts_->settle(now, fx);
}

void Consensus::on_work_changed(Now now, Effects& fx) { parts_->settle(now, fx); }

void Consensus::on_synced(Now now, const crypto::format::BlockHeader& tip, const BlockId& tip_id,
                          const crypto::merkle::Frontier& history, const std::optional<Certificate>& certificate, Effects& fx) {
  PVC_CHECK(history.size == tip.height.value() + 1);
  parts_->chain.on_synced(ChainEnd{tip, tip_id, history}, certificate, fx);
  parts_->intake.enter(now, parts_->state.final.view.next());
  parts_->repair.on_final(now, fx);
  parts_->settle(now, fx);
}

void Consensus::halt() { parts_->state.halted = true; }

// ---- queries ----

Mode Consensus::mode() const { return parts_->state.mode(); }
View Consensus::view() const { return parts_->state.view; }
AuthorityIndex Consensus::leader() const { return parts_->state.epoch.leader(parts_->state.view); }
const Node& Consensus::last_final() const { return parts_->state.final; }
const crypto::format::Guard& Consensus::guard() const { return parts_->state.safety.guard(); }
std::optional<GuardPosition> Consensus::journal_position() const { return parts_->state.journal_position(); }
const std::optional<Certificate>& Consensus::final_certificate() const { return parts_->state.final_certificate; }
const std::optional<CertifiedHead>& Consensus::certified_ahead() const { return parts_->state.certified_ahead; }
const std::vector<CommittingBlock>& Consensus::committing() const { return parts_->state.committing; }
const EpochSet& Consensus::epoch() const { return parts_->state.epoch; }
const AuthorityConduct& Consensus::conduct_of(AuthorityIndex authority) const { return parts_->state.conduct.of(authority); }
bool Consensus::is_away(AuthorityIndex authority) const { return parts_->repair.is_away(authority, parts_->last_turn); }
const RejectCounters& Consensus::rejects() const { return parts_->state.rejects; }

SharedBytes Consensus::held_block(const BlockId& id) const {
  const TreeBlock* block = parts_->state.tree.find(id);
  if (block != nullptr && block->state == BlockState::valid) return block->bytes;
  const auto& committing = parts_->state.committing;
  const auto at = std::ranges::find(committing, id, &CommittingBlock::id);
  return at == committing.end() ? SharedBytes() : at->bytes;
}

Status Consensus::status() const {
  const State& state = parts_->state;
  Status status = state.totals;
  status.mode = state.mode();
  status.epoch = state.epoch.epoch;
  status.view = state.view;
  status.leader = leader();
  status.me = state.epoch.me;
  status.authority_count = static_cast<std::uint16_t>(state.epoch.count);
  status.quorum = static_cast<std::uint16_t>(state.epoch.quorum);
  status.final = state.final;
  status.top_notarised = state.top_notarised();
  status.guard_view = state.safety.guard().view;
  status.guard_step = state.safety.guard().step;
  status.blocks_held = state.tree.size();
  status.votes_held = state.votes.size();
  return status;
}

}  // namespace provchain::core::consensus
