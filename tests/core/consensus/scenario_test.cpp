// SPDX-License-Identifier: Apache-2.0
// Named stories: one fault each, and how soon the cluster must be over it.
#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/format/block.hpp"
#include "engine/core/consensus/block_tree.hpp"
#include "engine/core/consensus/leader.hpp"
#include "engine/core/consensus/pacemaker.hpp"
#include "tests/core/consensus/cluster.hpp"
#include "wire/messages.hpp"

namespace provchain::core::consensus::test {
namespace {

using crypto::format::Vote;
using crypto::format::VoteKind;

std::optional<Vote> vote_in(const wire::OutMessage& message) {
  if (message.kind != wire::MessageKind::vote) return std::nullopt;
  return *crypto::format::decode_vote(message.payload.view());
}

// ---- time ----

TEST(ConsensusScenario, IdleForADayChangesNoViewAndCastsNoVote) {
  ClusterOptions options = quick(4);
  options.timing.status_idle = Duration::seconds(60);
  options.loss_percent = 10;
  Cluster cluster(options);
  cluster.submit();
  ASSERT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(20)));
  cluster.run_for(Duration::seconds(30));
  const View view = cluster.max_view();
  const std::size_t votes = cluster.votes_sent(wire::MessageKind::vote);
  cluster.run_for(Duration::seconds(24 * 3600));
  EXPECT_EQ(cluster.max_view(), view);
  EXPECT_EQ(cluster.votes_sent(wire::MessageKind::vote), votes);
  EXPECT_SOUND(cluster);
}

TEST(ConsensusScenario, FirstTransactionAfterIdleIsFinalWithinAFewHops) {
  ClusterOptions options = quick(4);
  options.parameters.target_interval_ms = 10'000;
  options.parameters.min_interval_ms = 1'000;
  options.delay_min = options.delay_max = Duration::millis(20);
  Cluster cluster(options);
  cluster.run_for(Duration::seconds(60));
  cluster.submit();
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::millis(30 + 3 * 20 + 60))) << cluster.describe();
  EXPECT_EQ(cluster.at(0).status().views_nullified, 0U);
}

TEST(ConsensusScenario, BlocksKeepTheTargetInterval) {
  ClusterOptions options = quick(4);
  options.parameters.target_interval_ms = 2'000;
  options.parameters.min_interval_ms = 500;
  Cluster cluster(options);
  for (int i = 0; i < 100; ++i) {
    cluster.submit();
    cluster.run_for(Duration::millis(100));
  }
  EXPECT_GE(cluster.height(0), 4U);
  EXPECT_LE(cluster.height(0), 6U);
  EXPECT_EQ(cluster.at(0).status().views_nullified, 0U) << cluster.describe();
  EXPECT_SOUND(cluster);
}

TEST(ConsensusScenario, HeartbeatsAreProposedOnlyWhenTheGenesisAsksForThem) {
  ClusterOptions options = quick(4);
  options.parameters.heartbeat_ms = 5'000;
  Cluster cluster(options);
  cluster.run_for(Duration::seconds(60));
  EXPECT_GE(cluster.height(0), 9U) << cluster.describe();
  EXPECT_LE(cluster.height(0), 13U);
  EXPECT_SOUND(cluster);
}

TEST(ConsensusScenario, OneWrongClockCostsOnlyItsOwnProposals) {
  for (const std::int64_t skew_ms : {3'600'000, -3'600'000}) {
    ClusterOptions options = quick(4);
    options.clock_skew_ms = {skew_ms};
    Cluster cluster(options);
    for (int i = 0; i < 10; ++i) {
      cluster.submit();
      cluster.run_for(Duration::seconds(1));
    }
    EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(20))) << cluster.describe();
    EXPECT_SOUND(cluster);
  }
}

TEST(ConsensusScenario, ANodeWhoseClockIsWrongSaysSo) {
  ClusterOptions options = quick(4);
  options.clock_skew_ms = {-3'600'000};
  Cluster cluster(options);
  for (int i = 0; i < 10; ++i) {
    cluster.submit({1, 2, 3});
    cluster.run_for(Duration::seconds(1));
  }
  EXPECT_GE(cluster.alarms(AlarmKind::untimely_clock), 1U);
}

// ---- crashes ----

