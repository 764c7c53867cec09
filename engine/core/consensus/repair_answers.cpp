// SPDX-License-Identifier: Apache-2.0
// What a STATUS leads to: the answers to a peer that knows less, the questions to one that knows more.
#include <algorithm>

#include "engine/core/consensus/repair.hpp"

namespace provchain::core::consensus {

using crypto::format::Vote;
using crypto::format::VoteKind;

// ---- answers ----

void Repair::answer(Now now, ConnId conn, Peer& peer, Effects& fx) {
  if (!peer.status) return;
  answer_certificates(now, conn, peer, fx);
  if (state_.roster.authority_of(conn)) {
    answer_votes(now, conn, peer, fx);
    answer_forgotten_vote(conn, peer, fx);
    answer_proposal(now, conn, peer, fx);
  }
  ask(now, conn, peer, fx);
}

void Repair::answer_certificates(Now now, ConnId conn, Peer& peer, Effects& fx) {
  const wire::ViewStatus& theirs = *peer.status;
  // What this node has learned just now is left to its echo: the peer may be learning it too.
  const auto is_fresh = [&](VoteKind kind, View view) { return echoes_.contains(EchoKey{view, kind}); };
  // Who has another block final in this view or at this height is shown the certificate too: it contradicts the peer's own.
  const bool has_another = (theirs.final_view == state_.final.view || theirs.final_height == state_.final.height) &&
                           theirs.final_id != state_.final.block_id;
  // On one chain the lower block has the lower view: whoever is behind by one measure only stands on another chain.
  const bool is_behind = theirs.final_view < state_.final.view || theirs.final_height < state_.final.height;
  const bool lacks_it = is_behind || has_another;
  if (lacks_it && !is_fresh(VoteKind::finalize, state_.final.view)) {
    const auto bytes = final_bytes();
    if (bytes) (void)send_certificate(now, conn, peer, *bytes, fx);
  }
  if (!state_.roster.authority_of(conn)) return;  // who does not vote needs nothing but finality
  const View top = state_.top_notarised();
  if (theirs.top_notarized < top && top > state_.final.view && !is_fresh(VoteKind::notarize, top)) {
    const auto bytes = bytes_for(wire::CertificateKey{VoteKind::notarize, top});
    if (bytes) (void)send_certificate(now, conn, peer, *bytes, fx);
  }
  if (theirs.view >= state_.view || top.next() >= state_.view) return;
  const auto skips = state_.book.cover(top, state_.view);
  if (!skips) return;
  for (const HeldCertificate* skip : *skips) {
    if (is_fresh(VoteKind::nullify, skip->certificate.view)) continue;
    if (!send_certificate(now, conn, peer, skip->bytes, fx)) return;
  }
}

void Repair::answer_votes(Now now, ConnId conn, Peer& peer, Effects& fx) {
  // Votes under this node's key that it met in quarantine may be another instance's.
  if (!state_.epoch.me || state_.quarantined) return;
  const std::uint64_t recent = state_.view.value() > resent_views ? state_.view.value() - resent_views : 1;
  View view = std::max(View(recent), peer.status->final_view.next());
  for (; view <= state_.view; view = view.next()) {
    for (const VoteKind kind : {VoteKind::notarize, VoteKind::nullify, VoteKind::finalize}) {
      const Vote* vote = state_.votes.find(kind, view, *state_.epoch.me);
      if (vote == nullptr) continue;
      const auto sent = own_votes_sent_.find({view, kind});
      // What left a moment ago on this very connection is on its way.
      const bool is_on_its_way = sent != own_votes_sent_.end() && sent->second >= peer.since &&
                                 now.mono - sent->second < state_.options.timing.delta_base * 2;
      if (is_on_its_way) continue;
      const auto bytes = encode_vote(*vote);
      if (!send(now, conn, peer, wire::one_way(wire::MessageKind::vote, SharedBytes::copy_of(bytes)), fx)) return;
    }
  }
}

void Repair::answer_forgotten_vote(ConnId conn, Peer& peer, Effects& fx) {
  if (!peer.forgot_vote) return;
  const Vote* vote = state_.votes.highest_of(*state_.roster.authority_of(conn));
  const auto bytes = encode_vote(*vote);
  fx.push_back(Send{conn, wire::one_way(wire::MessageKind::vote, SharedBytes::copy_of(bytes))});
}

void Repair::answer_proposal(Now now, ConnId conn, Peer& peer, Effects& fx) {
  const wire::ViewStatus& theirs = *peer.status;
  if (theirs.view != state_.view || theirs.have_proposal) return;
  const auto held = state_.proposals.find(state_.view);
  if (held == state_.proposals.end() || !held->second.vote) return;
  const auto& [sent_view, sent_at] = peer.proposal_sent;
  if (sent_view == state_.view &&
      now.mono - sent_at < std::min(state_.options.timing.status_busy, state_.options.timing.delta_base * 2))
    return;
  // The leader at once; the others when the leader seems to have passed this peer by.
  if (!state_.is_leader() && now.mono - held->second.arrived < state_.options.timing.status_busy) return;
  const auto message = proposer_.message_of(held->second);
  if (!message) return;
  peer.proposal_sent = {state_.view, now.mono};
  fx.push_back(Send{conn, wire::one_way(wire::MessageKind::proposal, *message)});
}

// ---- questions ----

void Repair::request(Now now, ConnId conn, Peer& peer, const std::vector<wire::CertificateKey>& keys, Effects& fx) {
  wire::GetCertificates get;
  get.epoch = state_.epoch.epoch;
  get.keys = keys;
  const std::uint32_t corr = correlations_.next();
  if (send(now, conn, peer, wire::request(wire::MessageKind::get_certificates, corr, wire::build_get_certificates(get)), fx))
    peer.asked_corr = corr;
}

void Repair::ask(Now now, ConnId conn, Peer& peer, Effects& fx) {
  const wire::ViewStatus& theirs = peer.waiting;
  std::vector<wire::CertificateKey> keys;
  const bool has_later = theirs.final_view > state_.final.view;
  const bool has_same = theirs.final_view == state_.final.view && state_.lacks_final_certificate();
  if ((has_later || has_same) && state_.book.find(VoteKind::finalize, theirs.final_view) == nullptr)
    keys.push_back({VoteKind::finalize, theirs.final_view});
  if (state_.epoch.me && theirs.top_notarized > state_.top_notarised())
    keys.push_back({VoteKind::notarize, theirs.top_notarized});
  if (state_.epoch.me && theirs.view > state_.view && theirs.view.previous() > theirs.top_notarized)
    keys.push_back({VoteKind::nullify, theirs.view.previous()});
  if (!keys.empty()) request(now, conn, peer, keys, fx);
}

void Repair::ask_for_gap(Now now, Effects& fx) {
  if (!state_.epoch.me || state_.view <= state_.final.view.next() || state_.tip()) return;
  const std::optional<View> gap = state_.book.first_gap(state_.final.view, state_.view);
  if (!gap) return;
  // One authority at a time, in turn: any of those that went this way holds it.
  const std::vector<ConnId> authorities = state_.other_authorities();
  if (authorities.empty()) return;
  const auto peer = peers_.find(authorities[gap_round_++ % authorities.size()]);
  if (peer == peers_.end()) return;
  request(now, peer->first, peer->second, {{VoteKind::notarize, *gap}, {VoteKind::nullify, *gap}}, fx);
}

void Repair::on_get_certificates(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  const auto get = wire::parse_get_certificates(message.payload.view());
  if (!get) return state_.refuse_peer(conn, Reject::malformed, fx);
  const auto at = peers_.find(conn);
  if (at == peers_.end()) return;
  std::vector<ByteVector> found;
  if (get->epoch == state_.epoch.epoch) {
    for (const wire::CertificateKey& key : get->keys) {
      auto bytes = bytes_for(key);
      if (bytes && std::ranges::find(found, *bytes) == found.end()) found.push_back(std::move(*bytes));
    }
  }
  if (!found.empty()) {
    (void)send(now, conn, at->second,
               wire::answer(wire::MessageKind::certificates, message.corr, wire::build_certificates(found)), fx);
    return;
  }
  wire::ErrorNotice notice;
  notice.corr = message.corr;
  notice.code = wire::PeerReason::not_found;
  (void)send(now, conn, at->second, wire::one_way(wire::MessageKind::error, wire::build_error(notice)), fx);
}

bool Repair::take_answer(ConnId conn, std::uint32_t corr) {
  const auto at = peers_.find(conn);
  if (at == peers_.end() || corr == 0 || at->second.asked_corr != corr) return false;
  at->second.asked_corr = 0;
  return true;
}

}  // namespace provchain::core::consensus
