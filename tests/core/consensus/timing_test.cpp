// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "crypto/digest.hpp"
#include "engine/core/consensus/leader.hpp"
#include "engine/core/consensus/pacemaker.hpp"
#include "engine/core/consensus/safety.hpp"
#include "tests/core/consensus/cluster.hpp"

namespace provchain::core::consensus::test {
namespace {

using crypto::format::VoteKind;

MonoTime at(std::int64_t ms) { return MonoTime{ms * 1000}; }

// ---- leader ----

TEST(Leader, EveryAuthorityLeadsOncePerRotation) {
  for (std::size_t n = 1; n <= 10; ++n) {
    const LeaderSchedule schedule = LeaderSchedule::rotation(leader_offset(BlockId{}, n), n);
    std::set<AuthorityIndex> leaders;
    for (std::uint64_t view = 5; view < 5 + n; ++view) leaders.insert(schedule.leader(View(view)));
    EXPECT_EQ(leaders.size(), n);
  }
}

TEST(Leader, OffsetFollowsTheAnchor) {
  BlockId anchor;
  std::set<std::uint64_t> offsets;
  for (std::uint8_t i = 0; i < 50; ++i) {
    anchor.bytes[0] = i;
    const std::uint64_t offset = leader_offset(anchor, 7);
    EXPECT_LT(offset, 7U);
    offsets.insert(offset);
  }
  EXPECT_GT(offsets.size(), 3U);
  EXPECT_EQ(LeaderSchedule::rotation(6, 7).leader(View(UINT64_MAX)).value(), (UINT64_MAX % 7 + 6) % 7);
}

// ---- timeouts ----

TEST(Timeout, GrowsByAHalfPerFruitlessViewUpToTheMaximumAndShrinksWithFinality) {
  const Timing timing;
  EXPECT_EQ(timeout_of(timing, View(1), View(0)).us, 250'000);
  EXPECT_EQ(timeout_of(timing, View(2), View(0)).us, 250'000);
  EXPECT_EQ(timeout_of(timing, View(3), View(0)).us, 375'000);
  EXPECT_EQ(timeout_of(timing, View(4), View(0)).us, 562'500);
  EXPECT_EQ(timeout_of(timing, View(5), View(0)).us, 843'750);
  EXPECT_EQ(timeout_of(timing, View(1'000'000'000), View(0)), timing.delta_max);
  EXPECT_EQ(timeout_of(timing, View(1'000), View(998)).us, 250'000);
}

TEST(Pacemaker, WaitsForNothingWhenNothingIsExpected) {
  Pacemaker pacemaker(Timing{});
  pacemaker.enter(at(100), View(1));
  EXPECT_EQ(pacemaker.base(), kNever);
  EXPECT_EQ(pacemaker.deadline(View(0)), kNever);
}

TEST(Pacemaker, CountsFromTheWakeUpAndNeverPostpones) {
  Pacemaker pacemaker(Timing{});
  pacemaker.enter(at(100), View(1));
  pacemaker.hold(Condition::transactions, at(5'000));
  EXPECT_EQ(pacemaker.deadline(View(0)), at(5'500));
  pacemaker.hold(Condition::transactions, at(9'000));
  EXPECT_EQ(pacemaker.deadline(View(0)), at(5'500));
  pacemaker.hold(Condition::transactions, at(4'000));
  EXPECT_EQ(pacemaker.deadline(View(0)), at(4'500));
  pacemaker.release(Condition::transactions);
  EXPECT_EQ(pacemaker.deadline(View(0)), kNever);
  pacemaker.hold(Condition::transactions, at(8'000));
  EXPECT_EQ(pacemaker.deadline(View(0)), at(4'500)) << "latched";
}

TEST(Pacemaker, GivesAProposalThatArrivedTimeForItsBody) {
  Pacemaker pacemaker(Timing{});
  pacemaker.enter(at(0), View(1));
  pacemaker.hold(Condition::transactions, at(0));
  pacemaker.on_proposal(at(400));
  pacemaker.on_proposal(at(900));
  EXPECT_EQ(pacemaker.deadline(View(0)), at(400 + 750 + 1'000));
}

TEST(Pacemaker, WaitsNotAtAllForALeaderKnownToBeAway) {
  Pacemaker pacemaker(Timing{});
  pacemaker.enter(at(0), View(10));
  pacemaker.skip_leader_at(kNever);
  EXPECT_EQ(pacemaker.deadline(View(9)), kNever);
  pacemaker.hold(Condition::transactions, at(3'000));
  pacemaker.skip_leader_at(at(2'000));
  EXPECT_EQ(pacemaker.deadline(View(0)), at(2'000)) << "however many views came to nothing";
  pacemaker.skip_leader_at(kNever);
  EXPECT_EQ(pacemaker.deadline(View(9)), at(3'500)) << "it is back, and is given all of its time";
}

TEST(Pacemaker, WaitsForTheBodyOfAProposalWhoeverBroughtIt) {
  Pacemaker pacemaker(Timing{});
  pacemaker.enter(at(0), View(1));
  pacemaker.skip_leader_at(at(10));
  pacemaker.on_proposal(at(5));
  EXPECT_EQ(pacemaker.deadline(View(0)), at(5 + 750 + 1'000));
}

TEST(Pacemaker, ForgetsEverythingInANewView) {
  Pacemaker pacemaker(Timing{});
  pacemaker.enter(at(0), View(1));
  pacemaker.hold(Condition::unfinished, at(0));
  pacemaker.on_proposal(at(1));
  pacemaker.expire();
  pacemaker.enter(at(50), View(2));
  EXPECT_EQ(pacemaker.base(), kNever);
  EXPECT_FALSE(pacemaker.expired());
}

// ---- safety ----

TEST(Safety, PositionsStrictlyIncrease) {
  Safety safety({}, Epoch{});
  const Node node{View(3), View(1), Height(2), BlockId{}};
  EXPECT_TRUE(safety.decide(safety.notarize(node)));
  EXPECT_FALSE(safety.decide(safety.notarize(node))) << "in flight counts as cast";
  EXPECT_FALSE(safety.is_above_guard(View(3), 1));
  EXPECT_TRUE(safety.decide(safety.finalize(node)));
  EXPECT_FALSE(safety.is_above_guard(View(3), 2)) << "so the view is not nullified either";
  EXPECT_FALSE(safety.decide(safety.notarize(Node{View(2), View(1), Height(2), BlockId{}})));
}

TEST(Safety, AfterNullifyNothingOfThatViewIsSigned) {
  Safety safety({}, Epoch{});
  const Node node{View(3), View(1), Height(2), BlockId{}};
  EXPECT_TRUE(safety.decide(safety.nullify(View(3), View(1), true)));
  EXPECT_FALSE(safety.decide(safety.notarize(node)));
  EXPECT_FALSE(safety.decide(safety.finalize(node)));
}

TEST(Safety, FinalisesInAViewOnlyWhatItNotarisedThere) {
  Safety safety({}, Epoch{});
  BlockId other;
  other.bytes.fill(9);
  EXPECT_TRUE(safety.decide(safety.notarize(Node{View(3), View(1), Height(2), BlockId{}})));
  EXPECT_FALSE(safety.decide(safety.finalize(Node{View(3), View(1), Height(2), other})));
}

TEST(Safety, NullifyNamesTheHighestViewItMayHaveFinalised) {
  Safety safety({}, Epoch{});
  EXPECT_EQ(safety.nullify(View(9), View(4), true).parent_view, View(4));
  EXPECT_TRUE(safety.decide(safety.finalize(Node{View(6), View(4), Height(2), BlockId{}})));
  EXPECT_EQ(safety.nullify(View(9), View(4), true).parent_view, View(6));
  EXPECT_EQ(safety.nullify(View(9), View(4), false).parent_view, View(8)) << "plain Simplex";
}

}  // namespace
}  // namespace provchain::core::consensus::test
