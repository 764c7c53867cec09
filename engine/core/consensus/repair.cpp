// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/repair.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace provchain::core::consensus {

using crypto::format::Vote;
using crypto::format::VoteKind;

// ---- what others know ----

void Repair::on_start(MonoTime now) {
  started_ = now;
  last_status_ = now;
}

void Repair::inherit(const Repair& earlier) {
  started_ = earlier.started_;
  for (const auto& [authority, heard] : earlier.heard_) {
    const PublicKey& key = earlier.state_.epoch.authorities[authority.value()].key;
    if (const auto index = crypto::format::find_authority(state_.epoch.authorities, key)) heard_[*index] = heard;
  }
}

void Repair::on_peer_ready(Now now, ConnId conn, Effects& fx) {
  Peer peer;
  peer.since = now.mono;
  peer.window_start = now.mono;
  peers_.insert_or_assign(conn, peer);
  if (const auto authority = state_.roster.authority_of(conn)) heard_[*authority] = now.mono;
  fx.push_back(Send{conn, status_message(conn)});
}

void Repair::on_peer_gone(ConnId conn) { peers_.erase(conn); }

void Repair::on_foreign_epoch(Now now, ConnId conn, Peer& peer, Epoch epoch, Effects& fx) {
  state_.reject(Reject::wrong_epoch);
  if (now.mono - peer.told_epoch < echo_delay()) return;
  peer.told_epoch = now.mono;
  // One epoch behind: the certificate that ended it is all the peer needs. Further behind it catches up by height.
  if (epoch.next() == state_.epoch.epoch && state_.ended_before)
    (void)send_certificate(now, conn, peer, *state_.ended_before, fx);
  // Ahead: it learns from this STATUS what to send.
  if (epoch > state_.epoch.epoch) (void)send(now, conn, peer, status_message(conn), fx);
}

void Repair::on_status(Now now, ConnId conn, const wire::ViewStatus& status, Effects& fx) {
  const auto at = peers_.find(conn);
  if (at == peers_.end()) return state_.reject(Reject::unsolicited);
  Peer& peer = at->second;
  if (status.epoch != state_.epoch.epoch) return on_foreign_epoch(now, conn, peer, status.epoch, fx);
  peer.status = status;
  if (peer.answer_at == kNever) {
    peer.answer_at = now.mono + echo_delay();
    peer.waiting = status;
  }
  const auto authority = state_.roster.authority_of(conn);
  if (!authority) return;
  heard_[*authority] = now.mono;
  const Vote* highest = state_.votes.highest_of(*authority);
  const GuardPosition stated{status.epoch, status.own_view, status.own_step};
  peer.forgot_vote = highest != nullptr && position_of(highest->ballot) > stated;
  // A claim to hold a higher vote may be a lie: it only does not count, until the vote itself comes.
  const crypto::format::Guard& guard = state_.safety.guard();
  const GuardPosition seen{status.epoch, status.seen_view, status.seen_step};
  // Who has seen no vote of this epoch vouches too: the guard of one who has not voted in it yet stands in an earlier one.
  const bool is_remembered = status.seen_view == View{} || seen <= GuardPosition{guard.epoch, guard.view, guard.step};
  if (*authority != state_.epoch.me && is_remembered) state_.vouching.insert(*authority);
}

void Repair::on_vote(Now now, const Vote& vote) {
  View& proven = proven_view_[vote.signer];
  // FINALIZE(w) says that its signer holds N(w), and so has left w.
  const View entered = vote.ballot.kind == VoteKind::finalize ? vote.ballot.view.next() : vote.ballot.view;
  proven = std::max(proven, entered);
  heard_[vote.signer] = now.mono;
}

bool Repair::is_away(AuthorityIndex authority, MonoTime now) const {
  if (authority == state_.epoch.me || state_.roster.conn_of(authority)) return false;
  const Timing& timing = state_.options.timing;
  if (now - started_ < timing.leader_away_after) return false;
  const auto latest = heard_.find(authority);
  if (latest != heard_.end() && now - latest->second < timing.leader_away_after) return false;
  // Who is there says so in every STATUS period, however short the leader's time is.
  const Duration present_within = std::max(timing.leader_away_after, timing.status_idle * 3);
  std::size_t present = state_.epoch.me ? 1 : 0;
  for (const auto& [other, heard] : heard_)
    if (other != authority && now - heard < present_within) ++present;
  return present >= state_.epoch.quorum;
}

