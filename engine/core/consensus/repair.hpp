// SPDX-License-Identifier: Apache-2.0
// Keeps the authorities' knowledge together on links that lose messages. Everybody says now and then where he stands (STATUS);
// who knows more sends what the other lacks, who knows less asks for it by exact key, both only after a moment in which it may
// still come by itself. A certificate is passed on to those authorities that have not shown it after such a moment, so that good
// times send none. Core thread only. Invariant: at most budget_bytes of repair go to one peer in one second, blocks and STATUS
// apart.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "engine/core/consensus/proposer.hpp"
#include "engine/core/consensus/state.hpp"
#include "wire/messages.hpp"

namespace provchain::core::consensus {

class Repair {
 public:
  static constexpr std::size_t budget_bytes = std::size_t{64} << 10;
  // Own votes of the current view and so many before it are sent again; older ones cannot move anybody.
  static constexpr std::uint64_t resent_views = 2;

  Repair(State& state, const Proposer& proposer, CorrelationSource& correlations)
      : state_(state), proposer_(proposer), correlations_(correlations) {}

  // ---- inputs ----
  void on_start(MonoTime now);
  // Who was heard in the epoch before was heard, whatever its index there.
  void inherit(const Repair& earlier);
  void on_peer_ready(Now now, ConnId conn, Effects& fx);
  void on_peer_gone(ConnId conn);
  void on_status(Now now, ConnId conn, const wire::ViewStatus& status, Effects& fx);
  void on_get_certificates(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  // Whether this is the answer to the latest request to the peer; it is closed then.
  [[nodiscard]] bool take_answer(ConnId conn, std::uint32_t corr);
  // A verified vote of an authority shows where it stands.
  void on_vote(Now now, const crypto::format::Vote& vote);
  void on_own_vote(Now now, const crypto::format::Vote& vote, Effects& fx);
  void on_own_proposal(Now now, const Proposal& proposal, const SharedBytes& message, Effects& fx);
  void on_certificate(Now now, crypto::format::VoteKind kind, View view);
  void on_final(Now now, Effects& fx);

  // ---- in time ----
  void step(Now now, Effects& fx);
  [[nodiscard]] MonoTime next_deadline() const;
  // The authority's connection is down and nothing came from it for leader_away_after, while a quorum was heard: what it proposed
  // would not reach this node in time. Never so where all authorities are needed for a quorum.
  [[nodiscard]] bool is_away(AuthorityIndex authority, MonoTime now) const;

 private:
  struct Peer {
    MonoTime since;                          // ready since
    std::optional<wire::ViewStatus> status;  // the latest
    wire::ViewStatus waiting;                // the one that set answer_at: what it had then has had time to arrive here
    MonoTime answer_at = kNever;             // when to look what it lacks, or what it has and this node lacks
    bool forgot_vote = false;                // by its latest STATUS its guard stands below a vote of its own that is held here
    MonoTime told_epoch{INT64_MIN / 2};      // when it was last told that this node stands in another epoch
    MonoTime window_start;
    std::size_t window_bytes = 0;
    std::uint32_t asked_corr = 0;
    std::pair<View, MonoTime> proposal_sent{};  // the latest re-sent proposal
  };
  using EchoKey = std::pair<View, crypto::format::VoteKind>;

  // The peer stands in another epoch: what brings it here, or this node there, goes out at once.
  void on_foreign_epoch(Now now, ConnId conn, Peer& peer, Epoch epoch, Effects& fx);
  [[nodiscard]] Duration echo_delay() const { return state_.options.timing.delta_base / 4; }
  [[nodiscard]] wire::ViewStatus own_status() const;
  [[nodiscard]] wire::OutMessage status_message(ConnId conn);
  void send_status(Now now, Effects& fx);
  [[nodiscard]] bool is_busy() const;
  bool send(Now now, ConnId conn, Peer& peer, const wire::OutMessage& message, Effects& fx);
  bool send_certificate(Now now, ConnId conn, Peer& peer, const ByteVector& bytes, Effects& fx);
  [[nodiscard]] std::optional<ByteVector> final_bytes() const;
  void answer(Now now, ConnId conn, Peer& peer, Effects& fx);
  void answer_certificates(Now now, ConnId conn, Peer& peer, Effects& fx);
  void answer_votes(Now now, ConnId conn, Peer& peer, Effects& fx);
  void answer_forgotten_vote(ConnId conn, Peer& peer, Effects& fx);
  void answer_proposal(Now now, ConnId conn, Peer& peer, Effects& fx);
  void ask(Now now, ConnId conn, Peer& peer, Effects& fx);
  void ask_for_gap(Now now, Effects& fx);
  void request(Now now, ConnId conn, Peer& peer, const std::vector<wire::CertificateKey>& keys, Effects& fx);
  void echo(Now now, const EchoKey& key, Effects& fx);
  [[nodiscard]] std::optional<ByteVector> bytes_for(const wire::CertificateKey& key) const;
  [[nodiscard]] bool is_known_to(AuthorityIndex authority, const Peer& peer, const EchoKey& key) const;

  State& state_;
  const Proposer& proposer_;
  CorrelationSource& correlations_;
  std::map<ConnId, Peer> peers_;
  std::map<AuthorityIndex, View> proven_view_;  // the highest view an authority's votes prove that it has entered
  std::map<AuthorityIndex, MonoTime> heard_;    // when it connected, or its latest vote or status came
  std::map<EchoKey, MonoTime> echoes_;
  std::map<EchoKey, MonoTime> own_votes_sent_;
  MonoTime started_;
  MonoTime last_status_;
  std::uint64_t gap_round_ = 0;
  std::uint64_t status_count_ = 0;
};

}  // namespace provchain::core::consensus
