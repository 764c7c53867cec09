// SPDX-License-Identifier: Apache-2.0
// Which authority leads which view of one epoch. Either they take turns, or those that took none of their turns in the epoch
// before get one in a long cycle, by which they can show that they are back, and the others share the rest. Follows from
// finalized data only, so that all nodes have the same. A value; any thread. Invariant: every authority leads at least once in a
// cycle, and where two or more share the views, no two neighbouring views have the same leader.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/types.hpp"

namespace provchain::core::consensus {

class Turns;

class LeaderSchedule {
 public:
  // With absent authorities a cycle has so many views for each authority.
  static constexpr std::size_t cycle_factor = 16;
  // Who was due less often than this is not yet called absent.
  static constexpr std::uint64_t turns_to_judge = 4;

  // A[(view + offset) mod n].
  [[nodiscard]] static LeaderSchedule rotation(std::uint64_t offset, std::size_t authority_count);
  // A rotation without the absent ones (ascending, fewer than n − 1), each of which leads one view of a cycle of 16 · n.
  [[nodiscard]] static LeaderSchedule sparing(std::uint64_t offset, std::size_t authority_count,
                                              std::span<const AuthorityIndex> absent);

  [[nodiscard]] AuthorityIndex leader(View view) const;
  // How many of the views in [first, past) each authority leads is added to its element of `turns`. O(n), however many views.
  void add_turns(View first, View past, std::span<std::uint64_t> turns) const;
  [[nodiscard]] std::size_t cycle_views() const { return cycle_.size(); }

 private:
  LeaderSchedule(std::uint64_t offset, std::size_t authority_count, std::vector<std::uint16_t> cycle);
  [[nodiscard]] std::size_t place_of(View view) const;

  std::uint64_t offset_ = 0;
  std::vector<std::uint16_t> cycle_;          // the leaders of the views of one cycle
  std::vector<std::uint64_t> turns_a_cycle_;  // by authority
};

// Those that had at least turns_to_judge turns and took none: at most `faults`, those first that missed most, then those of lower
// index. Ascending.
[[nodiscard]] std::vector<AuthorityIndex> find_absent(const Turns& turns, std::size_t faults);

}  // namespace provchain::core::consensus