bool Repair::is_known_to(AuthorityIndex authority, const Peer& peer, const EchoKey& key) const {
  const auto& [view, kind] = key;
  if (peer.status && peer.status->final_view >= view) return true;
  if (kind == VoteKind::finalize) return false;
  if (peer.status && peer.status->view > view) return true;
  const auto proven = proven_view_.find(authority);
  return proven != proven_view_.end() && proven->second > view;
}

// ---- what this node says ----

wire::ViewStatus Repair::own_status() const {
  wire::ViewStatus status;
  status.epoch = state_.epoch.epoch;
  status.view = state_.view;
  status.final_view = state_.final.view;
  status.final_height = state_.final.height;
  status.final_id = state_.final.block_id;
  status.top_notarized = state_.top_notarised();
  const crypto::format::Guard& guard = state_.safety.guard();
  if (guard.epoch == state_.epoch.epoch) {
    status.own_view = guard.view;
    status.own_step = static_cast<std::uint8_t>(guard.step);
  }
  const auto proposal = state_.proposals.find(state_.view);
  if (proposal != state_.proposals.end() && proposal->second.vote) {
    const BlockId& id = proposal->second.ballot.block_id;
    const TreeBlock* block = state_.tree.find(id);
    status.have_proposal = id == state_.tree.end().id || (block != nullptr && block->state != BlockState::header);
  }
  status.voter = state_.votes_allowed();
  const auto count = [&](VoteKind kind) { return static_cast<std::uint16_t>(state_.votes.count(kind, state_.view)); };
  status.notarize_votes = count(VoteKind::notarize);
  status.nullify_votes = count(VoteKind::nullify);
  status.finalize_votes = count(VoteKind::finalize);
  return status;
}

wire::OutMessage Repair::status_message(ConnId conn) {
  wire::ViewStatus status = own_status();
  const auto authority = state_.roster.authority_of(conn);
  const Vote* seen = authority ? state_.votes.highest_of(*authority) : nullptr;
  if (seen != nullptr) {
    const GuardPosition position = position_of(seen->ballot);
    status.seen_view = position.view;
    status.seen_step = static_cast<std::uint8_t>(position.step);
  }
  wire::OutMessage message = wire::one_way(wire::MessageKind::view_status, wire::build_view_status(status));
  message.supersede_key = static_cast<std::uint64_t>(wire::MessageKind::view_status);
  message.supersede_rank = ++status_count_;
  return message;
}

void Repair::send_status(Now now, Effects& fx) {
  last_status_ = now.mono;
  for (const auto& [conn, peer] : peers_) fx.push_back(Send{conn, status_message(conn)});
}

bool Repair::is_busy() const { return state_.pacemaker.base() != kNever || state_.certified_ahead.has_value(); }

void Repair::on_own_vote(Now now, const Vote& vote, Effects& fx) {
  const View kept_from(state_.view.value() > resent_views ? state_.view.value() - resent_views : 0);
  own_votes_sent_.erase(own_votes_sent_.begin(), own_votes_sent_.lower_bound({kept_from, VoteKind::notarize}));
  own_votes_sent_[{vote.ballot.view, vote.ballot.kind}] = now.mono;
  const auto bytes = encode_vote(vote);
  const wire::OutMessage message = wire::one_way(wire::MessageKind::vote, SharedBytes::copy_of(bytes));
  for (const ConnId conn : state_.other_authorities()) fx.push_back(Send{conn, message});
}

void Repair::on_own_proposal(Now now, const Proposal& proposal, const SharedBytes& message, Effects& fx) {
  const std::vector<ByteVector> overflow = proposer_.overflow_of(proposal);
  for (const ConnId conn : state_.other_authorities()) {
    for (const ByteVector& bytes : overflow)
      fx.push_back(Send{conn, wire::one_way(wire::MessageKind::certificate, SharedBytes::copy_of(bytes))});
    fx.push_back(Send{conn, wire::one_way(wire::MessageKind::proposal, message)});
    const auto peer = peers_.find(conn);
    if (peer != peers_.end()) peer->second.proposal_sent = {proposal.ballot.view, now.mono};
  }
}

