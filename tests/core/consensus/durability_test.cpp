// SPDX-License-Identifier: Apache-2.0
// What the disk of one node can do to it: writes that are late, writes that are lost, and a past that comes back.
#include <gtest/gtest.h>

#include "engine/core/consensus/safety.hpp"
#include "tests/core/consensus/cluster.hpp"

namespace provchain::core::consensus::test {
namespace {

ClusterOptions quick(std::size_t nodes, std::uint64_t seed = 1) {
  ClusterOptions options;
  options.nodes = nodes;
  options.seed = seed;
  options.parameters.min_interval_ms = 0;
  options.parameters.target_interval_ms = 0;
  return options;
}

void load(Cluster& cluster, int transactions, Duration pause) {
  for (int i = 0; i < transactions; ++i) {
    cluster.submit();
    cluster.run_for(pause);
  }
}

#define EXPECT_SOUND(cluster) EXPECT_TRUE((cluster).violations().empty()) << (cluster).describe()

TEST(Safety, TheSignedPositionFollowsTheAnswersNotTheDecisions) {
  Safety safety({}, Epoch{});
  EXPECT_EQ(safety.signed_position(), GuardPosition{});
  const auto ballot = safety.notarize(Node{View(5), View(4), Height(2), BlockId{}});
  ASSERT_TRUE(safety.decide(ballot));
  EXPECT_EQ(safety.signed_position(), GuardPosition{});
  safety.on_signed(ballot);
  EXPECT_EQ(safety.signed_position(), (GuardPosition{Epoch{}, View(5), 1}));
  Safety restarted({}, Epoch{});
  restarted.restore(safety.guard());
  EXPECT_EQ(restarted.signed_position(), (GuardPosition{Epoch{}, View(5), 1}));
}

TEST(ConsensusDurability, AChainThatIsFasterThanTheJournalNeverClaimsMoreThanTheJournalHolds) {
  ClusterOptions options = quick(4);
  options.journal_extra = Duration::millis(30);
  Cluster cluster(options);
  load(cluster, 60, Duration::millis(40));
  EXPECT_GT(cluster.height(0), 5U);
  EXPECT_SOUND(cluster);
}

TEST(ConsensusDurability, OnlyANodeThatTrustsItsJournalStatesAPosition) {
  ClusterOptions options = quick(4);
  options.observers = 1;
  options.quarantined = {2};
  Cluster cluster(options);
  load(cluster, 3, Duration::seconds(1));
  EXPECT_GT(cluster.at(0).journal_position()->view, View(0));
  EXPECT_EQ(cluster.at(2).journal_position(), std::nullopt);
  EXPECT_EQ(cluster.at(4).journal_position(), std::nullopt);
}

TEST(ConsensusDurability, ALeaderWhoseOwnBlockTakesLongToCheckKeepsItsView) {
  ClusterOptions options = quick(4);
  options.check_extra = Duration::millis(600);  // more than 2Δ
  Cluster cluster(options);
  cluster.submit();
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(5))) << cluster.describe();
  EXPECT_EQ(cluster.at(0).status().views_nullified, 0U) << cluster.describe();
  EXPECT_SOUND(cluster);
}

}  // namespace
}  // namespace provchain::core::consensus::test
