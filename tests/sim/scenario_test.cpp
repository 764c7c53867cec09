// SPDX-License-Identifier: Apache-2.0
// Stories of a cluster in virtual time. Each ends with a look at everything the world has seen.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/fake_crypto.hpp"
#include "tests/sim/world.hpp"

namespace provchain::sim {
namespace {

// A view whose leader stays silent takes 2Δ0.
constexpr Duration kTwoViewTimeouts = Duration::millis(2 * 500);

class Scenario {
 public:
  explicit Scenario(WorldOptions options) : world(options) {}
  ~Scenario() {
    EXPECT_TRUE(world.violations().empty()) << world.violations().front();
    EXPECT_TRUE(world.alarms().empty()) << world.alarms().front().alarm.detail;
  }
  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;

  void start_connected() {
    world.start_all();
    ASSERT_TRUE(world.run_until([&] { return is_meshed(); }, Duration::seconds(10)));
    world.run_for(Duration::seconds(1));
  }
  [[nodiscard]] bool is_meshed() const {
    std::size_t up = 0;
    for (std::size_t i = 0; i < world.size(); ++i) up += world.is_up(i) ? 1 : 0;
    for (std::size_t i = 0; i < world.size(); ++i)
      if (world.is_up(i) && world.ready_peers(i) != up - 1) return false;
    return true;
  }
  [[nodiscard]] bool becomes_final(const TxId& id, Duration limit = Duration::seconds(30)) {
    return world.run_until([&] { return world.is_final_everywhere(id); }, limit);
  }
  [[nodiscard]] bool all_become_final(const std::vector<TxId>& ids, Duration limit = Duration::seconds(60)) {
    const auto all_final = [&] {
      return std::ranges::all_of(ids, [&](const TxId& id) { return world.is_final_everywhere(id); });
    };
    return world.run_until(all_final, limit);
  }

  World world;
};

TEST(Scenario, FourNodesFinalizeWhatIsSubmittedToAnyOfThem) {
  Scenario story({});
  story.start_connected();
  std::vector<TxId> ids;
  for (std::size_t i = 0; i < 20; ++i) {
    ids.push_back(story.world.submit(i % 4));
    story.world.run_for(Duration::millis(3));
  }
  EXPECT_TRUE(story.all_become_final(ids, Duration::seconds(5)));
}

TEST(Scenario, ASubmissionAtANodeThatDoesNotLeadIsFinalEverywhereWithinMilliseconds) {
  for (std::size_t node = 0; node < 4; ++node) {
    Scenario story({.seed = 10 + node});
    story.start_connected();
    const TxId id = story.world.submit(node);
    EXPECT_TRUE(story.becomes_final(id, Duration::millis(100))) << node;
  }
}

TEST(Scenario, AnObserverFollows) {
  Scenario story({.observers = 1});
  story.start_connected();
  const TxId id = story.world.submit(4);
  EXPECT_TRUE(story.becomes_final(id));
}

TEST(Scenario, OneNodeAloneIsItsOwnQuorum) {
  Scenario story({.authorities = 1});
  story.world.start_all();
  EXPECT_TRUE(story.becomes_final(story.world.submit(0)));
}

TEST(Scenario, AnIdleClusterMakesNoBlocks) {
  Scenario story({});
  story.start_connected();
  story.world.run_for(Duration::seconds(600));
  EXPECT_EQ(story.world.height(0), Height{0});
  EXPECT_EQ(story.world.core(0).consensus().view(), View{1});
}

TEST(Scenario, WithOneNodeDownTheOthersGoOnAndItCatchesUpByItself) {
  Scenario story({});
  story.start_connected();
  story.world.crash(2);
  std::vector<TxId> ids;
  for (int i = 0; i < 60; ++i) {
    ids.push_back(story.world.submit(0));
    EXPECT_TRUE(story.becomes_final(ids.back()));
  }
  EXPECT_GT(story.world.height(0), Height{30});
  story.world.start(2);
  EXPECT_TRUE(story.all_become_final(ids));
  EXPECT_GT(story.world.core(2).counters().value(core::Counter::blocks_synced), 0U);
  EXPECT_TRUE(story.becomes_final(story.world.submit(2)));
}

TEST(Scenario, ALongGapIsClosedInBatchesWhileTheOthersGoOn) {
  Scenario story({});
  story.start_connected();
  story.world.crash(3);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(story.becomes_final(story.world.submit(0)));
  EXPECT_GT(story.world.height(0), Height{150});
  story.world.start(3);
  TxId last;
  for (int i = 0; i < 50; ++i) {
    last = story.world.submit(1);
    story.world.run_for(Duration::millis(20));
  }
  EXPECT_TRUE(story.becomes_final(last));
  EXPECT_GT(story.world.core(3).counters().value(core::Counter::sync_batches), 1U);
  EXPECT_EQ(story.world.core(3).consensus().mode(), core::consensus::Mode::active);
}

TEST(Scenario, AGapOfAFewBlocksIsClosedToo) {
  Scenario story({});
  story.start_connected();
  story.world.crash(1);
  const TxId id = story.world.submit(0);
  EXPECT_TRUE(story.becomes_final(id));
  story.world.start(1);
  EXPECT_TRUE(story.becomes_final(id));
}

TEST(Scenario, WithTwoOfFourDownNothingIsFinalAndNothingIsLost) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Scenario story({.seed = seed});
    story.start_connected();
    EXPECT_TRUE(story.becomes_final(story.world.submit(0)));
    story.world.crash(2);
    story.world.crash(3);
    const Height before = story.world.height(0);
    const TxId id = story.world.submit(0);
    story.world.run_for(Duration::seconds(120));
    EXPECT_EQ(story.world.height(0), before);
    story.world.start(2);
    ASSERT_TRUE(story.world.run_until([&] { return story.is_meshed(); }, Duration::seconds(20)));
    const MonoTime connected = story.world.now();
    EXPECT_TRUE(story.world.run_until([&] { return story.world.is_final(0, id); }, Duration::seconds(60))) << seed;
    EXPECT_LE((story.world.now() - connected).us, kTwoViewTimeouts.us) << seed;
    EXPECT_TRUE(story.becomes_final(id));
  }
}

