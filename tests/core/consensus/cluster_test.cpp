// SPDX-License-Identifier: Apache-2.0
// Whole clusters in virtual time: random faults from a seed, then what must hold whatever happened.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/core/consensus/cluster.hpp"

namespace provchain::core::consensus::test {
namespace {

class ConsensusClusterOfSize : public testing::TestWithParam<std::size_t> {};

TEST_P(ConsensusClusterOfSize, FinalisesTransactionsWithoutAnyFault) {
  Cluster cluster(quick(GetParam(), 1));
  cluster.run_for(Duration::seconds(1));
  for (int i = 0; i < 20; ++i) {
    cluster.submit();
    cluster.run_for(Duration::millis(50));
  }
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(5))) << cluster.describe();
  EXPECT_TRUE(cluster.violations().empty()) << cluster.describe();
  EXPECT_EQ(cluster.votes_sent(wire::MessageKind::certificate), 0U) << "good times send no certificates";
  EXPECT_EQ(cluster.disconnects(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Sizes, ConsensusClusterOfSize, testing::Values(1, 2, 3, 4, 7));

// Random crashes, partitions and loss for a while, then everything heals and everything must become final everywhere.
struct Storm {
  std::size_t nodes = 4;
  std::uint64_t seed = 1;
};

std::uint64_t weather(const Storm& storm) {
  Prng dice(storm.seed * 7919 + storm.nodes);
  ClusterOptions options = quick(storm.nodes, storm.seed);
  // Some faults are off in some runs, so that each meets the others in all combinations.
  options.loss_percent = dice.below(3) == 0 ? 0 : dice.below(20);
  options.duplicate_percent = dice.below(2) * 10;
  options.parameters.target_interval_ms = dice.below(2) * 300;
  const bool crashes = dice.below(4) != 0;
  const bool partitions = dice.below(3) != 0;
  if (dice.below(4) == 0) options.plain_nullify = {0};
  Cluster cluster(options);
  for (int round = 0; round < 25; ++round) {
    if (dice.below(3) != 0) cluster.submit();
    const std::size_t victim = dice.below(storm.nodes);
    if (crashes && dice.below(4) == 0 && cluster.is_up(victim)) cluster.crash(victim);
    const std::size_t riser = dice.below(storm.nodes);
    if (dice.below(3) == 0 && !cluster.is_up(riser)) cluster.restart(riser);
    if (partitions && dice.below(6) == 0) {
      std::vector<std::set<std::size_t>> groups(2);
      for (std::size_t i = 0; i < storm.nodes; ++i) groups[dice.below(2)].insert(i);
      cluster.partition(groups);
    }
    if (dice.below(4) == 0) cluster.heal();
    cluster.run_for(Duration::millis(static_cast<std::int64_t>(20 + dice.below(400))));
  }
  cluster.heal();
  cluster.set_loss(0);
  for (std::size_t i = 0; i < storm.nodes; ++i)
    if (!cluster.is_up(i)) cluster.restart(i);
  cluster.run_for(Duration::millis(100));
  cluster.resubmit();
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(60))) << cluster.describe();
  EXPECT_TRUE(cluster.violations().empty()) << cluster.describe();
  EXPECT_EQ(cluster.disconnects(), 0U) << cluster.describe();
  EXPECT_EQ(cluster.alarms(AlarmKind::equivocation), 0U) << cluster.describe();
  EXPECT_EQ(cluster.alarms(AlarmKind::duplicate_instance), 0U) << cluster.describe();
  return cluster.digest();
}

class ConsensusStorm : public testing::TestWithParam<std::size_t> {};

TEST_P(ConsensusStorm, AgreesAlwaysAndFinishesAfterwards) {
  const std::uint64_t seeds = GetParam() >= 7 ? 20 : 80;
  for (std::uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) weather({GetParam(), seed});
}

INSTANTIATE_TEST_SUITE_P(Sizes, ConsensusStorm, testing::Values(1, 2, 3, 4, 7));

TEST(ConsensusCluster, GivesTheSameRunForTheSameSeed) {
  EXPECT_EQ(weather({4, 42}), weather({4, 42}));
  EXPECT_NE(weather({4, 42}), weather({4, 43}));
}

}  // namespace
}  // namespace provchain::core::consensus::test