TEST(ConsensusScenario, NextLeaderTakesOverWithinTwoTimeouts) {
  ClusterOptions options = quick(4);
  Cluster cluster(options);
  cluster.run_for(Duration::seconds(1));
  cluster.crash(cluster.leader_of(cluster.max_view()));
  cluster.submit();
  const Duration allowed = options.timing.grace + options.timing.delta_base * 2 + Duration::millis(250);
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, allowed)) << cluster.describe();
  EXPECT_SOUND(cluster);
}

TEST(ConsensusScenario, TwoOfFourDownStopsAndOneBackResumesWithinTwoTimeouts) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster cluster(quick(4, seed));
    cluster.submit();
    ASSERT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(5)));
    cluster.crash(seed % 4);
    cluster.crash((seed + 1) % 4);
    const TxId id = cluster.submit();
    cluster.run_for(Duration::seconds(120));
    const std::size_t up = (seed + 2) % 4;
    ASSERT_FALSE(cluster.is_final_at(id, up));
    const View view = cluster.at(up).view();
    const View final_view = cluster.at(up).last_final().view;
    cluster.restart(seed % 4);
    cluster.run_for(Duration::millis(50));
    cluster.resubmit();  // as the transaction relay does for a peer that comes back
    const Timing timing;
    // The view that is stuck is left at once; one more may have a leader that is still down.
    const Duration timeouts = timeout_of(timing, view.next(), final_view) * 4;
    EXPECT_TRUE(cluster.run_until([&] { return cluster.is_final_at(id, up); }, timeouts)) << cluster.describe();
    EXPECT_SOUND(cluster);
  }
}

TEST(ConsensusScenario, VotesStoredBeforeACrashOfAllAreSentAgainAfterIt) {
  Cluster cluster(quick(4));
  cluster.run_for(Duration::seconds(1));
  cluster.set_adversary(
      [&](std::size_t, std::size_t, const wire::OutMessage& message) { return message.kind != wire::MessageKind::vote; });
  cluster.submit();
  const auto all_notarised = [&] {
    for (std::size_t i = 0; i < 4; ++i)
      if (cluster.at(i).guard().step != 1) return false;
    return true;
  };
  ASSERT_TRUE(cluster.run_until(all_notarised, Duration::seconds(2)));
  cluster.run_for(Duration::millis(20));
  cluster.set_adversary(nullptr);
  for (std::size_t i = 0; i < 4; ++i) cluster.crash(i);
  for (std::size_t i = 0; i < 4; ++i) cluster.restart(i);
  // The mempools are empty: only the stored votes and bodies can finish the block.
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(3))) << cluster.describe();
  EXPECT_EQ(cluster.at(0).status().views_nullified, 0U) << cluster.describe();
  EXPECT_SOUND(cluster);
}

TEST(ConsensusScenario, AllAtOnceUnderLoadAgainAndAgain) {
  Prng dice(5);
  Cluster cluster(quick(4, 3));
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 4; ++i) cluster.submit();
    cluster.run_for(Duration::millis(static_cast<std::int64_t>(dice.below(200))));
    for (std::size_t i = 0; i < 4; ++i) cluster.crash(i);
    for (std::size_t i = 0; i < 4; ++i) cluster.restart(i);
  }
  cluster.run_for(Duration::millis(50));
  cluster.resubmit();
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(20))) << cluster.describe();
  EXPECT_SOUND(cluster);
}

TEST(ConsensusScenario, ALateNodeCatchesUpAndVotesAgain) {
  Cluster cluster(quick(4));
  cluster.crash(3);
  for (int i = 0; i < 40; ++i) {
    cluster.submit();
    cluster.run_for(Duration::seconds(1));
  }
  ASSERT_GT(cluster.height(0), 20U);
  cluster.restart(3);
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(20))) << cluster.describe();
  EXPECT_EQ(cluster.at(3).mode(), Mode::active);
  cluster.crash(0);
  cluster.submit();
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(10))) << cluster.describe();
  EXPECT_SOUND(cluster);
}

// ---- loss ----

TEST(ConsensusScenario, TailBlockBecomesFinalWithoutNewTransactions) {
  Cluster cluster(quick(4));
  cluster.run_for(Duration::seconds(1));
  // All FINALIZE votes of the first view are lost, also when they are sent again.
  cluster.set_adversary([&](std::size_t, std::size_t, const wire::OutMessage& message) {
    const auto vote = vote_in(message);
    return !vote || vote->ballot.kind != VoteKind::finalize || vote->ballot.view != View(1);
  });
  cluster.submit();
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(2))) << cluster.describe();
  EXPECT_EQ(cluster.height(0), 1U) << "proposed again, not followed by another block";
  EXPECT_GE(cluster.at(0).last_final().view, View(2));
  EXPECT_SOUND(cluster);
}

