// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/schedule.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "engine/core/consensus/turns.hpp"

namespace provchain::core::consensus {

LeaderSchedule::LeaderSchedule(std::uint64_t offset, std::size_t authority_count, std::vector<std::uint16_t> cycle)
    : offset_(offset % cycle.size()), cycle_(std::move(cycle)), turns_a_cycle_(authority_count) {
  for (const std::uint16_t leader : cycle_) ++turns_a_cycle_[leader];
}

LeaderSchedule LeaderSchedule::rotation(std::uint64_t offset, std::size_t authority_count) {
  PVC_CHECK(authority_count > 0);
  std::vector<std::uint16_t> cycle(authority_count);
  for (std::size_t i = 0; i < authority_count; ++i) cycle[i] = static_cast<std::uint16_t>(i);
  return LeaderSchedule(offset, authority_count, std::move(cycle));
}

LeaderSchedule LeaderSchedule::sparing(std::uint64_t offset, std::size_t authority_count,
                                       std::span<const AuthorityIndex> absent) {
  if (absent.empty()) return rotation(offset, authority_count);
  PVC_CHECK(absent.size() + 2 <= authority_count && absent.back().value() < authority_count);
  std::vector<std::uint16_t> active;
  for (std::size_t i = 0; i < authority_count; ++i)
    if (!std::ranges::binary_search(absent, AuthorityIndex(static_cast<std::uint16_t>(i))))
      active.push_back(static_cast<std::uint16_t>(i));
  // The probe turns lie far from each other, the first one where the cycle begins: the rotation of the others is not a divisor of
  // the cycle, and would have the same leader at its end and at its beginning.
  std::vector<std::uint16_t> cycle(cycle_factor * authority_count);
  std::size_t probes = 0;
  for (std::size_t place = 0; place < cycle.size(); ++place) {
    const bool is_probe = probes < absent.size() && place == probes * cycle.size() / absent.size();
    cycle[place] = is_probe ? absent[probes].value() : active[(place - probes) % active.size()];
    if (is_probe) ++probes;
  }
  return LeaderSchedule(offset, authority_count, std::move(cycle));
}

std::size_t LeaderSchedule::place_of(View view) const {
  return static_cast<std::size_t>((view.value() % cycle_.size() + offset_) % cycle_.size());
}

AuthorityIndex LeaderSchedule::leader(View view) const { return AuthorityIndex(cycle_[place_of(view)]); }

void LeaderSchedule::add_turns(View first, View past, std::span<std::uint64_t> turns) const {
  PVC_CHECK(turns.size() == turns_a_cycle_.size());
  if (first >= past) return;
  const std::uint64_t views = past.value() - first.value();
  const std::uint64_t cycles = views / cycle_.size();
  if (cycles > 0)
    for (std::size_t i = 0; i < turns.size(); ++i) turns[i] += cycles * turns_a_cycle_[i];
  std::size_t place = place_of(first);
  for (std::uint64_t rest = views % cycle_.size(); rest > 0; --rest) {
    ++turns[cycle_[place]];
    place = place + 1 == cycle_.size() ? 0 : place + 1;
  }
}

std::vector<AuthorityIndex> find_absent(const Turns& turns, std::size_t faults) {
  std::vector<AuthorityIndex> absent;
  for (std::size_t i = 0; i < turns.authority_count(); ++i) {
    const AuthorityIndex authority(static_cast<std::uint16_t>(i));
    const TurnCount count = turns.of(authority);
    if (count.proposed == 0 && count.missed >= LeaderSchedule::turns_to_judge) absent.push_back(authority);
  }
  std::ranges::sort(absent, [&](AuthorityIndex a, AuthorityIndex b) {
    return turns.of(a).missed != turns.of(b).missed ? turns.of(a).missed > turns.of(b).missed : a < b;
  });
  if (absent.size() > faults) absent.resize(faults);
  std::ranges::sort(absent);
  return absent;
}

}  // namespace provchain::core::consensus
