// SPDX-License-Identifier: Apache-2.0
// Every named adversary, as many of each as the protocol tolerates, over many seeds with and without other faults: the honest
// nodes agree, go on, and finish what they were given. Then what some of them must not achieve in particular, and what happens
// when more collude than the protocol tolerates.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/adversary_catalogue.hpp"
#include "tests/sim/expectations.hpp"
#include "tests/sim/run.hpp"

namespace provchain::sim {
namespace {

class NamedAdversaryTest : public testing::TestWithParam<NamedAdversary> {
 protected:
  static void expect_harmless(std::uint64_t seed, bool faults, std::size_t authorities) {
    RunOptions options;
    options.seed = seed;
    options.adversary = GetParam().name;
    options.faults = faults;
    options.authorities = authorities;
    const RunResult result = run(options);
    EXPECT_TRUE(result.violation.empty()) << "provchain-sim --seed " << seed << " --adversary " << GetParam().name << " --nodes "
                                          << authorities << (faults ? "" : " --no-faults") << " --trace: " << result.violation;
    if (!faults) {
      EXPECT_GT(result.height, Height(1));
    }
  }
};

TEST_P(NamedAdversaryTest, NeitherForksNorStopsTheOthers) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) expect_harmless(seed, false, seed % 3 == 0 ? 7 : 4);
}