TEST(ConsensusScenario, ALostProposalIsSentAgainBeforeItsViewEnds) {
  // Three of three are needed. First the leader's message is lost once, then the leader never tells one of them and the third has
  // to.
  for (const bool for_good : {false, true}) {
    ClusterOptions options = quick(3);
    options.timing.status_busy = Duration::millis(200);
    Cluster cluster(options);
    cluster.run_for(Duration::seconds(1));
    const std::size_t leader = cluster.leader_of(View(1));
    const std::size_t left_out = (leader + 1) % 3;
    std::size_t lost = 0;
    cluster.set_adversary([&](std::size_t from, std::size_t to, const wire::OutMessage& message) {
      if (message.kind != wire::MessageKind::proposal || from != leader || to != left_out) return true;
      return lost++ > 0 && !for_good;
    });
    cluster.submit();
    EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(3))) << cluster.describe();
    EXPECT_GT(lost, 0U);
    EXPECT_EQ(cluster.at(0).status().views_nullified, 0U) << cluster.describe();
    EXPECT_SOUND(cluster);
  }
}

TEST(ConsensusScenario, FifteenPercentLossSlowsButNeverStops) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    ClusterOptions options = quick(4, seed);
    options.loss_percent = 15;
    Cluster cluster(options);
    for (int i = 0; i < 20; ++i) {
      cluster.submit();
      cluster.run_for(Duration::millis(500));
    }
    EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(30))) << cluster.describe();
    EXPECT_SOUND(cluster);
  }
}

TEST(ConsensusScenario, AfterTenMinutesOfHeavyLossOneCertificateCoversAllSkippedViews) {
  ClusterOptions options = quick(4);
  options.loss_percent = 75;
  Cluster cluster(options);
  const TxId id = cluster.submit();
  // Nothing can be notarised: proposals are lost altogether.
  std::size_t skips_in_proposal = 0;
  bool storm = true;
  cluster.set_adversary([&](std::size_t, std::size_t, const wire::OutMessage& message) {
    if (message.kind != wire::MessageKind::proposal) return true;
    skips_in_proposal = wire::parse_proposal(message.payload.view())->skip_certificates.size();
    return !storm;
  });
  cluster.run_for(Duration::seconds(600));
  ASSERT_GT(cluster.max_view(), View(5));
  storm = false;
  cluster.set_loss(0);
  EXPECT_TRUE(cluster.run_until([&] { return cluster.is_final_at(id, 0); }, Duration::seconds(130))) << cluster.describe();
  EXPECT_LE(skips_in_proposal, 3U);
  EXPECT_SOUND(cluster);
}

TEST(ConsensusScenario, PartitionWithoutAMajorityNeverForks) {
  Cluster cluster(quick(4));
  cluster.run_for(Duration::seconds(1));
  cluster.partition({{0, 1}, {2, 3}});
  for (int i = 0; i < 10; ++i) {
    cluster.submit();
    cluster.run_for(Duration::seconds(3));
  }
  EXPECT_EQ(cluster.height(0), 0U);
  cluster.heal();
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(70))) << cluster.describe();
  EXPECT_SOUND(cluster);
}

// ---- roles ----

TEST(ConsensusScenario, ObserversFollowAndNeverVote) {
  ClusterOptions options = quick(4);
  options.observers = 2;
  Cluster cluster(options);
  for (int i = 0; i < 10; ++i) {
    cluster.submit();
    cluster.run_for(Duration::millis(300));
  }
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(15))) << cluster.describe();
  EXPECT_EQ(cluster.at(5).mode(), Mode::observer);
  EXPECT_EQ(cluster.at(5).guard().view, View(0));
  EXPECT_SOUND(cluster);
}

TEST(ConsensusScenario, AQuarantinedAuthorityFollowsAndNeverVotes) {
  ClusterOptions options = quick(4);
  options.quarantined = {2};
  Cluster cluster(options);
  for (int i = 0; i < 10; ++i) {
    cluster.submit();
    cluster.run_for(Duration::seconds(1));
  }
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(15))) << cluster.describe();
  EXPECT_EQ(cluster.at(2).mode(), Mode::quarantined);
  EXPECT_EQ(cluster.at(2).guard().view, View(0));
  EXPECT_SOUND(cluster);
}

}  // namespace
}  // namespace provchain::core::consensus::test
