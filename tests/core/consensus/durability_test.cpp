// SPDX-License-Identifier: Apache-2.0
// What the disk of one node can do to it: writes that are late, writes that are lost, and a past that comes back.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/core/consensus/chain.hpp"
#include "engine/core/consensus/safety.hpp"
#include "tests/core/consensus/cluster.hpp"
#include "wire/messages.hpp"

namespace provchain::core::consensus::test {
namespace {

void load(Cluster& cluster, int transactions, Duration pause) {
  for (int i = 0; i < transactions; ++i) {
    cluster.submit();
    cluster.run_for(pause);
  }
}

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

TEST(ConsensusDurability, AFollowerWithASlowDiskHoldsABoundedNumberOfCommits) {
  ClusterOptions options = quick(4);
  options.disk_extra = {{3, Duration::seconds(2)}};
  Cluster cluster(options);
  std::size_t committing_max = 0;
  for (int i = 0; i < 300; ++i) {
    cluster.submit();
    cluster.run_for(Duration::millis(60));
    committing_max = std::max(committing_max, cluster.at(3).committing().size());
  }
  EXPECT_GT(cluster.height(0), 20U);
  EXPECT_GE(committing_max, commits_max);
  EXPECT_LE(committing_max, commits_max + unfinished_blocks_max) << "those that one certificate makes final may exceed it";
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(300))) << cluster.describe();
  EXPECT_SOUND(cluster);
}

TEST(ConsensusDurability, AnUnfinishedChainOfManyBlocksIsFetchedByWhoMissedIt) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Cluster cluster(quick(4, seed));
    cluster.run_for(Duration::millis(100));
    cluster.crash(3);
    // Nothing becomes final: the chain grows as long as it may, and is proposed again and again.
    cluster.set_adversary([](std::size_t, std::size_t, const wire::OutMessage& message) {
      return message.kind != wire::MessageKind::vote ||
             crypto::format::decode_vote(message.payload.view())->ballot.kind != crypto::format::VoteKind::finalize;
    });
    for (int i = 0; i < 600; ++i) {
      cluster.submit({0, 1, 2});
      cluster.run_for(Duration::millis(100));
    }
    ASSERT_EQ(cluster.height(1), 0U);
    ASSERT_GT(cluster.at(1).status().blocks_held, Chain::fetch_blocks_max);
    cluster.set_adversary({});
    cluster.crash(0);
    cluster.restart(3);
    EXPECT_TRUE(cluster.run_until([&] { return cluster.height(3) > 8 && cluster.height(1) > 8; }, Duration::seconds(60)))
        << cluster.describe();
    EXPECT_SOUND(cluster);
  }
}

// ---- a past that comes back ----

TEST(ConsensusRollback, ANodeRolledBackTogetherWithItsJournalIsToldSoBeforeItVotes) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    for (std::size_t victim = 0; victim < 4; ++victim) {
      ClusterOptions options = quick(4, seed);
      options.delay_min = Duration::millis(10);
      Cluster cluster(options);
      load(cluster, 5, Duration::millis(400));
      cluster.crash(victim);
      cluster.roll_back(victim);
      cluster.restart(victim);
      cluster.submit({victim});
      cluster.run_for(Duration::seconds(3));
      EXPECT_EQ(cluster.at(victim).mode(), Mode::quarantined) << cluster.describe();
      EXPECT_EQ(cluster.alarms(AlarmKind::duplicate_instance), 1U);
      EXPECT_EQ(cluster.alarms(AlarmKind::equivocation), 0U);
      EXPECT_SOUND(cluster);
    }
  }
}

TEST(ConsensusRollback, AVoteThatNeverBecameACertificateIsEnough) {
  // Only one NOTARIZE ever left the node, and the view it was made in is still the current one.
  Cluster cluster(quick(4));
  cluster.run_for(Duration::seconds(1));
  const std::size_t leader = cluster.leader_of(View(1));
  cluster.partition({{0}, {1}, {2}, {3}});
  cluster.submit({leader});
  cluster.run_for(Duration::millis(20));
  cluster.heal();
  cluster.run_for(Duration::millis(300));
  cluster.crash(leader);
  cluster.roll_back(leader);
  cluster.restart(leader);
  cluster.run_for(Duration::seconds(2));
  EXPECT_EQ(cluster.at(leader).mode(), Mode::quarantined) << cluster.describe();
  EXPECT_SOUND(cluster);
}

TEST(ConsensusRollback, ANodeDoesNotVoteBeforeAQuorumHasVouchedForItsJournal) {
  Cluster cluster(quick(4));
  for (std::size_t i = 0; i < 4; ++i) cluster.crash(i);
  cluster.restart(0);
  cluster.restart(1);
  cluster.submit();
  cluster.run_for(Duration::seconds(30));
  EXPECT_EQ(cluster.at(0).mode(), Mode::joining);
  EXPECT_EQ(cluster.at(0).guard().view, View(0));
  cluster.restart(2);
  EXPECT_TRUE(cluster.run_until([&] { return cluster.at(0).mode() == Mode::active; }, Duration::millis(100)));
  cluster.resubmit();
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(2))) << cluster.describe();
}

TEST(ConsensusRollback, ALiarCannotKeepANodeFromVoting) {
  Cluster cluster(quick(4));
  cluster.set_adversary([](std::size_t from, std::size_t, wire::OutMessage& message) {
    if (from != 1 || message.kind != wire::MessageKind::view_status) return true;
    auto status = *wire::parse_view_status(message.payload.view());
    status.seen_view = View(1'000);
    status.seen_step = 2;
    message.payload = wire::build_view_status(status);
    return true;
  });
  load(cluster, 3, Duration::seconds(1));
  cluster.crash(0);
  cluster.restart(0);
  load(cluster, 3, Duration::seconds(1));
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(10))) << cluster.describe();
  EXPECT_EQ(cluster.at(0).mode(), Mode::active);
  EXPECT_EQ(cluster.alarms(AlarmKind::duplicate_instance), 0U);
  EXPECT_SOUND(cluster);
}

}  // namespace
}  // namespace provchain::core::consensus::test
