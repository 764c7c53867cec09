// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/conduct.hpp"

#include <gtest/gtest.h>

#include "tests/core/consensus/cluster.hpp"

namespace provchain::core::consensus::test {
namespace {

constexpr AuthorityIndex voter{2};

MonoTime at(std::int64_t ms) { return MonoTime{ms * 1000}; }

TEST(Conduct, MeasuresFromTheProposalToTheFirstVote) {
  Conduct conduct(4);
  conduct.on_proposal(View(7), at(100));
  conduct.on_notarize(View(7), voter, at(108));
  conduct.on_notarize(View(7), voter, at(900));
  conduct.on_proposal(View(7), at(107));
  EXPECT_EQ(conduct.of(voter).votes, 1U);
  EXPECT_EQ(conduct.of(voter).vote_mean, Duration::millis(8));
  EXPECT_EQ(conduct.of(voter).vote_high, Duration::millis(8));
  EXPECT_EQ(conduct.of(AuthorityIndex{1}).votes, 0U);
}

TEST(Conduct, AVoteAheadOfTheProposalTookNoTime) {
  Conduct conduct(4);
  conduct.on_notarize(View(7), voter, at(100));
  EXPECT_EQ(conduct.of(voter).votes, 0U) << "nothing to measure from yet";
  conduct.on_proposal(View(7), at(103));
  EXPECT_EQ(conduct.of(voter).votes, 1U);
  EXPECT_EQ(conduct.of(voter).vote_mean, Duration{});
}

TEST(Conduct, TheMeanFollowsAndTheHighDecays) {
  Conduct conduct(4);
  std::uint64_t view = 0;
  const auto vote_after = [&](std::int64_t ms) {
    conduct.on_proposal(View(++view), at(0));
    conduct.on_notarize(View(view), voter, at(ms));
  };
  for (int i = 0; i < 200; ++i) vote_after(5);
  vote_after(800);
  EXPECT_EQ(conduct.of(voter).vote_high, Duration::millis(800));
  EXPECT_LT(conduct.of(voter).vote_mean, Duration::millis(60));
  for (int i = 0; i < 50; ++i) vote_after(5);
  EXPECT_LT(conduct.of(voter).vote_mean, Duration::millis(8));
  EXPECT_GT(conduct.of(voter).vote_high, Duration::millis(300)) << "one in fifty is still seen";
  for (int i = 0; i < 500; ++i) vote_after(5);
  EXPECT_EQ(conduct.of(voter).vote_high, Duration::millis(5));
}

TEST(Conduct, RemembersTheLatestViewsOnly) {
  Conduct conduct(4);
  for (std::uint64_t view = 1; view <= Conduct::views_max + 1; ++view) conduct.on_proposal(View(view), at(0));
  conduct.on_notarize(View(1), voter, at(1));
  EXPECT_EQ(conduct.of(voter).votes, 0U);
  conduct.on_notarize(View(2), voter, at(1));
  EXPECT_EQ(conduct.of(voter).votes, 1U);
}

TEST(Conduct, OfAClusterShowsHowSoonVotesComeAndWhoseClockIsWrong) {
  ClusterOptions options = quick(4);
  options.clock_skew_ms = {3'600'000};
  Cluster cluster(options);
  for (int i = 0; i < 12; ++i) {
    cluster.submit();
    cluster.run_for(Duration::seconds(1));
  }
  EXPECT_GE(cluster.at(1).conduct_of(AuthorityIndex{0}).untimely, 1U);
  EXPECT_EQ(cluster.at(1).conduct_of(AuthorityIndex{2}).untimely, 0U);
  for (std::uint16_t other = 1; other < 4; ++other) {
    const AuthorityConduct& conduct = cluster.at(1).conduct_of(AuthorityIndex{other});
    EXPECT_GE(conduct.votes, 3U) << other;
    EXPECT_LT(conduct.vote_high, Duration::millis(200)) << other;
  }
}

}  // namespace
}  // namespace provchain::core::consensus::test
