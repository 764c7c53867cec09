// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/guard.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/crypto/format_samples.hpp"

namespace provchain::crypto::format {
namespace {

using samples::context;
using samples::finalize;
using samples::notarize;
using samples::nullify;

Ballot in_epoch(Ballot ballot, std::uint64_t epoch) {
  ballot.epoch = Epoch(epoch);
  return ballot;
}

Ballot of_block(Ballot ballot, std::uint8_t block) {
  ballot.block_id = samples::filled<BlockId>(block);
  return ballot;
}

class GuardTest : public testing::Test {
 protected:
  [[nodiscard]] GuardVerdict judge(const Ballot& ballot) const { return guard_.judge(context(), ballot); }
  void signs(const Ballot& ballot) {
    ASSERT_EQ(judge(ballot), GuardVerdict::admitted);
    guard_.advance(context(), ballot);
  }
  Guard guard_;
};

TEST_F(GuardTest, FreshGuardAdmitsAnyWellFormedBallot) {
  EXPECT_EQ(judge(in_epoch(notarize(1), 0)), GuardVerdict::admitted);
  EXPECT_EQ(judge(in_epoch(finalize(1), 0)), GuardVerdict::admitted);
  EXPECT_EQ(judge(in_epoch(nullify(1, 0), 0)), GuardVerdict::admitted);
  EXPECT_EQ(judge(notarize(77)), GuardVerdict::admitted);
}

TEST_F(GuardTest, RefusesIllFormedBallots) {
  EXPECT_EQ(judge(nullify(4, 4)), GuardVerdict::refused);
  Ballot no_height = notarize(4);
  no_height.height = Height(0);
  EXPECT_EQ(judge(no_height), GuardVerdict::refused);
}

TEST_F(GuardTest, AdvanceRecordsPositionAndStatement) {
  signs(notarize(5));
  EXPECT_EQ(guard_.epoch, Epoch(3));
  EXPECT_EQ(guard_.view, View(5));
  EXPECT_EQ(guard_.step, 1U);
  EXPECT_EQ(guard_.highest_finalized, View(0));
  EXPECT_EQ(guard_.last, encode_statement(context(), notarize(5)));
  signs(finalize(5));
  EXPECT_EQ(guard_.step, 2U);
  EXPECT_EQ(guard_.highest_finalized, View(5));
  EXPECT_EQ(guard_.last, encode_statement(context(), finalize(5)));
}

TEST_F(GuardTest, EqualBytesAreRepeated) {
  signs(notarize(5));
  EXPECT_EQ(judge(notarize(5)), GuardVerdict::repeated);
  signs(finalize(5));
  EXPECT_EQ(judge(finalize(5)), GuardVerdict::repeated);
  EXPECT_EQ(judge(notarize(5)), GuardVerdict::refused);  // below by now
  signs(nullify(8, 5));
  EXPECT_EQ(judge(nullify(8, 5)), GuardVerdict::repeated);
}

TEST_F(GuardTest, EqualPositionWithOtherBytesIsRefused) {
  signs(notarize(5));
  EXPECT_EQ(judge(of_block(notarize(5), 0x99)), GuardVerdict::refused);
  EXPECT_EQ(guard_.judge({context().network_id, samples::filled<BlockId>(0x99)}, notarize(5)), GuardVerdict::refused);
  signs(nullify(5, 0));
  EXPECT_EQ(judge(nullify(5, 1)), GuardVerdict::refused);
  EXPECT_EQ(judge(finalize(5)), GuardVerdict::refused);
}

TEST_F(GuardTest, FinalizeAndNullifyOfOneViewExcludeEachOther) {
  signs(notarize(5));
  signs(finalize(5));
  EXPECT_EQ(judge(nullify(5, 4)), GuardVerdict::refused);
}

TEST_F(GuardTest, LowerViewsAndStepsAreRefused) {
  signs(nullify(5, 0));
  for (const Ballot& ballot : {notarize(5), notarize(4), finalize(4), nullify(4, 0), finalize(1)})
    EXPECT_EQ(judge(ballot), GuardVerdict::refused);
  for (const Ballot& ballot : {notarize(6), finalize(6), nullify(6, 0)}) EXPECT_EQ(judge(ballot), GuardVerdict::admitted);
}

TEST_F(GuardTest, FinalizeMustNameTheNotarizedStatement) {
  signs(notarize(5));
  EXPECT_EQ(judge(of_block(finalize(5), 0x99)), GuardVerdict::refused);
  Ballot other_parent = finalize(5);
  other_parent.parent_view = View(3);
  EXPECT_EQ(judge(other_parent), GuardVerdict::refused);
  Ballot other_height = finalize(5);
  other_height.height = Height(42);
  EXPECT_EQ(judge(other_height), GuardVerdict::refused);
  EXPECT_EQ(judge(finalize(5)), GuardVerdict::admitted);
}

TEST_F(GuardTest, FinalizeOfAViewNotNotarizedHereIsFree) {
  signs(notarize(5));
  EXPECT_EQ(judge(of_block(finalize(6), 0x99)), GuardVerdict::admitted);
}

TEST_F(GuardTest, NullifyMayNotReachBehindWhatWasFinalized) {
  signs(notarize(5));
  signs(finalize(5));
  EXPECT_EQ(judge(nullify(9, 4)), GuardVerdict::refused);
  EXPECT_EQ(judge(nullify(9, 0)), GuardVerdict::refused);
  EXPECT_EQ(judge(nullify(9, 5)), GuardVerdict::admitted);
  EXPECT_EQ(judge(nullify(9, 8)), GuardVerdict::admitted);
}

TEST_F(GuardTest, HighestFinalizedSurvivesOtherVotes) {
  signs(finalize(5));
  signs(notarize(6));
  signs(nullify(6, 5));
  signs(notarize(7));
  EXPECT_EQ(guard_.highest_finalized_in(Epoch(3)), View(5));
  EXPECT_EQ(judge(nullify(7, 4)), GuardVerdict::refused);
}

TEST_F(GuardTest, EpochsComeFirstAndStartWithNothingFinalized) {
  signs(finalize(50));
  EXPECT_EQ(guard_.highest_finalized_in(Epoch(4)), View(0));
  EXPECT_EQ(judge(in_epoch(notarize(60), 2)), GuardVerdict::refused);
  EXPECT_EQ(judge(in_epoch(nullify(60, 55), 2)), GuardVerdict::refused);
  EXPECT_EQ(judge(in_epoch(nullify(1, 0), 4)), GuardVerdict::admitted);
  signs(in_epoch(notarize(1), 4));
  EXPECT_EQ(guard_.highest_finalized, View(0));
  EXPECT_EQ(judge(in_epoch(nullify(1, 0), 4)), GuardVerdict::admitted);
  EXPECT_EQ(judge(notarize(51)), GuardVerdict::refused);  // the old epoch is over
}

TEST_F(GuardTest, FinalizeFromANewEpochIsNotHeldToTheOldNotarize) {
  signs(notarize(5));
  EXPECT_EQ(judge(of_block(in_epoch(finalize(5), 4), 0x99)), GuardVerdict::admitted);
}

TEST_F(GuardTest, OneEpochHasOneHistory) {
  signs(notarize(5));
  const StatementContext other_anchor{context().network_id, samples::filled<BlockId>(0x99)};
  const StatementContext other_network{samples::filled<NetworkId>(0x99), context().anchor_id};
  EXPECT_EQ(guard_.judge(other_anchor, notarize(6)), GuardVerdict::refused);
  EXPECT_EQ(guard_.judge(other_network, notarize(6)), GuardVerdict::refused);
  EXPECT_EQ(guard_.judge(other_anchor, in_epoch(notarize(1), 4)), GuardVerdict::admitted);
}

// Whatever is asked in whatever order, what was admitted is honest: one statement a position, no FINALIZE beside a NULLIFY that
// covers it.
TEST_F(GuardTest, RandomRequestsNeverYieldAContradiction) {
  std::mt19937_64 random(11);
  std::vector<Ballot> admitted;
  for (int round = 0; round < 3000; ++round) {
    const std::uint64_t view = guard_.view.value() + random() % 4;
    if (view == 0) continue;
    Ballot ballot = nullify(view, random() % view);
    if (random() % 3 != 0)
      ballot = of_block(random() % 2 == 0 ? notarize(view) : finalize(view), static_cast<std::uint8_t>(random() % 2 + 1));
    if (judge(ballot) != GuardVerdict::admitted) continue;
    for (const Ballot& before : admitted) {
      ASSERT_FALSE(before.view == ballot.view && before.kind == ballot.kind);
      ASSERT_FALSE(before.kind == VoteKind::finalize && ballot.kind == VoteKind::nullify && before.view > ballot.parent_view);
      if (before.kind == VoteKind::notarize && ballot.kind == VoteKind::finalize && before.view == ballot.view) {
        ASSERT_EQ(before.block_id, ballot.block_id);
      }
    }
    guard_.advance(context(), ballot);
    admitted.push_back(ballot);
    if (admitted.size() > 64) admitted.erase(admitted.begin());
  }
  EXPECT_EQ(admitted.size(), 64U);
}

}  // namespace
}  // namespace provchain::crypto::format
