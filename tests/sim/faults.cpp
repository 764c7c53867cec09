// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/faults.hpp"

#include <algorithm>

namespace provchain::sim {

namespace {

constexpr std::uint64_t kOnPerThousand = 450;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kUsualOffsetMs = 150;  // what time synchronisation leaves

}  // namespace

const char* to_string(Fault fault) {
  constexpr const char* kNames[] = {"crash", "power-cut", "crash-point", "all-down",    "partition", "one-way",   "stall",
                                    "flap",  "clock",     "slow-disk",   "broken-disk", "old-data",  "empty-data"};
  static_assert(std::size(kNames) == fault_count);
  return kNames[static_cast<std::size_t>(fault)];
}

Faults::Faults(World& world, std::uint64_t seed, std::size_t tolerated) : world_(world), prng_(seed) {
  for (std::size_t i = 0; i < fault_count; ++i)
    if (prng_.chance(kOnPerThousand)) kinds_.push_back(static_cast<Fault>(i));
  const std::size_t authorities = world.options().authorities;
  const std::size_t first = prng_.below(authorities);
  // From the other end than the adversaries, which are the first authorities.
  for (std::size_t i = 0; i < tolerated; ++i) forgetful_.push_back(authorities - 1 - i);
  for (std::size_t i = authorities; i < world.size(); ++i)
    if (!world.authority(i)) forgetful_.push_back(i);
  // A quorum whose clocks are an hour ahead would leave the chain there; nobody could help that.
  if (authorities > 1)
    for (std::size_t i = 0; i < std::max<std::size_t>(1, (authorities - 1) / 3); ++i)
      wrong_clocks_.push_back((first + i) % authorities);
}

std::string Faults::describe() const {
  std::string text;
  for (const Fault fault : kinds_) text += (text.empty() ? "" : ",") + std::string(to_string(fault));
  return text.empty() ? "none" : text;
}

void Faults::strike() {
  take_backup();
  for (std::size_t i = 0; i < world_.size(); ++i)
    if (!world_.is_up(i) && prng_.chance(250)) {
      if (prng_.chance(400)) world_.set_disk_broken(i, false);
      world_.start(i);
    }
  if (prng_.chance(120)) world_.heal();
  const std::size_t node = prng_.below(world_.size());
  if (kinds_.empty() || !world_.is_up(node)) return;
  strike(kinds_[prng_.below(kinds_.size())], node);
}

void Faults::strike(Fault fault, std::size_t node) {
  const std::size_t other = prng_.below(world_.size());
  switch (fault) {
    case Fault::crash:
      return world_.crash(node);
    case Fault::power_cut:
      return world_.crash(node, false);
    case Fault::crash_point:
      return world_.arm(node, static_cast<CrashPoint>(prng_.below(static_cast<std::uint64_t>(CrashPoint::count_))));
    case Fault::all_down:
      if (prng_.chance(300)) world_.crash_all();
      return;
    case Fault::partition: {
      std::set<std::size_t> group{node};
      for (std::size_t i = 0; i < world_.size(); ++i)
        if (prng_.chance(300)) group.insert(i);
      return world_.partition(group);
    }
    case Fault::one_way:
    case Fault::stall: {
      const Passage passage = fault == Fault::stall ? Passage::stalled : Passage::lost;
      if (node != other) world_.set_passage(node, other, passage);
      for (std::size_t i = 0; i < world_.size(); ++i)
        if (i != node && prng_.chance(200)) world_.set_passage(node, i, passage);
      return;
    }
    case Fault::flapping:
      return flap(node, static_cast<int>(2 + prng_.below(5)));
    case Fault::clock_jump:
      return jump_clock();
    case Fault::slow_disk:
      return world_.set_disk_slowness(node, prng_.chance(300) ? 1 : prng_.between(2, 200));
    case Fault::broken_disk:
      return world_.set_disk_broken(node, true);
    case Fault::old_data:
      return old_data(node, false);
    case Fault::empty_data:
      return old_data(node, true);
    case Fault::count_:
      break;
  }
  PVC_UNREACHABLE();
}

void Faults::flap(std::size_t node, int times) {
  world_.partition({node});
  const Duration down = Duration::millis(prng_.between(10, 2'000));
  const Duration up = Duration::millis(prng_.between(10, 2'000));
  world_.call_after(down, [this, node, times, up, era = era_] {
    if (era != era_) return;
    world_.heal();
    if (times == 1) return;
    world_.call_after(up, [this, node, times, era] {
      if (era == era_) flap(node, times - 1);
    });
  });
}

void Faults::jump_clock() {
  if (wrong_clocks_.empty()) return;
  const std::size_t node = wrong_clocks_[prng_.below(wrong_clocks_.size())];
  const std::int64_t span = prng_.chance(500) ? kHourMs : 5'000;
  world_.set_clock_offset(node, prng_.between(-span, span));
}

bool Faults::is_on(Fault fault) const { return std::ranges::find(kinds_, fault) != kinds_.end(); }

bool Faults::may_forget(std::size_t node) const { return std::ranges::find(forgetful_, node) != forgetful_.end(); }

void Faults::take_backup() {
  if ((!is_on(Fault::old_data) && !is_on(Fault::empty_data)) || forgetful_.empty() || !prng_.chance(200)) return;
  const std::size_t node = forgetful_[prng_.below(forgetful_.size())];
  backups_.insert_or_assign(node, world_.backup(node));
}

void Faults::old_data(std::size_t node, bool empty) {
  const auto backup = backups_.find(node);
  if (!may_forget(node) || backup == backups_.end()) return;
  world_.crash(node);
  constexpr World::Restore kOld[] = {World::Restore::chain, World::Restore::journal, World::Restore::all};
  world_.restore(node, backup->second, empty ? World::Restore::nothing : kOld[prng_.below(std::size(kOld))]);
  world_.start(node);
}

void Faults::heal(const NetworkProfile& profile) {
  ++era_;
  world_.heal(profile);
  for (std::size_t i = 0; i < world_.size(); ++i) {
    world_.set_clock_offset(i, prng_.between(-kUsualOffsetMs, kUsualOffsetMs));
    world_.set_disk_slowness(i, 1);
    world_.set_disk_broken(i, false);
    world_.disarm(i);
  }
  world_.start_all();
}

}  // namespace provchain::sim
