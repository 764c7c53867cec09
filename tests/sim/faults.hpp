// SPDX-License-Identifier: Apache-2.0
// What goes wrong in a run, drawn from its seed: some kinds are switched off in each run, so that none hides behind another. No
// more authorities lose their memory than the protocol tolerates; everything else may happen to everybody.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/prng.hpp"
#include "tests/sim/world.hpp"

namespace provchain::sim {

enum class Fault : std::uint8_t {
  crash,        // kill -9
  power_cut,    // nobody is told
  crash_point,  // at one of the boundaries of what is persisted
  all_down,     // all nodes at once
  partition,    // connections between two groups end
  one_way,      // what one node sends to some others is lost
  stall,        // … or waits
  flapping,     // a node is cut off and back several times within a short time
  clock_jump,   // the wall clock of a few nodes
  slow_disk,
  broken_disk,  // full, or it returns errors
  old_data,     // a node is given an old chain, journal or directory
  empty_data,
  count_,
};
inline constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::count_);
[[nodiscard]] const char* to_string(Fault fault);

class Faults {
 public:
  // `tolerated`: how many authorities may still lose their memory. `world` outlives this object.
  Faults(World& world, std::uint64_t seed, std::size_t tolerated);

  // The kinds that are switched on, for people.
  [[nodiscard]] std::string describe() const;
  // One misfortune of a kind that is switched on; some of those that are down are started.
  void strike();
  // Everything that can be mended is: routes, clocks, disks; all nodes are up. The profile is what the network is from now on.
  void heal(const NetworkProfile& profile);

 private:
  [[nodiscard]] bool is_on(Fault fault) const;
  void strike(Fault fault, std::size_t node);
  void flap(std::size_t node, int times);
  void jump_clock();
  void old_data(std::size_t node, bool empty);
  [[nodiscard]] bool may_forget(std::size_t node) const;
  void take_backup();

  World& world_;
  Prng prng_;
  std::vector<Fault> kinds_;               // those that are switched on
  std::vector<std::size_t> forgetful_;     // those that may be given old data
  std::vector<std::size_t> wrong_clocks_;  // those whose clock may jump
  std::map<std::size_t, Disk> backups_;
  std::uint64_t era_ = 0;  // what flaps stops when things are mended
};

}  // namespace provchain::sim
