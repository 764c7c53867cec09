// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/intake.hpp"

#include <algorithm>
#include <string>

#include "base/check.hpp"
#include "crypto/format/block_header.hpp"

namespace provchain::core::consensus {

using crypto::format::BlockHeader;
using crypto::format::Certificate;
using crypto::format::Contradiction;
using crypto::format::Vote;
using crypto::format::VoteKind;

// ---- messages ----

void Intake::on_message(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  switch (message.kind) {
    case wire::MessageKind::vote:
      return on_vote(now, conn, message, fx);
    case wire::MessageKind::proposal:
      return on_proposal(now, conn, message, fx);
    case wire::MessageKind::certificate:
      return on_certificate_bytes(now, conn, message.payload.view(), fx);
    case wire::MessageKind::view_status:
      return on_status(now, conn, message, fx);
    case wire::MessageKind::get_certificates:
      return repair_.on_get_certificates(now, conn, message, fx);
    case wire::MessageKind::certificates:
      return on_certificates(now, conn, message, fx);
    case wire::MessageKind::batch:
      return chain_.on_batch(conn, message, fx);
    case wire::MessageKind::error:
      return on_error(conn, message, fx);
    case wire::MessageKind::hello:
    case wire::MessageKind::ping:
    case wire::MessageKind::pong:
    case wire::MessageKind::disconnect:
    case wire::MessageKind::get_epochs:
    case wire::MessageKind::epochs:
    case wire::MessageKind::tx_announce:
    case wire::MessageKind::get_transactions:
    case wire::MessageKind::transactions:
    case wire::MessageKind::get_status:
    case wire::MessageKind::status:
    case wire::MessageKind::get_headers:
    case wire::MessageKind::headers:
    case wire::MessageKind::get_batch:
      break;
  }
  state_.reject(Reject::unsolicited);
}

bool Intake::is_in_window(View view) const {
  const std::uint64_t number = view.value();
  if (number + limits::vote_window_views_behind < state_.final.view.value()) return false;
  if (number + VoteSet::window_views < state_.view.value()) return false;
  return number <= state_.view.value() + limits::vote_window_views_ahead;
}

std::optional<Reject> Intake::vote_fault(ConnId conn, const Vote& vote) const {
  const auto sender = state_.roster.authority_of(conn);
  if (!sender) return Reject::not_an_authority;
  if (vote.ballot.epoch != state_.epoch.epoch) return Reject::wrong_epoch;
  if (!state_.epoch.contains(vote.signer)) return Reject::unknown_signer;
  // A vote of this node comes back only to show it that its journal has been rolled back, or that another instance runs.
  if (vote.signer == state_.epoch.me) return is_from_another_instance(vote) ? std::nullopt : std::optional(Reject::duplicate);
  // Votes travel only from their signers, and lost ones are repaired by them; passing on others' is nobody's business.
  if (*sender != vote.signer) return Reject::foreign_vote;
  if (!is_in_window(vote.ballot.view)) return Reject::outside_window;
  return std::nullopt;
}

void Intake::on_vote(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  const auto vote = crypto::format::decode_vote(message.payload.view());
  if (!vote || !is_well_formed(vote->ballot)) return state_.refuse_peer(conn, Reject::malformed, fx);
  if (const auto fault = vote_fault(conn, *vote)) return state_.reject(*fault);
  if (vote->ballot.kind == VoteKind::notarize && vote->signer != state_.epoch.me)
    state_.conduct.on_notarize(vote->ballot.view, vote->signer, now.mono);
  switch (state_.votes.judge(*vote)) {
    case VoteSet::Judgement::known:
      return state_.reject(Reject::duplicate);
    case VoteSet::Judgement::proven:
      return state_.reject(Reject::equivocation);
    case VoteSet::Judgement::fresh:
    case VoteSet::Judgement::conflicting:
      break;
  }
  submit(now, conn, ReceivedVote{*vote}, false, fx);
}

bool Intake::is_news(const Certificate& certificate) const {
  if (certificate.epoch != state_.epoch.epoch) return false;
  // After a catch-up that was broken off the final block may be here without what proves it.
  if (state_.lacks_final_certificate() && certificate.kind == VoteKind::finalize && certificate.view == state_.final.view)
    return certificate.block_id == state_.final.block_id;
  if (state_.excludes_final(certificate)) return !state_.halted;
  if (certificate.view <= state_.final.view) return false;
  const HeldCertificate* held = state_.book.find(certificate.kind, certificate.view);
  if (certificate.kind != VoteKind::nullify) return held == nullptr || node_of(held->certificate) != node_of(certificate);
  held = state_.book.skip_over(certificate.view);
  return held == nullptr || covered_since(held->certificate) > covered_since(certificate);
}

void Intake::on_certificate_bytes(Now now, ConnId conn, Bytes bytes, Effects& fx) {
  // Only the authorities of its own epoch say what a certificate looks like.
  if (const auto epoch = crypto::format::epoch_of_certificate(bytes); epoch && *epoch != state_.epoch.epoch)
    return state_.reject(Reject::wrong_epoch);
  const auto certificate = crypto::format::decode_certificate(bytes, state_.epoch.count);
  if (!certificate) return state_.refuse_peer(conn, Reject::malformed, fx);
  // Finality is for everybody; what leads up to it goes from authority to authority.
  if (certificate->kind != VoteKind::finalize && !state_.roster.authority_of(conn))
    return state_.reject(Reject::not_an_authority);
  if (!is_news(*certificate)) return state_.reject(Reject::duplicate);
  submit(now, conn, ReceivedCertificate{*certificate}, false, fx);
}

void Intake::on_certificates(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  if (!repair_.take_answer(conn, message.corr)) return state_.reject(Reject::unsolicited);
  const auto list = wire::parse_certificates(message.payload.view());
  if (!list) return state_.refuse_peer(conn, Reject::malformed, fx);
  for (const Bytes bytes : *list) on_certificate_bytes(now, conn, bytes, fx);
}

std::optional<View> Intake::ingest_justification(Now now, ConnId conn, const wire::ProposalView& view, bool is_from_leader,
                                                 Effects& fx) {
  std::vector<Bytes> all;
  if (!view.finality_certificate.empty()) all.push_back(view.finality_certificate);
  if (!view.parent_certificate.empty()) all.push_back(view.parent_certificate);
  for (const Bytes skip : view.skip_certificates) all.push_back(skip);
  std::vector<Certificate> certificates;
  View leads_into = state_.view;
  for (const Bytes bytes : all) {
    auto certificate = crypto::format::decode_certificate(bytes, state_.epoch.count);
    if (!certificate) return std::nullopt;
    if (certificate->view.value() < UINT64_MAX) leads_into = std::max(leads_into, certificate->view.next());
    certificates.push_back(*std::move(certificate));
  }
  for (Certificate& certificate : certificates)
    if (is_news(certificate)) submit(now, conn, ReceivedCertificate{std::move(certificate)}, is_from_leader, fx);
  return leads_into;
}

std::optional<Reject> Intake::proposal_fault(const Vote& vote, const BlockHeader& header, const BlockId& id,
                                             View view_max) const {
  if (vote.ballot.kind != VoteKind::notarize) return Reject::wrong_header;
  if (vote.signer != state_.epoch.leader(vote.ballot.view)) return Reject::wrong_leader;
  if (vote.ballot.view <= state_.final.view) return Reject::own_view_passed;
  // A proposal of a view just left still brings the body that its notarisation needs.
  const std::uint64_t ahead = limits::vote_window_views_ahead;
  if (vote.ballot.view.value() + ahead < state_.view.value()) return Reject::own_view_passed;
  if (vote.ballot.view.value() > view_max.value() + ahead) return Reject::outside_window;
  if (id != vote.ballot.block_id || header.height != vote.ballot.height || header.view > vote.ballot.view)
    return Reject::wrong_header;
  if (header.body_bytes > state_.epoch.parameters.max_block_bytes) return Reject::wrong_header;
  return std::nullopt;
}

void Intake::on_proposal(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  if (!state_.roster.authority_of(conn)) return state_.reject(Reject::not_an_authority);
  const auto view = wire::parse_proposal(message.payload.view());
  if (!view) return state_.refuse_peer(conn, Reject::malformed, fx);
  const auto vote = crypto::format::decode_vote(view->vote);
  const auto header = crypto::format::decode_block_header(view->header);
  if (!vote || !header || !is_well_formed(vote->ballot)) return state_.refuse_peer(conn, Reject::malformed, fx);
  if (vote->ballot.epoch != state_.epoch.epoch) return state_.reject(Reject::wrong_epoch);
  const bool is_from_leader =
      state_.roster.authority_of(conn) == vote->signer && state_.epoch.leader(vote->ballot.view) == vote->signer;
  const auto leads_into = ingest_justification(now, conn, *view, is_from_leader, fx);
  if (!leads_into) return state_.refuse_peer(conn, Reject::malformed, fx);
  const BlockId id = crypto::format::block_id_of(view->header);
  if (const auto fault = proposal_fault(*vote, *header, id, *leads_into)) return state_.reject(*fault);

  ReceivedProposal proposal{*vote, *header, SharedBytes(), now.mono, now.wall};
  if (view->form == wire::BodyForm::full) proposal.block = wire::part_of(message.payload, view->block);
  const auto judgement = state_.votes.judge(*vote);
  const TreeBlock* block = state_.tree.find(id);
  const bool brings_body = !proposal.block.empty() && (block == nullptr || block->state == BlockState::header);
  const bool is_held = state_.proposals.contains(vote->ballot.view) || vote->ballot.view < state_.view;
  if (judgement == VoteSet::Judgement::proven) return state_.reject(Reject::equivocation);
  if (judgement == VoteSet::Judgement::known && is_held && !brings_body) return state_.reject(Reject::duplicate);
  submit(now, conn, std::move(proposal), is_from_leader, fx);
}

void Intake::on_status(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  const auto status = wire::parse_view_status(message.payload.view());
  if (!status) return state_.refuse_peer(conn, Reject::malformed, fx);
  repair_.on_status(now, conn, *status, fx);
}

void Intake::on_error(ConnId conn, const wire::InMessage& message, Effects& fx) {
  const auto notice = wire::parse_error(message.payload.view());
  if (!notice) return state_.refuse_peer(conn, Reject::malformed, fx);
  if (!repair_.take_answer(conn, notice->corr)) chain_.on_request_refused(conn, notice->corr);
}

// ---- verification ----

void Intake::submit(Now now, ConnId conn, Received item, bool is_vital, Effects& fx) {
  if (!is_vital && verifier_.is_enough_pending(conn, item)) return state_.reject(Reject::duplicate);
  std::optional<Verifier::Done> done;
  const Verifier::Sender sender{conn, state_.roster.authority_of(conn).has_value()};
  if (!verifier_.submit(sender, std::move(item), state_.votes, state_.tickets, done, fx))
    return state_.reject(Reject::too_many_pending);
  if (done) absorb(now, std::move(*done), fx);
}

void Intake::on_verified(Now now, Ticket ticket, const std::vector<bool>& valid, Effects& fx) {
  auto done = verifier_.on_verified(ticket, valid);
  if (!done) return state_.reject(Reject::unknown_ticket);
  if (!done->valid) return state_.refuse_peer(done->conn, Reject::bad_signature, fx);
  absorb(now, std::move(*done), fx);
}

void Intake::absorb(Now now, Verifier::Done done, Effects& fx) {
  if (const auto* vote = std::get_if<ReceivedVote>(&done.item)) return absorb_vote(now, vote->vote, fx);
  if (const auto* received = std::get_if<ReceivedCertificate>(&done.item))
    return absorb_certificate(now, received->certificate, false, fx);
  absorb_proposal(now, done.conn, std::get<ReceivedProposal>(done.item), fx);
}

// ---- verified things ----

bool Intake::is_from_another_instance(const Vote& vote) const {
  if (vote.signer != state_.epoch.me || state_.quarantined) return false;
  const auto& guard = state_.safety.guard();
  const GuardPosition position = position_of(vote.ballot);
  const GuardPosition own{guard.epoch, guard.view, guard.step};
  if (position > own) return true;
  if (position == own && encode_statement(state_.epoch.context, vote.ballot) != guard.last) return true;
  return state_.votes.judge(vote) == VoteSet::Judgement::conflicting;
}

bool Intake::exposes_another_instance(const Vote& vote, Effects& fx) {
  if (!is_from_another_instance(vote)) return false;
  state_.quarantined = true;
  state_.alarm(AlarmKind::duplicate_instance,
               "a vote of view " + std::to_string(vote.ballot.view.value()) +
                   " carries this node's signature and is not in its journal: the data was rolled back, or another instance runs",
               fx);
  return true;
}

void Intake::store(const Vote& vote, Effects& fx) {
  if (exposes_another_instance(vote, fx)) return;
  const VoteSet::Added added = state_.votes.add(vote);
  if (!added.contradicts) return;
  const auto evidence = make_evidence(state_.epoch.context, vote, *added.contradicts);
  PVC_CHECK(evidence.has_value());
  const Contradiction contradiction = contradiction_of(*evidence);
  state_.reject(Reject::equivocation);
  state_.alarm(AlarmKind::equivocation,
               "authority " + std::to_string(vote.signer.value()) + " signed two statements that exclude each other (E" +
                   std::to_string(static_cast<int>(contradiction)) + ") in view " + std::to_string(vote.ballot.view.value()),
               fx);
  // Nobody accuses itself: what carries this node's own signature is an alarm.
  if (vote.signer != state_.epoch.me) fx.push_back(PublishEvidence{*evidence});
  // A leader that proposes twice cannot be agreed on: its view is over.
  const bool by_leader = vote.signer == state_.epoch.leader(state_.view) && vote.ballot.view == state_.view;
  if (by_leader && contradiction == Contradiction::two_notarisations) state_.pacemaker.expire();
}

void Intake::absorb_vote(Now now, const Vote& vote, Effects& fx) {
  const bool is_own = vote.signer == state_.epoch.me;
  if (is_own && exposes_another_instance(vote, fx)) return;
  if (!is_in_window(vote.ballot.view)) return state_.reject(Reject::outside_window);
  store(vote, fx);
  if (!is_own) repair_.on_vote(now, vote);
  const bool by_leader = vote.ballot.view == state_.view && vote.signer == state_.epoch.leader(state_.view);
  if (by_leader && vote.ballot.kind == VoteKind::nullify) state_.pacemaker.expire();
  assemble(now, vote.ballot.kind, vote.ballot.view, fx);
}

void Intake::absorb_own_vote(Now now, const Vote& vote, Effects& fx) {
  if (!is_in_window(vote.ballot.view)) return;
  if (vote.ballot.kind == VoteKind::notarize) state_.conduct.on_notarize(vote.ballot.view, vote.signer, now.mono);
  (void)state_.votes.add(vote);
  assemble(now, vote.ballot.kind, vote.ballot.view, fx);
}

void Intake::assemble(Now now, VoteKind kind, View view, Effects& fx) {
  if (view <= state_.final.view || state_.votes.count(kind, view) < state_.epoch.quorum) return;
  if (kind != VoteKind::nullify && state_.book.find(kind, view) != nullptr) return;
  const auto certificate = state_.votes.assemble(kind, view);
  if (certificate && is_news(*certificate)) absorb_certificate(now, *certificate, false, fx);
}

void Intake::absorb_signers(const Certificate& certificate, Effects& fx) {
  const bool in_window = is_in_window(certificate.view);
  for (const auto& signer : certificate.signers) {
    const Vote vote{ballot_of(certificate, signer), signer.authority, signer.signature};
    if (in_window)
      store(vote, fx);
    else if (signer.authority == state_.epoch.me)
      (void)exposes_another_instance(vote, fx);
  }
}

void Intake::absorb_certificate(Now now, const Certificate& certificate, bool journalled, Effects& fx) {
  if (!is_news(certificate) || certificate.view.value() == UINT64_MAX) return state_.reject(Reject::duplicate);
  absorb_signers(certificate, fx);
  if (state_.excludes_final(certificate)) return state_.halt_beside(certificate, fx);
  if (!state_.book.add(certificate, journalled)) return;
  repair_.on_certificate(now, certificate.kind, certificate.view);
  if (certificate.kind == VoteKind::nullify) {
    ++state_.totals.views_nullified;
    if (certificate.view >= state_.view) state_.left_by_skip = certificate.view;
  }
  enter(now, certificate.view.next());
  // Its votes and those held already may make a better one than the sender had.
  if (certificate.kind == VoteKind::nullify) assemble(now, VoteKind::nullify, certificate.view, fx);
}

void Intake::enter(Now now, View view) {
  if (view <= state_.view) return;
  state_.view = view;
  ++state_.totals.views_entered;
  state_.pacemaker.enter(now.mono, view);
  state_.proposals.erase(state_.proposals.begin(), state_.proposals.lower_bound(view));
  if (view.value() > VoteSet::window_views) state_.votes.forget_below(View(view.value() - VoteSet::window_views));
  if (state_.proposals.contains(view)) state_.pacemaker.on_proposal(now.mono);
}

void Intake::absorb_proposal(Now now, ConnId conn, const ReceivedProposal& received, Effects& fx) {
  const Vote& vote = received.vote;
  const View view = vote.ballot.view;
  absorb_vote(now, vote, fx);
  if (proposal_fault(vote, received.header, vote.ballot.block_id, state_.view)) return state_.reject(Reject::own_view_passed);
  const Vote* first = state_.votes.find(VoteKind::notarize, view, vote.signer);
  if (first == nullptr || first->ballot != vote.ballot) return state_.reject(Reject::equivocation);
  if (!state_.tree.is_valid(vote.ballot.block_id) && state_.tree.add(vote.ballot.block_id, received.header, view) == nullptr)
    return state_.reject(Reject::outside_window);
  if (!received.block.empty()) chain_.offer_body(vote.ballot.block_id, received.block, conn, fx);
  if (view < state_.view || state_.proposals.contains(view)) return;
  Proposal proposal;
  proposal.ballot = vote.ballot;
  proposal.vote = vote;
  proposal.header = received.header;
  proposal.arrived = received.arrived;
  proposal.arrived_wall = received.arrived_wall;
  state_.proposals.emplace(view, proposal);
  state_.conduct.on_proposal(view, received.arrived);
  if (view == state_.view) state_.pacemaker.on_proposal(std::max(received.arrived, state_.pacemaker.entered()));
}

}  // namespace provchain::core::consensus