void Repair::on_certificate(Now now, VoteKind kind, View view) { echoes_.emplace(EchoKey{view, kind}, now.mono + echo_delay()); }

void Repair::on_final(Now now, Effects& fx) {
  send_status(now, fx);
  const auto bytes = final_bytes();
  if (!bytes) return;
  // Peers that are no authorities see no votes: the certificate is all they learn finality from.
  for (auto& [conn, peer] : peers_)
    if (!state_.roster.authority_of(conn)) (void)send_certificate(now, conn, peer, *bytes, fx);
}

// ---- sending within the budget ----

bool Repair::send(Now now, ConnId conn, Peer& peer, const wire::OutMessage& message, Effects& fx) {
  if (now.mono - peer.window_start >= Duration::seconds(1)) {
    peer.window_start = now.mono;
    peer.window_bytes = 0;
  }
  if (peer.window_bytes + message.payload.size() > budget_bytes) return false;
  peer.window_bytes += message.payload.size();
  fx.push_back(Send{conn, message});
  return true;
}

bool Repair::send_certificate(Now now, ConnId conn, Peer& peer, const ByteVector& bytes, Effects& fx) {
  return send(now, conn, peer, wire::one_way(wire::MessageKind::certificate, SharedBytes::copy_of(bytes)), fx);
}

std::optional<ByteVector> Repair::final_bytes() const {
  if (!state_.final_certificate) return std::nullopt;
  return encode_certificate(*state_.final_certificate, state_.epoch.count);
}

std::optional<ByteVector> Repair::bytes_for(const wire::CertificateKey& key) const {
  // The latest finality certificate answers for every earlier one.
  if (key.view <= state_.final.view) return key.kind == VoteKind::finalize ? final_bytes() : std::nullopt;
  const HeldCertificate* held = nullptr;
  if (key.kind == VoteKind::nullify) held = state_.book.skip_over(key.view);
  if (key.kind == VoteKind::notarize) held = state_.book.proof_of_node(key.view);
  if (key.kind == VoteKind::finalize) held = state_.book.find(key.kind, key.view);
  if (held == nullptr) return std::nullopt;
  return held->bytes;
}

// ---- echo ----

void Repair::echo(Now now, const EchoKey& key, Effects& fx) {
  const auto& [view, kind] = key;
  // A skip that does not lead into the current view has been overtaken by another certificate, whose own echo follows.
  if (kind == VoteKind::nullify && view.next() < state_.view) return;
  const auto bytes = bytes_for(wire::CertificateKey{kind, view});
  if (!bytes) return;
  for (auto& [conn, peer] : peers_) {
    const auto authority = state_.roster.authority_of(conn);
    if (!authority || is_known_to(*authority, peer, key)) continue;
    if (send_certificate(now, conn, peer, *bytes, fx)) ++state_.totals.certificates_echoed;
  }
}

// ---- time ----

void Repair::step(Now now, Effects& fx) {
  const Duration period = is_busy() ? state_.options.timing.status_busy : state_.options.timing.status_idle;
  if (now.mono - last_status_ >= period) {
    send_status(now, fx);
    ask_for_gap(now, fx);
  }
  for (auto at = echoes_.begin(); at != echoes_.end();) {
    if (at->second > now.mono) {
      ++at;
      continue;
    }
    const EchoKey key = at->first;
    at = echoes_.erase(at);
    echo(now, key, fx);
  }
  for (auto& [conn, peer] : peers_) {
    if (peer.answer_at > now.mono) continue;
    peer.answer_at = kNever;
    answer(now, conn, peer, fx);
  }
}

MonoTime Repair::next_deadline() const {
  const Duration period = is_busy() ? state_.options.timing.status_busy : state_.options.timing.status_idle;
  MonoTime next = last_status_ + period;
  for (const auto& [key, due] : echoes_) next = std::min(next, due);
  for (const auto& [conn, peer] : peers_) next = std::min(next, peer.answer_at);
  return next;
}

}  // namespace provchain::core::consensus