TEST(Scenario, AllFourCrashAtOnceAndNothingReportedFinalIsMissing) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Scenario story({.seed = seed});
    Prng prng(seed);
    story.start_connected();
    std::vector<TxId> ids;
    for (std::uint64_t i = 0; i < 10 + seed % 7; ++i) {
      ids.push_back(story.world.submit(prng.below(4)));
      story.world.run_for(Duration::micros(prng.between(0, 3'000)));
    }
    story.world.crash_all();
    story.start_connected();
    const TxId after = story.world.submit(prng.below(4));
    EXPECT_TRUE(story.becomes_final(after)) << seed;
  }
}

TEST(Scenario, OneAfterAnotherCrashesUnderLoad) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Scenario story({.seed = seed});
    Prng prng(seed);
    story.start_connected();
    std::vector<TxId> ids;
    for (int round = 0; round < 8; ++round) {
      const std::size_t victim = prng.below(4);
      for (int i = 0; i < 5; ++i) {
        ids.push_back(story.world.submit((victim + 1 + prng.below(3)) % 4));
        story.world.run_for(Duration::micros(prng.between(0, 2'000)));
        if (i == 2) story.world.crash(victim);
      }
      story.world.run_for(Duration::millis(prng.between(1, 3'000)));
      story.world.start(victim);
      story.world.run_for(Duration::millis(prng.between(1, 5'000)));
    }
    const TxId last = story.world.submit(0);
    EXPECT_TRUE(story.becomes_final(last, Duration::seconds(60))) << seed;
  }
}

TEST(Scenario, LossAndRepetitionDelayButDoNotStop) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Scenario story({.seed = seed, .network = {.lost_per_thousand = 50, .doubled_per_thousand = 50}});
    story.world.start_all();
    story.world.run_for(Duration::seconds(30));
    std::vector<TxId> ids;
    for (std::size_t i = 0; i < 20; ++i) {
      ids.push_back(story.world.submit(i % 4));
      story.world.run_for(Duration::millis(20));
    }
    EXPECT_TRUE(story.all_become_final(ids, Duration::seconds(120))) << seed;
  }
}

TEST(Scenario, APartitionHealsAndBothSidesAgree) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Scenario story({.seed = seed});
    story.start_connected();
    story.world.partition({0});
    const TxId lonely = story.world.submit(0);
    const TxId majority = story.world.submit(1);
    EXPECT_TRUE(story.world.run_until([&] { return story.world.is_final(1, majority); }, Duration::seconds(30)));
    story.world.run_for(Duration::seconds(30));
    EXPECT_FALSE(story.world.is_final(0, majority));
    EXPECT_FALSE(story.world.is_final(1, lonely));
    story.world.heal();
    EXPECT_TRUE(story.all_become_final({lonely, majority})) << seed;
  }
}

TEST(Scenario, ABadTransactionIsRefusedAndChangesNothing) {
  Scenario story({});
  story.start_connected();
  const TxId id = story.world.submit(0, fake_transaction(story.world.genesis(), {.signed_well = false}));
  story.world.run_for(Duration::seconds(1));
  EXPECT_EQ(story.world.answer(id)->reject, crypto::format::TxReject::bad_signature);
  EXPECT_EQ(story.world.height(0), Height{0});
}

TEST(Scenario, ADuplicateIsRefusedBeforeAndAfterItIsFinal) {
  Scenario story({});
  story.start_connected();
  const SharedBytes bytes = fake_transaction(story.world.genesis(), {});
  const TxId id = story.world.submit(0, bytes);
  EXPECT_TRUE(story.becomes_final(id));
  story.world.submit(1, bytes);
  story.world.run_for(Duration::millis(10));
  EXPECT_EQ(story.world.answer(id)->reject, crypto::format::TxReject::duplicate);
  story.world.crash_all();
  story.start_connected();
  story.world.submit(2, bytes);
  story.world.run_for(Duration::millis(10));
  EXPECT_EQ(story.world.answer(id)->reject, crypto::format::TxReject::duplicate);
}

std::string digest_of_a_story(std::uint64_t seed) {
  WorldOptions options;
  options.seed = seed;
  options.network.lost_per_thousand = 20;
  World world(options);
  world.start_all();
  world.run_for(Duration::seconds(2));
  for (std::size_t i = 0; i < 5; ++i) world.submit(i % 4);
  world.run_for(Duration::millis(3));
  world.crash(1);
  world.run_for(Duration::seconds(2));
  world.start(1);
  world.run_for(Duration::seconds(10));
  return world.digest();
}

TEST(Replay, TheSameSeedTwiceGivesTheSameEvents) {
  EXPECT_EQ(digest_of_a_story(5), digest_of_a_story(5));
  EXPECT_NE(digest_of_a_story(5), digest_of_a_story(6));
}

}  // namespace
}  // namespace provchain::sim
