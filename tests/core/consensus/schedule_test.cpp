// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/prng.hpp"
#include "crypto/format/genesis.hpp"
#include "engine/core/consensus/turns.hpp"

namespace provchain::core::consensus::test {
namespace {

AuthorityIndex authority(std::size_t index) { return AuthorityIndex(static_cast<std::uint16_t>(index)); }

std::vector<AuthorityIndex> authorities(const std::vector<std::size_t>& indices) {
  std::vector<AuthorityIndex> list;
  for (const std::size_t index : indices) list.push_back(authority(index));
  return list;
}

crypto::format::BlockHeader header_of(std::uint64_t height, std::uint64_t view, AuthorityIndex proposer) {
  crypto::format::BlockHeader header;
  header.height = Height(height);
  header.view = View(view);
  header.proposer = proposer;
  return header;
}

// A chain of blocks in these views.
Turns turns_of(const LeaderSchedule& schedule, std::size_t count, const std::vector<std::uint64_t>& views) {
  Turns turns(count, Height(0), Height(0), View(0));
  for (const std::uint64_t view : views)
    turns.count(schedule, header_of(turns.height().value() + 1, view, schedule.leader(View(view))));
  return turns;
}

// Every view of so many brings a block, unless its leader is one of those that are away.
Turns turns_without(const LeaderSchedule& schedule, std::size_t count, const std::set<AuthorityIndex>& away,
                    std::uint64_t views) {
  std::vector<std::uint64_t> good;
  for (std::uint64_t view = 1; view <= views; ++view)
    if (!away.contains(schedule.leader(View(view)))) good.push_back(view);
  return turns_of(schedule, count, good);
}

std::vector<std::uint64_t> turns_between(const LeaderSchedule& schedule, std::size_t count, View first, View past) {
  std::vector<std::uint64_t> turns(count);
  schedule.add_turns(first, past, turns);
  return turns;
}

// ---- schedule ----

TEST(LeaderSchedule, KeepsItsPromisesForAnyNumberOfAuthoritiesAndOfAbsentOnes) {
  Prng prng(7);
  for (std::size_t n = 1; n <= 100; ++n) {
    const std::size_t faults = crypto::format::faults_tolerated(n);
    for (std::size_t absent_count = 0; absent_count <= faults; absent_count += std::max<std::size_t>(1, faults / 3)) {
      std::set<AuthorityIndex> absent;
      while (absent.size() < absent_count) absent.insert(authority(prng.below(n)));
      const std::vector<AuthorityIndex> list(absent.begin(), absent.end());
      const std::uint64_t offset = prng.next();
      const LeaderSchedule schedule = LeaderSchedule::sparing(offset, n, list);
      const std::size_t cycle = schedule.cycle_views();
      ASSERT_EQ(cycle, absent.empty() ? n : n * LeaderSchedule::cycle_factor);

      std::vector<std::uint64_t> led(n);
      const std::uint64_t first = prng.next() >> 1;
      for (std::uint64_t view = first; view < first + cycle; ++view) {
        const AuthorityIndex leader = schedule.leader(View(view));
        ++led[leader.value()];
        if (n >= 2) {
          ASSERT_NE(leader, schedule.leader(View(view + 1))) << n << " authorities, " << absent_count << " absent";
        }
        ASSERT_EQ(leader, schedule.leader(View(view + cycle)));
      }
      std::uint64_t least = UINT64_MAX;
      std::uint64_t most = 0;
      for (std::size_t i = 0; i < n; ++i) {
        if (absent.contains(authority(i))) {
          ASSERT_EQ(led[i], 1U) << "one probe turn";
          continue;
        }
        least = std::min(least, led[i]);
        most = std::max(most, led[i]);
      }
      ASSERT_GE(least, 1U);
      ASSERT_LE(most - least, 1U) << "the others share evenly";
      ASSERT_EQ(turns_between(schedule, n, View(first), View(first + cycle)), led);
    }
  }
}

TEST(LeaderSchedule, ProbeTurnsAreFarApart) {
  const LeaderSchedule schedule = LeaderSchedule::sparing(3, 10, authorities({0, 4, 9}));
  std::optional<std::uint64_t> last;
  for (std::uint64_t view = 0; view < 500; ++view) {
    const std::size_t leader = schedule.leader(View(view)).value();
    if (leader != 0 && leader != 4 && leader != 9) continue;
    if (last) {
      EXPECT_GE(view - *last, 53U);
    }
    last = view;
  }
}

TEST(LeaderSchedule, AddsUpTheTurnsOfAnyRange) {
  Prng prng(11);
  for (const LeaderSchedule& schedule : {LeaderSchedule::rotation(5, 7), LeaderSchedule::sparing(5, 7, authorities({2, 6}))}) {
    for (int round = 0; round < 50; ++round) {
      const std::uint64_t first = prng.next() >> 1;
      const std::uint64_t past = first + prng.below(400);
      std::vector<std::uint64_t> expected(7);
      for (std::uint64_t view = first; view < past; ++view) ++expected[schedule.leader(View(view)).value()];
      EXPECT_EQ(turns_between(schedule, 7, View(first), View(past)), expected);
    }
    EXPECT_EQ(turns_between(schedule, 7, View(9), View(9)), std::vector<std::uint64_t>(7));
    EXPECT_EQ(turns_between(schedule, 7, View(9), View(3)), std::vector<std::uint64_t>(7));
  }
}

// ---- turns ----

TEST(Turns, CountsBlocksAndTheViewsBetweenThem) {
  const LeaderSchedule schedule = LeaderSchedule::rotation(0, 4);  // view v is led by v mod 4
  const Turns turns = turns_of(schedule, 4, {1, 2, 4, 5, 10});
  EXPECT_EQ(turns.of(authority(0)), (TurnCount{1, 1}));  // 4; 8
  EXPECT_EQ(turns.of(authority(1)), (TurnCount{2, 1}));  // 1, 5; 9
  EXPECT_EQ(turns.of(authority(2)), (TurnCount{2, 1}));  // 2, 10; 6
  EXPECT_EQ(turns.of(authority(3)), (TurnCount{0, 2}));  // 3, 7
  EXPECT_EQ(turns.height(), Height(5));
}

TEST(Turns, AGapOfAnySizeCostsTheSame) {
  const LeaderSchedule schedule = LeaderSchedule::rotation(0, 4);
  const std::uint64_t far = std::uint64_t{1} << 60;
  Turns turns = turns_of(schedule, 4, {1, far + 1});
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(turns.of(authority(i)).missed, far / 4 - (i == 1 ? 1 : 0));
  EXPECT_EQ(turns.of(authority(1)).proposed, 2U);
}

TEST(Turns, BeginAnewAfterASpanWhereverTheCountingNodeStarted) {
  const LeaderSchedule schedule = LeaderSchedule::rotation(0, 4);
  const std::uint64_t anchor = 10;
  const std::uint64_t span = Turns::span_blocks;
  EXPECT_EQ(Turns::begin_of(Height(anchor), Height(anchor)), Height(anchor));
  EXPECT_EQ(Turns::begin_of(Height(anchor), Height(anchor + span)), Height(anchor)) << "a whole span is counted";
  EXPECT_EQ(Turns::begin_of(Height(anchor), Height(anchor + span + 1)), Height(anchor + span));

  Turns all(4, Height(anchor), Height(anchor), View(0));
  const auto add = [&](Turns& turns) {
    const std::uint64_t view = 2 * (turns.height().value() - anchor) + 1;
    turns.count(schedule, header_of(turns.height().value() + 1, view, schedule.leader(View(view))));
  };
  for (std::uint64_t i = 0; i < span; ++i) add(all);
  EXPECT_EQ(all.of(authority(1)).proposed + all.of(authority(3)).proposed, span);
  EXPECT_EQ(all.begin(), Height(anchor));
  for (int i = 0; i < 10; ++i) add(all);
  EXPECT_EQ(all.begin(), Height(anchor + span));

  const Height begin = Turns::begin_of(Height(anchor), all.height());
  Turns late(4, Height(anchor), begin, View(2 * (span - 1) + 1));
  while (late.height() < all.height()) add(late);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(late.of(authority(i)), all.of(authority(i)));
  EXPECT_EQ(late.begin(), all.begin());
}

// ---- both ----

TEST(Absence, IsFoundInWhoTookNoneOfFourTurnsOrMore) {
  const LeaderSchedule schedule = LeaderSchedule::rotation(0, 7);
  EXPECT_TRUE(find_absent(turns_without(schedule, 7, {authority(3)}, 24), 2).empty()) << "the fourth is not known yet";
  EXPECT_EQ(find_absent(turns_without(schedule, 7, {authority(3)}, 40), 2), authorities({3}));
  EXPECT_TRUE(find_absent(turns_without(schedule, 7, {}, 400), 2).empty());

  std::vector<std::uint64_t> views;
  for (std::uint64_t view = 1; view <= 400; ++view)
    if (view % 7 != 3 || view == 395) views.push_back(view);
  EXPECT_TRUE(find_absent(turns_of(schedule, 7, views), 2).empty()) << "one turn taken is enough";
}

TEST(Absence, IsLimitedToTheFaultsThoseFirstThatMissedMost) {
  const LeaderSchedule schedule = LeaderSchedule::rotation(0, 7);
  const Turns turns = turns_without(schedule, 7, {authority(1), authority(2), authority(5)}, 7 * 10 + 4);
  ASSERT_EQ(turns.of(authority(1)).missed, turns.of(authority(2)).missed);
  ASSERT_GT(turns.of(authority(2)).missed, turns.of(authority(5)).missed);
  EXPECT_EQ(find_absent(turns, 2), authorities({1, 2}));
  EXPECT_EQ(find_absent(turns, 1), authorities({1})) << "ties go by index";
  EXPECT_TRUE(find_absent(turns, 0).empty());
}

TEST(Absence, EndsWithTheFirstProbeTurnThatIsTaken) {
  const std::size_t n = 4;
  const LeaderSchedule plain = LeaderSchedule::rotation(1, n);
  const Turns before = turns_without(plain, n, {authority(2)}, 100);
  const LeaderSchedule sparing = LeaderSchedule::sparing(1, n, find_absent(before, 1));
  const std::uint64_t views = 5 * sparing.cycle_views();
  const std::vector<std::uint64_t> due = turns_between(sparing, n, View(1), View(1 + views));
  EXPECT_EQ(due[2], 5U);

  const Turns still_away = turns_without(sparing, n, {authority(2)}, views);
  EXPECT_EQ(find_absent(still_away, 1), authorities({2}));
  EXPECT_EQ(LeaderSchedule::sparing(1, n, find_absent(still_away, 1)).cycle_views(), n * LeaderSchedule::cycle_factor);
  const Turns back = turns_without(sparing, n, {}, views);
  EXPECT_EQ(LeaderSchedule::sparing(1, n, find_absent(back, 1)).cycle_views(), n);
}

}  // namespace
}  // namespace provchain::core::consensus::test
