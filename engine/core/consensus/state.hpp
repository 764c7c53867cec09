// SPDX-License-Identifier: Apache-2.0
// What this node knows about the running epoch: the data that the rules (chain, voter, proposer, repair, intake) share. It has
// questions and small steps, no rules of its own. Core thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/core/consensus/block_tree.hpp"
#include "engine/core/consensus/certificate_book.hpp"
#include "engine/core/consensus/conduct.hpp"
#include "engine/core/consensus/leader.hpp"
#include "engine/core/consensus/pacemaker.hpp"
#include "engine/core/consensus/safety.hpp"
#include "engine/core/consensus/types.hpp"
#include "engine/core/consensus/vote_set.hpp"
#include "engine/core/effects.hpp"
#include "engine/core/mempool.hpp"
#include "engine/core/roster.hpp"
#include "engine/core/ticket.hpp"

namespace provchain::core::consensus {

// An unfinished chain of this many blocks is finished before it grows: what is not final has to be held in memory by everybody.
inline constexpr std::uint64_t unfinished_blocks_max = 32;
// Blocks on their way to the disk. One that does not keep up slows the node down instead of filling its memory.
inline constexpr std::size_t commits_max = 16;

// What the leader of a view proposed, once its signature is verified; or what this node is about to propose, while vote is
// absent.
struct Proposal {
  crypto::format::Ballot ballot;
  std::optional<crypto::format::Vote> vote;
  crypto::format::BlockHeader header;
  MonoTime arrived;
  WallTime arrived_wall;
  bool counted = false;         // its view's clock knows of it
  bool hopeless = false;        // it can never be accepted, whatever else arrives
  bool untimely = false;        // counted as such already
  MonoTime timely_at = kNever;  // while it is early: when this clock will have come near enough
  [[nodiscard]] Node node() const { return Node{ballot.view, ballot.parent_view, ballot.height, ballot.block_id}; }
};

struct State {
  // The epoch that `start`'s next block belongs to.
  State(const Options& consensus_options, ChainEnd start, const std::optional<PublicKey>& own_key, const Roster& the_roster,
        const Mempool& the_mempool, TicketSource& ticket_source);

  const Options options;
  const EpochSet epoch;
  const Roster& roster;
  const Mempool& mempool;
  TicketSource& tickets;

  View view{1};
  Node final;  // lf
  std::optional<crypto::format::Certificate> final_certificate;
  std::optional<CertifiedHead> certified_ahead;
  std::optional<ByteVector> ended_before;  // F on the anchor, by the authorities of the epoch that it ended; encoded
  Safety safety;
  VoteSet votes;
  CertificateBook book;
  BlockTree tree;
  Pacemaker pacemaker;
  Conduct conduct;
  std::map<View, Proposal> proposals;  // of the current view and the few ahead that are accepted
  std::optional<View> left_by_skip;    // the view just left, while the rule for that has not run

  std::vector<CommittingBlock> committing;
  Height durable;  // what on_committed last said
  std::map<Height, std::vector<TxId>>
      settling;  // transactions of the latest final blocks, which in_chain and the mempool may not know of yet

  // The authorities that have said, since this node started, that they hold no vote of it above its guard. Until they are a
  // quorum with this node, it does not vote: a journal that was rolled back together with the chain shows itself only so.
  std::set<AuthorityIndex> vouching;
  bool joined = false;  // has voted, or might have, in the epoch before, and has not stopped since: nobody need vouch again

  bool quarantined = false;
  bool halted = false;
  RejectCounters rejects{};
  Status totals;  // only its counters are kept here

  // ---- questions ----
  [[nodiscard]] Mode mode() const;
  [[nodiscard]] bool votes_allowed() const { return mode() == Mode::active; }
  // Where the journal is known to stand; absent when this node has none that it trusts.
  [[nodiscard]] std::optional<GuardPosition> journal_position() const;
  [[nodiscard]] bool is_leader() const { return epoch.me && epoch.leader(view) == *epoch.me; }
  // The same, or a valid block here would end it once it is final.
  [[nodiscard]] bool is_epoch_ending() const;
  // The node of a view: the final one or one with a certificate.
  [[nodiscard]] std::optional<Node> node(View of_view) const;
  // Finality of something that cannot be on one chain with the final node, as far as views, heights and ids of the two tell.
  // Views of final nodes rise with their heights, whatever was proposed again in between.
  [[nodiscard]] bool excludes_final(const crypto::format::Certificate& certificate) const;
  // Every view in (above, below) has been skipped.
  [[nodiscard]] bool is_covered(View above, View below) const { return book.cover(above, below).has_value(); }
  // The highest node that a block of the current view may stand on here: skips up to the view, it and its ancestors valid. Absent
  // when certificates are missing.
  [[nodiscard]] std::optional<Node> tip() const;
  [[nodiscard]] View top_notarised() const;
  // The final block came without its certificate, as from a catch-up that was broken off. The epoch's anchor needs none: what
  // made it final belongs to the epoch before.
  [[nodiscard]] bool lacks_final_certificate() const { return !final_certificate && final.view.value() > 0; }
  // The block that ends the epoch is final: nothing more is to be said in it.
  [[nodiscard]] bool is_epoch_over() const { return tree.end().id != epoch.context.anchor_id && tree.end().header.ends_epoch(); }
  // The header and history of a valid block or of the final one; the caller has checked that it is one.
  [[nodiscard]] ChainEnd chain_end(const BlockId& id) const;
  // Ids a block on top of `id` may not include, as far as the mempool does not know: in the chain already, or without a place in
  // the system state. Valid until the next call.
  [[nodiscard]] const std::set<TxId>& excluded_on(const BlockId& id) const PVC_LIFETIMEBOUND;
  [[nodiscard]] std::vector<ConnId> other_authorities() const;
  // Ready connections of the certificate's signers.
  [[nodiscard]] std::vector<ConnId> holders_of(const crypto::format::Certificate& certificate) const;

  // ---- steps ----
  void reject(Reject reason) { ++rejects[static_cast<std::size_t>(reason)]; }
  void refuse_peer(ConnId conn, Reject reason, Effects& fx);
  void alarm(AlarmKind kind, std::string detail, Effects& fx);
  // Finality beside the chain: more authorities lie than the protocol tolerates.
  void halt_beside(const crypto::format::Certificate& certificate, Effects& fx);
  void halt(AlarmKind kind, std::string detail, std::vector<ByteVector> certificates, Effects& fx);
  void invariants() const;

 private:
  // excluded_on's last answer: asked at every input, and the same until the tip or the final block moves.
  struct Excluded {
    BlockId tip;
    BlockId final;
    std::uint64_t mempool_version = 0;
    std::set<TxId> ids;
  };
  mutable Excluded excluded_;
};

}  // namespace provchain::core::consensus
