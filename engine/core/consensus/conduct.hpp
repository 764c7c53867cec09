// SPDX-License-Identifier: Apache-2.0
// How the authorities do their part as this node sees it: how long after a proposal came their NOTARIZE comes, and whose
// proposals were untimely. For people to look at; nothing is decided by it, so what a vote claims is believed before its
// signature is checked. Core thread only. Invariant: remembers at most views_max views.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "base/types.hpp"

namespace provchain::core::consensus {

// Since this node started.
struct AuthorityConduct {
  std::uint64_t untimely = 0;  // proposals of it whose time was out of bounds here
  std::uint64_t votes = 0;     // how many NOTARIZE the latencies are of
  Duration vote_mean;          // moving: of the last 16 or so
  Duration vote_high;          // the highest that decays: of the last hundred or so, one or two were as slow
};

class Conduct {
 public:
  static constexpr std::size_t views_max = 64;

  explicit Conduct(std::size_t authority_count) : authorities_(authority_count) {}

  // The proposal of the view is here, since `arrived`. The first one counts.
  void on_proposal(View view, MonoTime arrived);
  // The authority's NOTARIZE of the view came. The first one counts, and it may come before the proposal.
  void on_notarize(View view, AuthorityIndex authority, MonoTime arrived);
  void on_untimely(AuthorityIndex leader) { ++authorities_[leader.value()].untimely; }

  [[nodiscard]] const AuthorityConduct& of(AuthorityIndex authority) const { return authorities_[authority.value()]; }

 private:
  struct Seen {
    std::optional<MonoTime> proposal;
    std::map<AuthorityIndex, MonoTime> notarised;
  };
  // Absent for a view below those that are remembered.
  [[nodiscard]] Seen* seen_in(View view);
  void take(AuthorityIndex authority, Duration latency);

  std::vector<AuthorityConduct> authorities_;
  std::map<View, Seen> views_;
};

}  // namespace provchain::core::consensus
