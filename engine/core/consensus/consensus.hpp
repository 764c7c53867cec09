// SPDX-License-Identifier: Apache-2.0
// The agreement of the authorities on one chain of blocks: Simplex (Chan and Pass, 2023) with range nullification, re-proposals,
// timers gated by work, and strictly increasing positions of everything this node signs.
//
//   upon a valid proposal of the view's leader          notarise it
//   upon q NOTARIZE of one statement                    enter the next view; finalise it unless this node gave the view up
//   upon q FINALIZE of one statement                    commit its block and all ancestors
//   upon the view's deadline, which runs only with work nullify the view, naming the highest view this node may have finalised
//   upon q NULLIFY of one view                          enter the next view; the certificate covers every view down to the
//   greatest `since`
//
// Invariants: (1) a view is left only with a certificate of it or a higher one; (2) no vote leaves before its statement, the
// block and the certificates it relies on are durable (CastVote comes back as on_vote_signed); (3) the guard's position strictly
// increases, counted when a vote is decided; (4) only a pure function of a block and its ancestors marks a block invalid, and a
// certificate for such a block halts this node for good.
//
// A state machine without I/O, core thread only. Equal options and equal inputs give equal effects.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "crypto/format/genesis.hpp"
#include "engine/core/consensus/chain_end.hpp"
#include "engine/core/consensus/conduct.hpp"
#include "engine/core/consensus/leader.hpp"
#include "engine/core/consensus/types.hpp"
#include "engine/core/effects.hpp"
#include "engine/core/mempool.hpp"
#include "engine/core/roster.hpp"
#include "engine/core/ticket.hpp"
#include "wire/message.hpp"

namespace provchain::core::consensus {

class Consensus {
 public:
  // `roster` and `mempool` outlive this object and change only between its inputs.
  // `own_key`: the consensus key of this node. It votes in the epochs that have it among their authorities.
  Consensus(const Options& options, const crypto::format::Genesis& genesis, const std::optional<PublicKey>& own_key,
            const Roster& roster, const Mempool& mempool, TicketSource tickets, CorrelationSource correlations);
  ~Consensus();
  Consensus(const Consensus&) = delete;
  Consensus& operator=(const Consensus&) = delete;

  // ---- life ----
  // First and once.
  void on_start(Now now, const Recovered& recovered, Effects& fx);
  void on_tick(Now now, Effects& fx);
  // When on_tick is wanted next; kNever: not before another input.
  [[nodiscard]] MonoTime next_deadline() const;

  // ---- network ----
  // The roster knows the connection (and its authority, if it attested one) already.
  void on_peer_ready(Now now, ConnId conn, Effects& fx);
  // The roster has forgotten the connection already.
  void on_peer_gone(Now now, ConnId conn, Effects& fx);
  // vote, proposal, certificate, view_status, get_certificates, and the certificates, batch and error answers to this object's
  // own requests.
  void on_message(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);

  // ---- answers to this object's effects ----
  void on_verified(Now now, Ticket ticket, const std::vector<bool>& valid, Effects& fx);
  void on_block_checked(Now now, Ticket ticket, const BlockVerdict& verdict, Effects& fx);
  // Absent: the payload is not a batch.
  void on_batch_opened(Now now, Ticket ticket, const std::optional<OpenedBatch>& batch, Effects& fx);
  // Absent: the key guard refused. This node stops voting then, for something else has signed with its key.
  void on_vote_signed(Now now, Ticket ticket, const std::optional<Signature>& signature, Effects& fx);
  // chain/ holds everything up to `height` durably. Blocks of committing() up to there are gone afterwards.
  void on_committed(Now now, Height height, Effects& fx);

  // ---- the rest of the node ----
  // The mempool may hold something new to include.
  void on_work_changed(Now now, Effects& fx);
  // Block sync has made this the end of the durable chain, under the certificate if there is one. It may lie in a later epoch
  // than the running one: the roster must know that epoch's authorities already.
  void on_synced(Now now, const ChainEnd& end, const std::optional<crypto::format::Certificate>& certificate, Effects& fx);

  // The block that ends the running epoch is final and durable. The next epoch does not begin by itself: the rest of the node has
  // to learn first who speaks for it.
  [[nodiscard]] bool is_epoch_over() const;
  // Only when the epoch is over, and the roster knows the authorities of `end`: of the durable chain, which the block that ended
  // the epoch is, or which lies beyond it.
  void begin_epoch(Now now, const ChainEnd& end, Effects& fx);

  // The rest of the node has found what halts this one, and has said so: no alarm is made here.
  void halt();

  // ---- queries ----
  [[nodiscard]] Mode mode() const;
  [[nodiscard]] View view() const;
  [[nodiscard]] AuthorityIndex leader() const;                     // of the current view
  [[nodiscard]] const Node& last_final() const PVC_LIFETIMEBOUND;  // decided; the Commit may be on its way
  [[nodiscard]] const crypto::format::Guard& guard() const PVC_LIFETIMEBOUND;
  // What a Commit carries: where the journal is known to stand. Absent for an observer and in quarantine.
  [[nodiscard]] std::optional<GuardPosition> journal_position() const;
  // F of last_final(); absent at height 0 and after an interrupted catch-up.
  [[nodiscard]] const std::optional<crypto::format::Certificate>& final_certificate() const PVC_LIFETIMEBOUND;
  // The highest verified finality certificate above last_final() whose chain is not complete here; absent when there is none.
  // Block sync is for gaps of more than a few blocks; smaller ones this object fetches by itself.
  [[nodiscard]] const std::optional<CertifiedHead>& certified_ahead() const PVC_LIFETIMEBOUND;
  // Blocks with a Commit effect that on_committed has not answered yet, ascending by height.
  [[nodiscard]] const std::vector<CommittingBlock>& committing() const PVC_LIFETIMEBOUND;
  // The bytes of a block that is not durable in chain/ yet; empty when this object does not hold it.
  [[nodiscard]] SharedBytes held_block(const BlockId& id) const;
  [[nodiscard]] const EpochSet& epoch() const PVC_LIFETIMEBOUND;
  [[nodiscard]] const AuthorityConduct& conduct_of(AuthorityIndex authority) const PVC_LIFETIMEBOUND;
  // Its views are given up at once, as of the latest input: nothing came from it for long.
  [[nodiscard]] bool is_away(AuthorityIndex authority) const;
  [[nodiscard]] Status status() const;
  [[nodiscard]] const RejectCounters& rejects() const PVC_LIFETIMEBOUND;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace provchain::core::consensus
