// SPDX-License-Identifier: Apache-2.0
// The nouns that the parts of the consensus share and that its callers see. Values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/shared_bytes.hpp"
#include "base/time.hpp"
#include "base/types.hpp"
#include "crypto/format/block_header.hpp"
#include "crypto/format/certificate.hpp"
#include "crypto/format/guard.hpp"
#include "crypto/format/statement.hpp"
#include "crypto/merkle.hpp"
#include "engine/core/consensus/turns.hpp"
#include "engine/core/effects.hpp"

namespace provchain::core::consensus {

enum class Mode : std::uint8_t {
  joining,      // has just started: too few authorities have said yet that they hold no vote of it that it does not remember
  syncing,      // a certified head is too far ahead to be of use: follows, does not vote
  active,       // votes
  observer,     // not an authority: follows
  quarantined,  // an authority without a trustworthy journal: follows, never votes
  halted,       // a certificate contradicts what this node knows: stopped for good, goes on serving
};
[[nodiscard]] std::string_view to_string(Mode mode);

// Local policy: nodes may differ without harm to safety. What all nodes must share stands in the genesis.
struct Timing {
  Duration delta_base = Duration::millis(250);         // Δ0: a bound on one message's delay in good times
  Duration delta_max = Duration::seconds(30);          // Δ_max
  Duration body_allowance = Duration::seconds(1);      // T_body: what a full block may take to arrive and be checked
  Duration grace = Duration::millis(500);              // how long a transaction may stay with a silent leader
  Duration leader_away_after = Duration::seconds(30);  // disconnected and silent for this long: its views are given up at once
  Duration status_busy = Duration::seconds(1);         // STATUS period while there is work
  Duration status_idle = Duration::seconds(10);
  Duration fetch_timeout = Duration::seconds(1);  // before a body is asked from another peer
};

struct Options {
  Timing timing;
  std::uint64_t seed = 1;     // which peer is asked first
  bool range_nullify = true;  // off: since is always view − 1 (plain Simplex; the format is the same)
};

// The notarised object of a view: a block under the label of the view it was proposed in. A re-proposal gives the same block a
// second node.
struct Node {
  View view;
  View parent_view;
  Height height;
  BlockId block_id;
  auto operator<=>(const Node&) const = default;
};

// What is read back when the node starts: the chain's end and the journal's part.
struct Recovered {
  crypto::format::BlockHeader tip;  // that of the genesis (height 0) when nothing is stored
  BlockId tip_id;
  crypto::merkle::Frontier history;                            // over the ids of heights 0 … tip: size = tip height + 1
  std::optional<crypto::format::Certificate> tip_certificate;  // FINALIZE on the tip
  // That the next block builds on, as the last Commit with one gave it. Absent: the chain is new, and the state that of the
  // genesis.
  std::optional<crypto::format::SystemState> system;
  std::optional<Turns> turns;  // of the running epoch up to the tip; absent: counting begins at the tip
  crypto::format::Guard guard;
  std::vector<crypto::format::Vote> own_votes;  // re-signed: the same record gives the same signature
  std::vector<crypto::format::Certificate> certificates;
  std::vector<SharedBytes> bodies;  // blocks
  bool quarantined = false;
  bool halted = false;
};

// A block whose Commit effect has been made and not answered yet.
struct CommittingBlock {
  Height height;
  BlockId id;
  crypto::format::BlockHeader header;
  SharedBytes bytes;
  std::vector<CheckedTx> transactions;
  bool journalled = false;  // the journal holds it, or is about to
};

// A finality certificate for a head this node does not have the blocks of.
struct CertifiedHead {
  View view;
  Height height;
  BlockId block_id;
  crypto::format::Certificate certificate;
};

// For the API. A snapshot.
struct Status {
  Mode mode{};
  Epoch epoch;
  View view;
  AuthorityIndex leader;
  std::optional<AuthorityIndex> me;
  std::uint16_t authority_count = 0;
  std::uint16_t quorum = 0;
  Node final;          // the last finalised node; its block may still be on its way to the disk
  View top_notarised;  // the highest view with a held notarisation; that of `final` when there is none above
  View guard_view;
  std::uint64_t guard_step = 0;
  std::uint64_t views_entered = 0;    // since start
  std::uint64_t views_nullified = 0;  // skip certificates seen, since start
  std::uint64_t blocks_proposed = 0;  // by this node, since start
  std::uint64_t certificates_echoed = 0;
  std::uint64_t alarms = 0;
  std::size_t blocks_held = 0;
  std::size_t votes_held = 0;
};

// Why an input had no effect. One counter each.
enum class Reject : std::uint8_t {
  malformed,      // not the layout; the peer is disconnected
  bad_signature,  // the peer is disconnected
  wrong_epoch,
  unknown_signer,
  not_an_authority,  // a vote or proposal from a peer that speaks for no authority
  foreign_vote,      // a vote that its signer did not send
  outside_window,    // too far behind or ahead to be kept
  duplicate,         // known already
  equivocation,      // a second, different statement where an authority may make one
  too_many_pending,  // the peer has too much in verification
  wrong_leader,
  wrong_header,     // a field that only the leader's fault can explain; belongs to the proposal, not to the block id
  wrong_ancestry,   // parent and block do not belong together
  untimely,         // the proposal's time is outside the bounds around this clock
  wrong_body,       // bytes that the header does not commit to; the sender's fault
  invalid_block,    // deterministically invalid
  unsolicited,      // an answer nobody asked for, or too late
  unknown_ticket,   // an answer for something no longer wanted
  own_view_passed,  // obsolete
  count_,           // how many there are; not a reason
};
inline constexpr std::size_t reject_count = static_cast<std::size_t>(Reject::count_);
[[nodiscard]] std::string_view to_string(Reject reject);

using RejectCounters = std::array<std::uint64_t, reject_count>;

}  // namespace provchain::core::consensus
