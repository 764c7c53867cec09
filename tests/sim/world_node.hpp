// SPDX-License-Identifier: Apache-2.0
// One simulated node: what lives in memory and what survives. For the world's own files only.
#pragma once

#include <deque>

#include "tests/sim/world.hpp"

namespace provchain::sim {

struct World::Node {
  Node(const crypto::format::Genesis& genesis, NodeClock its_clock) : clock(its_clock), disk(genesis) {}

  NodeId id;
  std::optional<AuthorityIndex> me;
  NodeClock clock;
  Disk disk;
  std::uint64_t incarnation = 0;
  std::unique_ptr<Adversary> adversary;
  std::optional<Rim> rim;
  bool amnesiac = false;  // an old journal or none
  bool restored = false;  // an old chain, since the last start
  bool disk_broken = false;
  std::int64_t disk_slowness = 1;
  std::optional<CrashPoint> crash_at;

  // Gone with a crash.
  std::unique_ptr<core::NodeCore> core;  // null: down
  MonoTime tick_at = kNever;             // the earliest Tick in the queue
  std::deque<core::Commit> commits;      // in flight; the first one is being written
  std::optional<Height> written;         // while the state follows: the height that the core will be told
  std::deque<core::CastVote> votes;
  std::optional<std::size_t> effects_left;  // of the present input, before the crash that is due
  Epoch epoch;                              // as last seen
  View view;                                // as last seen
  core::consensus::Mode mode;               // as last seen
  SharedBytes released;                     // the last message that was checked; a broadcast is one message
};

enum class World::What : std::uint8_t {
  start,
  crash,
  tick,
  message,
  closed,
  connected,
  dial_failed,
  verified,
  transaction_checked,
  block_checked,
  batch_opened,
  voted,
  committed,
  state_written,
  served,
  submit,
  reply,
  alarm,
};

template <class Action>
void World::input(std::size_t node, const Action& action) {
  Node& self = *nodes_[node];
  core::Effects effects = std::move(spare_effects_);
  spare_effects_ = {};
  ++events_;
  action(self, effects);
  look(node);
  execute(node, effects);
  effects.clear();
  spare_effects_ = std::move(effects);
  if (self.core != nullptr) schedule_tick(node);
}

}  // namespace provchain::sim