TEST_P(NamedAdversaryTest, NorWithOtherFaultsBesideIt) {
  for (std::uint64_t seed = 101; seed <= 106; ++seed) expect_harmless(seed, true, seed % 3 == 0 ? 7 : 4);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, NamedAdversaryTest, testing::ValuesIn(adversaries().begin(), adversaries().end()),
                         [](const auto& named) {
                           std::string name(named.param.name);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

// ---- one by one ----

// Authority 0 of four is of this name; the others are honest and connected.
class OneOfFour : public testing::Test {
 protected:
  std::unique_ptr<World> make(std::string_view name, std::uint64_t seed) {
    auto world = std::make_unique<World>(WorldOptions{.twins = twins_of(name, 1), .seed = seed});
    install_adversary(*world, name, 0);
    world->start_all();
    world->run_for(Duration::seconds(2));
    return world;
  }
  static void load(World& world, int transactions, Duration pause = Duration::millis(100)) {
    for (int i = 0; i < transactions; ++i) {
      world.submit(1 + static_cast<std::size_t>(i) % 3);
      world.run_for(pause);
    }
  }
  static std::size_t alarms(const World& world, core::AlarmKind kind) {
    return static_cast<std::size_t>(
        std::ranges::count_if(world.alarms(), [&](const auto& raised) { return raised.alarm.kind == kind; }));
  }
  static void expect_sound(const World& world) {
    EXPECT_TRUE(world.violations().empty()) << world.violations().front();
    EXPECT_EQ(alarms(world, core::AlarmKind::halted_conflicting_finality), 0U);
    EXPECT_EQ(alarms(world, core::AlarmKind::halted_invalid_certified), 0U);
  }
};

TEST_F(OneOfFour, WhoeverSignsTwoThingsIsFoundOut) {
  for (const std::string_view name : {"equivocating-leader", "double-voter"}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const auto world = make(name, seed);
      load(*world, 30);
      EXPECT_GE(alarms(*world, core::AlarmKind::equivocation), 1U) << name << " " << seed;
      expect_sound(*world);
    }
  }
}

TEST_F(OneOfFour, ACensoredAuthorIsServedByTheOthers) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto world = make("censoring-leader", seed);
    std::vector<TxId> ids;
    for (std::uint64_t i = 0; i < 10; ++i) {
      ids.push_back(world->submit(1 + i % 3, world->make_transaction({.author = 0, .salt = 1'000 + i})));
      world->run_for(Duration::millis(50));
    }
    const auto all_final = [&] {
      return std::ranges::all_of(ids, [&](const TxId& id) { return world->is_final_everywhere(id); });
    };
    EXPECT_TRUE(world->run_until(all_final, Duration::seconds(10))) << seed;
    expect_sound(*world);
  }
}

TEST_F(OneOfFour, NoBlockIsFinalWithATimeFarFromTheTruth) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto world = make("timestamp-manipulator", seed);
    const crypto::format::ConsensusParameters parameters = world->genesis().parameters;
    Height seen;
    for (int i = 0; i < 60; ++i) {
      load(*world, 1);
      const Height tip = world->height(1);
      if (tip == seen) continue;
      seen = tip;
      const auto wall = static_cast<std::int64_t>(world->genesis().time_ms) + 1'000 + world->now().us / 1'000;
      const auto time = static_cast<std::int64_t>(world->disk(1).header(tip).timestamp_ms);
      EXPECT_LE(time, wall + static_cast<std::int64_t>(parameters.clock_skew_ms)) << seed;
      EXPECT_GE(time, wall - static_cast<std::int64_t>(parameters.clock_skew_ms + parameters.msg_delay_ms) - 2'000) << seed;
    }
    EXPECT_GT(seen, Height(5));
    expect_sound(*world);
  }
}

TEST_F(OneOfFour, AForgerIsSentAway) {
  const auto world = make("certificate-forger", 1);
  load(*world, 30);
  std::uint64_t refused = 0;
  for (std::size_t i = 1; i < 4; ++i)
    refused += world->core(i).consensus().rejects()[static_cast<std::size_t>(core::consensus::Reject::bad_signature)];
  EXPECT_GE(refused, 1U);
  expect_sound(*world);
}

TEST_F(OneOfFour, AFloodOfFutureViewsIsNotKept) {
  const auto world = make("future-view-flooder", 1);
  load(*world, 30);
  world->run_for(Duration::seconds(60));
  for (std::size_t i = 1; i < 4; ++i) {
    // Two kinds of the flooder in each of the few views ahead, and what the others have said.
    EXPECT_LT(world->core(i).consensus().status().votes_held, 1'000U);
    EXPECT_GE(world->core(i).consensus().rejects()[static_cast<std::size_t>(core::consensus::Reject::outside_window)], 1U);
  }
  expect_sound(*world);
}

TEST_F(OneOfFour, AnInvalidBlockIsRefusedAndNobodyHalts) {
  const auto world = make("invalid-transaction-leader", 1);
  load(*world, 30);
  std::uint64_t refused = 0;
  for (std::size_t i = 1; i < 4; ++i)
    refused += world->core(i).consensus().rejects()[static_cast<std::size_t>(core::consensus::Reject::invalid_block)];
  EXPECT_GE(refused, 1U);
  expect_sound(*world);
}

// ---- more than the protocol tolerates ----

// One instance of a key that talks to its own side only, and so gives each side a whole and honest-looking authority.
class Colluder final : public Adversary {
 public:
  explicit Colluder(std::vector<std::size_t> side) : side_(std::move(side)) {}
  bool on_send(Rim&, std::size_t to, wire::OutMessage&) override { return is_mine(to); }
  bool on_receive(Rim&, std::size_t from, wire::InMessage&) override { return is_mine(from); }

 private:
  [[nodiscard]] bool is_mine(std::size_t node) const { return std::ranges::find(side_, node) != side_.end(); }
  std::vector<std::size_t> side_;
};

// n authorities, of which the last 2q − n collude: with each half of the honest ones they are a quorum.
class Collusion {
 public:
  Collusion(std::size_t authorities, std::uint64_t seed) {
    const std::size_t quorum = crypto::format::quorum(authorities);
    const std::size_t colluders = 2 * quorum - authorities;
    honest_ = authorities - colluders;
    WorldOptions options{.authorities = authorities, .seed = seed};
    for (std::size_t i = honest_; i < authorities; ++i) options.twins.emplace_back(static_cast<std::uint16_t>(i));
    std::vector<std::size_t> sides[2];
    for (std::size_t i = 0; i < honest_; ++i) sides[i < honest_ / 2 ? 0 : 1].push_back(i);
    for (std::size_t i = honest_; i < authorities; ++i) {
      sides[0].push_back(i);
      sides[1].push_back(i + colluders);
    }
    world_ = std::make_unique<World>(options);
    for (const auto& side : sides)
      for (const std::size_t node : side)
        if (node >= honest_) world_->set_adversary(node, std::make_unique<Colluder>(side));
    for (std::size_t a = 0; a < honest_ / 2; ++a)
      for (std::size_t b = honest_ / 2; b < honest_; ++b) {
        world_->set_passage(a, b, Passage::lost);
        world_->set_passage(b, a, Passage::lost);
      }
  }

  World& world() { return *world_; }
  // Both sides finalise blocks of their own.
  void fork() {
    world_->start_all();
    world_->run_for(Duration::seconds(2));
    for (int i = 0; i < 3; ++i) {
      for (std::size_t node = 0; node < honest_; ++node) world_->submit(node);
      world_->run_for(Duration::seconds(1));
    }
  }
  // The honest nodes that are shown a certificate which contradicts their own chain: all whose chain is not the longer one. Who
  // is ahead gets no answer from those that have halted.
  [[nodiscard]] std::vector<std::size_t> shown_both() const {
    std::vector<std::size_t> nodes;
    for (std::size_t i = 0; i < honest_; ++i) {
      const std::size_t opposite = i < honest_ / 2 ? honest_ - 1 : 0;
      if (world_->height(i) <= world_->height(opposite)) nodes.push_back(i);
    }
    return nodes;
  }

 private:
  std::size_t honest_ = 0;
  std::unique_ptr<World> world_;
};

void expect_halted_with_both(const World& world, std::size_t node) {
  const auto raised = std::ranges::find_if(world.alarms(), [&](const auto& alarm) {
    return alarm.node == node && alarm.alarm.kind == core::AlarmKind::halted_conflicting_finality;
  });
  ASSERT_NE(raised, world.alarms().end()) << "node " << node;
  ASSERT_EQ(raised->alarm.certificates.size(), 2U) << "node " << node;
  const auto first = crypto::format::decode_certificate(raised->alarm.certificates[0], world.options().authorities);
  const auto second = crypto::format::decode_certificate(raised->alarm.certificates[1], world.options().authorities);
  EXPECT_NE(first->block_id, second->block_id);
  EXPECT_EQ(first->kind, crypto::format::VoteKind::finalize);
  EXPECT_EQ(second->kind, crypto::format::VoteKind::finalize);
}

TEST(Collusion, IsFoundByTheCheckerAndHaltsWhoeverIsShownBothCertificates) {
  for (const std::size_t authorities : {std::size_t{4}, std::size_t{7}}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(std::to_string(authorities) + " authorities, seed " + std::to_string(seed));
      Collusion collusion(authorities, seed);
      World& world = collusion.world();
      collusion.fork();
      ASSERT_FALSE(world.violations().empty());
      EXPECT_NE(world.violations().front().find("AGREEMENT"), std::string::npos) << world.violations().front();
      world.heal();
      // Asked again each time: a side that was level may get ahead before the other one has seen it.
      const auto have_halted = [&] {
        return std::ranges::all_of(collusion.shown_both(), [&](std::size_t node) {
          return world.core(node).consensus().mode() == core::consensus::Mode::halted;
        });
      };
      EXPECT_TRUE(world.run_until(have_halted, Duration::seconds(120), Duration::millis(100)));
      const std::vector<std::size_t> shown = collusion.shown_both();
      ASSERT_FALSE(shown.empty());
      for (const std::size_t node : shown) expect_halted_with_both(world, node);
    }
  }
}

}  // namespace
}  // namespace provchain::sim
