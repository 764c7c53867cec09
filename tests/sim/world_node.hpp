// SPDX-License-Identifier: Apache-2.0
// One simulated node: what lives in memory and what survives. For the world's own files only.
#pragma once

#include <deque>

#include "tests/sim/world.hpp"

namespace provchain::sim {

struct World::Node {
  explicit Node(const crypto::format::Genesis& genesis) : disk(genesis) {}

  NodeId id;
  std::optional<AuthorityIndex> me;
  Disk disk;
  std::map<Height, BlockId> reported;  // what this node has ever said to be final
  std::uint64_t incarnation = 0;

  // Gone with a crash.
  std::unique_ptr<core::NodeCore> core;  // null: down
  MonoTime wake_at = kNever;
  std::deque<core::Commit> commits;  // in flight; the first one is being written
  std::deque<core::CastVote> votes;
};

}  // namespace provchain::sim
