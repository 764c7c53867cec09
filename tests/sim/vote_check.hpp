// SPDX-License-Identifier: Apache-2.0
// Looks at every vote of every honest authority, as it becomes durable and as it leaves: positions strictly increase, nothing
// leaves that is not in the journal, no two statements are evidence, and the votes together never allow two certificates that
// exclude each other, whatever the faulty authorities add. It judges what could be certified, not only what was.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "crypto/format/statement.hpp"
#include "engine/core/effects.hpp"
#include "tests/sim/findings.hpp"

namespace provchain::sim {

class VoteCheck {
 public:
  static constexpr std::size_t authorities_max = 64;  // sets of them are bits of a word

  // `findings` outlives this object.
  VoteCheck(std::size_t authorities, Findings& findings);

  // Nothing is expected of this authority any more: it lies, or it has lost its memory.
  void set_faulty(AuthorityIndex authority);
  [[nodiscard]] bool is_faulty(AuthorityIndex authority) const { return (faulty_ & bit(authority)) != 0; }
  [[nodiscard]] std::size_t faulty_count() const;

  // As if this authority had never voted: what it says next is only looked at together with the others.
  void forget_position(AuthorityIndex authority) { voters_[authority.value()] = {}; }

  // The vote is durable in the authority's journal.
  void on_durable(AuthorityIndex signer, const crypto::format::Ballot& ballot);
  // The vote has left the node, alone or within a proposal.
  void on_released(AuthorityIndex signer, const crypto::format::Ballot& ballot);

 private:
  using Ballot = crypto::format::Ballot;
  struct Voter {
    core::GuardPosition last;
    std::map<View, std::vector<Ballot>> durable;
    std::set<View> finalized;
    std::vector<Ballot> nullified;
  };
  struct Tally {
    std::map<Ballot, std::uint64_t> notarize;  // who voted, a bit each
    std::map<Ballot, std::uint64_t> finalize;
    std::map<View, std::uint64_t> nullify;  // by since
  };

  static std::uint64_t bit(AuthorityIndex authority) { return std::uint64_t{1} << authority.value(); }
  // Could these and all faulty authorities together be a quorum?
  [[nodiscard]] bool is_quorum(std::uint64_t voters) const;
  void check_pairs(AuthorityIndex signer, const Voter& voter, const Ballot& ballot);
  void check_pair(AuthorityIndex signer, const Ballot& a, const Ballot& b);
  void count(AuthorityIndex signer, const Ballot& ballot);
  void check_final(View view);
  void check_skip(View view, const Tally& tally);

  std::size_t quorum_;
  std::size_t tolerated_;
  std::uint64_t faulty_ = 0;
  Findings& findings_;
  std::vector<Voter> voters_;
  std::map<View, Tally> tallies_;
  std::set<View> final_views_;            // that could have been certified final
  std::map<View, View> covered_down_to_;  // by the view of a possible skip certificate: the lowest since it could have
};

}  // namespace provchain::sim
