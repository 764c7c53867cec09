// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/liveness.hpp"

#include <algorithm>

#include "engine/core/consensus/pacemaker.hpp"

namespace provchain::sim {

namespace {

constexpr Duration kSilence = Duration::seconds(30);  // three heartbeats: a connection without life is given up
constexpr Duration kRedial = Duration::seconds(60);   // what a peer that is shutting down may ask for; else at most 15 s
constexpr Duration kHello = Duration::seconds(5);
constexpr Duration kStatusPeriod = Duration::seconds(10);
constexpr Duration kRequests = Duration::seconds(10);  // a request that was lost, and its repetition
constexpr Duration kBatchTimeout = Duration::seconds(10);
constexpr Duration kStuck = Duration::seconds(5);
constexpr std::uint64_t kBlocksPerBatch = 64;

}  // namespace

std::string LivenessBound::describe() const {
  const auto seconds = [](Duration span) { return std::to_string(span.us / 1'000'000) + " s"; };
  return seconds(total()) + " (connections " + seconds(connections) + ", knowledge " + seconds(knowledge) + ", catching up " +
         seconds(catching_up) + ", views " + seconds(views) + ")";
}

LivenessBound liveness_bound(const World& world, std::size_t bad_leaders) {
  const core::consensus::Timing timing;
  View highest{1};
  View final = View(UINT64_MAX);
  Height lowest = world.top();
  for (std::size_t i = 0; i < world.size(); ++i) {
    lowest = std::min(lowest, world.height(i));
    if (!world.is_up(i) || !world.is_honest(i)) continue;
    const core::consensus::Consensus& consensus = world.core(i).consensus();
    highest = std::max(highest, consensus.view());
    final = std::min(final, consensus.last_final().view);
  }
  // Δ follows the distance to what is final, and the node that knows least waits longest.
  Duration views;
  for (std::uint64_t j = 0; j < bad_leaders + 2; ++j)
    views = views + core::consensus::timeout_of(timing, highest.plus(j), final) * 3 + timing.body_allowance + timing.grace +
            timing.delta_base * 2;
  // No batch reaches over the end of an epoch.
  const bool has_epochs = world.options().max_epoch_blocks > 0 || world.options().candidates > 0;
  const std::uint64_t blocks_per_batch = has_epochs ? crypto::format::epoch_blocks_min : kBlocksPerBatch;
  const auto batches = static_cast<std::int64_t>((world.top().value() - lowest.value()) / blocks_per_batch + 1);
  const Duration round_trip = world.options().network.delay_max * 2;
  return {kSilence + kRedial + Network::dial_timeout + kHello + round_trip * 4, kStatusPeriod + kRequests + round_trip * 4,
          kStuck + kBatchTimeout + (round_trip + Duration::millis(500)) * batches, views * 2};
}

}  // namespace provchain::sim
