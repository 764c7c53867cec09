// SPDX-License-Identifier: Apache-2.0
// Verified votes of one epoch, one per (signer, view, kind), and the certificates they make. Core thread only.
// Invariants: (1) a stored vote is never replaced; (2) at most window_views views are stored; (3) every vote is well formed and
// of a known signer;
// (4) views_ and the ballots in signers_ hold the same votes.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "crypto/format/certificate.hpp"
#include "crypto/format/evidence.hpp"

namespace provchain::core::consensus {

class VoteSet {
 public:
  // Views behind the current one whose votes are kept while nothing becomes final: repair sends only the latest, so more is of no
  // use, and an outage of days must not fill the memory.
  static constexpr std::uint64_t window_views = 256;

  explicit VoteSet(std::size_t authority_count);

  enum class Judgement : std::uint8_t {
    fresh,        // worth verifying
    known,        // the same vote is stored
    conflicting,  // another vote is stored in its place: a valid signature would prove an equivocation
    proven,       // an equivocation of this signer in this place is known already
  };
  [[nodiscard]] Judgement judge(const crypto::format::Vote& vote) const;

  struct Added {
    bool stored = false;
    // A stored vote of the same signer that cannot be honest beside this one.
    std::optional<crypto::format::Vote> contradicts;
  };
  // The signature has been verified.
  Added add(const crypto::format::Vote& vote);

  // A certificate of q votes, if there are as many: NOTARIZE and FINALIZE of one statement; NULLIFY by the q smallest since.
  [[nodiscard]] std::optional<crypto::format::Certificate> assemble(crypto::format::VoteKind kind, View view) const;
  // The votes stored for one view: how many of a kind, on any statement.
  [[nodiscard]] std::size_t count(crypto::format::VoteKind kind, View view) const;
  // Null when there is none. Valid until the next call that is not const.
  [[nodiscard]] const crypto::format::Vote* find(crypto::format::VoteKind kind, View view,
                                                 AuthorityIndex signer) const PVC_LIFETIMEBOUND;
  // The vote of the highest position among all that were ever stored of this signer, also when its view has been forgotten. Null
  // when there was none. Valid until the next call that is not const.
  [[nodiscard]] const crypto::format::Vote* highest_of(AuthorityIndex signer) const PVC_LIFETIMEBOUND;
  [[nodiscard]] std::size_t size() const { return size_; }

  void forget_below(View view);

 private:
  using BySigner = std::map<AuthorityIndex, crypto::format::Vote>;
  struct Signer {
    std::map<std::pair<View, crypto::format::VoteKind>, crypto::format::Ballot> ballots;  // those stored
    std::optional<crypto::format::Vote> highest;
  };
  struct ViewVotes {
    std::array<BySigner, 3> by_kind;
    std::set<std::pair<crypto::format::VoteKind, AuthorityIndex>> proven;
  };
  [[nodiscard]] const BySigner* votes_of(crypto::format::VoteKind kind, View view) const;
  [[nodiscard]] std::optional<crypto::format::Vote> conflict_of(const crypto::format::Vote& vote) const;
  [[nodiscard]] std::optional<crypto::format::Certificate> assemble_statement(crypto::format::VoteKind kind,
                                                                              const BySigner& votes) const;
  [[nodiscard]] std::optional<crypto::format::Certificate> assemble_skip(View view, const BySigner& votes) const;

  std::size_t authority_count_;
  std::size_t quorum_;
  std::map<View, ViewVotes> views_;
  std::map<AuthorityIndex, Signer> signers_;
  std::size_t size_ = 0;
};

}  // namespace provchain::core::consensus
