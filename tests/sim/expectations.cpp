// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/expectations.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "engine/core/consensus/block_tree.hpp"
#include "engine/core/consensus/vote_set.hpp"

namespace provchain::sim {

namespace {

constexpr Duration kLook = Duration::millis(50);

// Those of which progress is expected: they are honest, up, and nothing has halted them.
std::vector<std::size_t> honest_nodes(const World& world) {
  std::vector<std::size_t> nodes;
  for (std::size_t i = 0; i < world.size(); ++i)
    if (world.is_honest(i) && world.is_up(i)) nodes.push_back(i);
  return nodes;
}

std::string where_all_stand(const World& world) {
  std::string text;
  for (std::size_t i = 0; i < world.size(); ++i) {
    if (!world.is_up(i)) continue;
    const core::consensus::Status status = world.core(i).consensus().status();
    text += "; node " + std::to_string(i) + " " + std::string(to_string(status.mode)) + " at height " +
            std::to_string(world.height(i).value()) + " in view " + std::to_string(status.epoch.value()) + "/" +
            std::to_string(status.view.value()) + " with " + std::to_string(world.ready_peers(i)) + " peers";
  }
  return text;
}

bool is_finished(const World& world, std::size_t node) {
  // A change that waits makes blocks until its epoch is old enough to end.
  return world.height(node) == world.top() && world.core(node).mempool_status().transactions == 0 &&
         world.core(node).system_state()->waiting.empty();
}

}  // namespace

std::string await_new_block(World& world, const LivenessBound& bound, std::uint64_t seed, Duration& needed) {
  Prng prng(seed);
  const MonoTime begin = world.now();
  const std::vector<std::size_t> nodes = honest_nodes(world);
  std::optional<TxId> asked;
  const auto is_done = [&] {
    // A node that is still catching up takes nothing.
    if (asked && world.answer(*asked) && world.answer(*asked)->phase == core::TxPhase::rejected) asked.reset();
    if (!asked) asked = world.submit(nodes[prng.below(nodes.size())]);
    return world.is_final_everywhere(*asked);
  };
  const bool is_live = world.run_until(is_done, bound.total(), kLook);
  needed = world.now() - begin;
  return is_live ? std::string()
                 : "LIVENESS: nothing new is final everywhere within " + bound.describe() + where_all_stand(world);
}

std::string await_rest(World& world, const LivenessBound& bound) {
  const std::vector<std::size_t> nodes = honest_nodes(world);
  const auto is_done = [&] { return std::ranges::all_of(nodes, [&](std::size_t node) { return is_finished(world, node); }); };
  if (world.run_until(is_done, bound.total(), kLook)) return {};
  const auto late = std::ranges::find_if(nodes, [&](std::size_t node) { return !is_finished(world, node); });
  return "LIVENESS: node " + std::to_string(*late) + " is left at height " + std::to_string(world.height(*late).value()) +
         " of " + std::to_string(world.top().value()) + " with " +
         std::to_string(world.core(*late).mempool_status().transactions) + " transactions";
}

IdleCheck::IdleCheck(const World& world) : votes_(world.votes()) {
  for (std::size_t i = 0; i < world.size(); ++i) views_.push_back(world.is_up(i) ? world.core(i).consensus().view() : View{});
}

std::string IdleCheck::verdict(const World& world) const {
  if (world.votes() != votes_) return "IDLE: votes are cast without work";
  for (std::size_t i = 0; i < world.size(); ++i)
    if (world.is_up(i) && world.core(i).consensus().view() != views_[i])
      return "IDLE: node " + std::to_string(i) + " changes views without work";
  return {};
}

std::string unexpected_alarm(const World& world) {
  bool somebody_is_faulty = false;
  for (std::size_t i = 0; i < world.size(); ++i) somebody_is_faulty |= !world.is_honest(i);
  for (const auto& [node, alarm] : world.alarms()) {
    // A proposal that a partition has held up is untimely, and with at most three authorities one such is worth an alarm.
    if (!world.is_honest(node) || alarm.kind == core::AlarmKind::untimely_clock) continue;
    if (alarm.kind == core::AlarmKind::equivocation && somebody_is_faulty) continue;
    return "ALARM of node " + std::to_string(node) + ": " + alarm.detail;
  }
  return {};
}

std::string excess(const core::consensus::Status& status, const core::MempoolStatus& mempool) {
  const std::size_t votes_max = std::size_t{3} * status.authority_count * core::consensus::VoteSet::window_views;
  if (status.votes_held > votes_max) return std::to_string(status.votes_held) + " votes";
  if (status.blocks_held > core::consensus::BlockTree::blocks_max) return std::to_string(status.blocks_held) + " blocks";
  if (mempool.bytes > limits::mempool_bytes_max) return std::to_string(mempool.bytes) + " bytes of transactions";
  return {};
}

}  // namespace provchain::sim
