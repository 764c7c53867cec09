// SPDX-License-Identifier: Apache-2.0
// A leader that has been away for long: its views are given up without waiting, and only its, and only by those who can know.
#include <gtest/gtest.h>

#include "tests/core/consensus/cluster.hpp"

namespace provchain::core::consensus::test {
namespace {

constexpr std::size_t away = 3;
// Beyond the time of a silent leader and one STATUS period, which wakes whoever is idle.
constexpr Duration long_enough = Duration::seconds(45);

ClusterOptions even(std::size_t nodes, std::uint64_t seed = 1) {
  ClusterOptions options = quick(nodes, seed);
  options.delay_min = options.delay_max = Duration::millis(5);
  return options;
}

std::uint64_t given_up(const Cluster& cluster) { return cluster.at(0).status().views_nullified; }

// One transaction after the other to those that are up; how long they took in all.
Duration submit_in_turn(Cluster& cluster, std::size_t count) {
  Duration total;
  for (std::size_t i = 0; i < count; ++i) {
    const MonoTime start = cluster.now();
    const TxId id = cluster.submit();
    EXPECT_TRUE(cluster.run_until([&] { return cluster.is_final_at(id, 0); }, Duration::seconds(60))) << cluster.describe();
    total = total + (cluster.now() - start);
  }
  return total;
}

// Until the view is one that the node leads.
void reach_view_of(Cluster& cluster, std::size_t node) {
  for (std::size_t i = 0; i < 8 && cluster.leader_of(cluster.max_view()) != node; ++i) {
    cluster.submit();
    ASSERT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(10))) << cluster.describe();
    cluster.run_for(Duration::millis(100));
  }
  ASSERT_EQ(cluster.leader_of(cluster.max_view()), node);
}

TEST(AwayLeader, CostsAMessageDelayAndNoTimeout) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Cluster up(even(4, seed));
    up.run_for(long_enough);
    const Duration all_up = submit_in_turn(up, 60);

    Cluster down(even(4, seed));
    down.run_for(Duration::seconds(1));
    down.crash(away);
    down.run_for(long_enough);
    const Duration one_down = submit_in_turn(down, 60);
    EXPECT_GE(given_up(down), 15U) << "every fourth view was its";
    EXPECT_LT(one_down.us * 2, all_up.us * 3) << one_down.us << " µs against " << all_up.us << " µs";
    EXPECT_SOUND(down);
  }
}

TEST(AwayLeader, IsGivenItsTimeUntilItHasBeenSilentForLong) {
  Cluster cluster(even(4));
  reach_view_of(cluster, away);
  cluster.crash(away);
  cluster.run_for(Duration::seconds(15));
  const MonoTime start = cluster.now();
  cluster.submit();
  ASSERT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(10)));
  EXPECT_GE(cluster.now() - start, Timing{}.grace + Timing{}.delta_base * 2);
}

TEST(AwayLeader, IsWaitedForAgainFromTheMomentItConnects) {
  Cluster cluster(even(4));
  reach_view_of(cluster, away);
  cluster.crash(away);
  cluster.run_for(long_enough);
  EXPECT_TRUE(cluster.at(0).is_away(AuthorityIndex(away)));
  const View view = cluster.max_view();
  ASSERT_EQ(cluster.leader_of(view), away) << "an idle chain stays in its view";
  cluster.restart(away);
  cluster.run_for(Duration::millis(500));
  EXPECT_FALSE(cluster.at(0).is_away(AuthorityIndex(away)));
  const std::uint64_t before = given_up(cluster);
  cluster.submit();
  ASSERT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::millis(200))) << cluster.describe();
  EXPECT_EQ(cluster.at(0).last_final().view, view) << "the one that came back led it";
  EXPECT_EQ(given_up(cluster), before);
  EXPECT_SOUND(cluster);
}

TEST(AwayLeader, ChangesNoViewOfAnIdleChain) {
  Cluster cluster(even(4));
  reach_view_of(cluster, away);
  cluster.crash(away);
  cluster.run_for(Duration::seconds(60));
  const View view = cluster.max_view();
  const std::size_t votes = cluster.votes_sent(wire::MessageKind::vote);
  cluster.run_for(Duration::seconds(3'600));
  EXPECT_EQ(cluster.max_view(), view);
  EXPECT_EQ(cluster.votes_sent(wire::MessageKind::vote), votes);
}

TEST(AwayLeader, IsNotGivenUpAtOnceByWhoHearsNoQuorum) {
  // Of three all are needed, and of these four only two are left: whoever is gone, the wait is the whole one.
  for (const std::size_t nodes : {2U, 3U, 4U}) {
    Cluster cluster(even(nodes));
    cluster.run_for(Duration::seconds(1));
    const std::size_t leader = cluster.leader_of(cluster.max_view());
    cluster.crash(leader);
    if (nodes == 4) cluster.crash((leader + 1) % 4);
    cluster.run_for(long_enough);
    const crypto::format::Guard& guard = cluster.at((leader + nodes - 1) % nodes).guard();
    const View before = guard.view;
    cluster.submit();
    cluster.run_for(Timing{}.grace + Timing{}.delta_base);
    EXPECT_EQ(guard.view, before) << nodes << " nodes";
    cluster.run_for(Duration::seconds(2));
    EXPECT_GT(guard.view, before) << "the wait has an end";
    EXPECT_SOUND(cluster);
  }
}

TEST(AwayLeader, KeepsTheBlockInterval) {
  ClusterOptions options = even(4);
  options.parameters.target_interval_ms = 2'000;
  options.parameters.min_interval_ms = 500;
  Cluster cluster(options);
  cluster.run_for(Duration::seconds(1));
  cluster.crash(away);
  cluster.run_for(long_enough);
  for (int i = 0; i < 200; ++i) {
    cluster.submit();
    cluster.run_for(Duration::millis(100));
  }
  EXPECT_GE(cluster.height(0), 9U) << cluster.describe();
  EXPECT_LE(cluster.height(0), 11U);
  EXPECT_SOUND(cluster);
}

TEST(AwayLeader, TwoOfSevenAwayUnderLoadLoseNothing) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    ClusterOptions options = quick(7, seed);
    options.loss_percent = 2;
    Cluster cluster(options);
    cluster.run_for(Duration::seconds(1));
    cluster.crash(2);
    cluster.crash(3);
    cluster.run_for(long_enough);
    for (int i = 0; i < 100; ++i) {
      cluster.submit();
      cluster.run_for(Duration::millis(20));
    }
    EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(20))) << cluster.describe();
    cluster.restart(2);
    cluster.restart(3);
    cluster.submit();
    EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(20))) << cluster.describe();
    EXPECT_SOUND(cluster);
  }
}

}  // namespace
}  // namespace provchain::core::consensus::test
