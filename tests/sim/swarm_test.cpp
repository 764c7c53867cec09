// SPDX-License-Identifier: Apache-2.0
// Clusters whose shape, network and misfortunes are drawn from the seed: what nobody thought of writing down as a scenario. Some
// faults are switched off in each run, so that none hides behind another.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/sim/world.hpp"

namespace provchain::sim {
namespace {

class Swarm {
 public:
  explicit Swarm(std::uint64_t seed) : prng_(seed * 7'919), world_(draw_options(seed)) {
    crashes_ = prng_.chance(700);
    partitions_ = prng_.chance(400);
    world_.start_all();
    world_.run_for(Duration::seconds(3));
  }

  // A line for people when the run was not sound; empty otherwise.
  std::string run() {
    const std::uint64_t rounds = 10 + prng_.below(30);
    for (std::uint64_t round = 0; round < rounds; ++round) misfortune();
    world_.heal();
    world_.start_all();
    world_.run_for(Duration::seconds(60));
    const TxId last = world_.submit(prng_.below(world_.size()));
    const bool live = world_.run_until([&] { return world_.is_final_everywhere(last); }, Duration::seconds(600));
    if (!world_.violations().empty()) return world_.violations().front();
    for (const auto& [node, alarm] : world_.alarms())
      // A proposal that a partition has held up is untimely, and with at most three authorities one such is worth an alarm.
      if (alarm.kind != core::AlarmKind::untimely_clock) return "alarm: " + alarm.detail;
    return live ? std::string() : "no progress within ten minutes of the last fault";
  }

 private:
  WorldOptions draw_options(std::uint64_t seed) {
    WorldOptions options;
    options.seed = seed;
    options.authorities = 1 + prng_.below(7);
    options.observers = prng_.below(2);
    options.network.delay_max = Duration::micros(prng_.between(300, 60'000));
    options.disk.write_max = Duration::micros(prng_.between(200, 30'000));
    if (prng_.chance(400)) options.network.lost_per_thousand = prng_.below(150);
    if (prng_.chance(300)) options.network.doubled_per_thousand = prng_.below(150);
    return options;
  }

  void misfortune() {
    const std::size_t node = prng_.below(world_.size());
    switch (prng_.below(6)) {
      case 0:
        if (crashes_ && world_.is_up(node)) world_.crash(node);
        break;
      case 1:
        if (!world_.is_up(node)) world_.start(node);
        break;
      case 2:
        if (partitions_) world_.partition({node});
        break;
      case 3:
        world_.heal();
        break;
      default:
        for (std::uint64_t i = prng_.below(20); i > 0; --i) {
          const std::size_t at = prng_.below(world_.size());
          if (world_.is_up(at)) world_.submit(at);
        }
    }
    world_.run_for(Duration::micros(prng_.chance(300) ? prng_.between(0, 20'000'000) : prng_.between(0, 200'000)));
  }

  Prng prng_;
  World world_;
  bool crashes_ = false;
  bool partitions_ = false;
};

TEST(Swarm, StaysSoundAndLiveWhateverTheSeedDraws) {
  const char* seeds = std::getenv("PROVCHAIN_SIM_SEEDS");
  const std::uint64_t count = seeds == nullptr ? 40 : std::strtoull(seeds, nullptr, 10);
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    const std::string trouble = Swarm(seed).run();
    EXPECT_TRUE(trouble.empty()) << "seed " << seed << ": " << trouble;
  }
}

}  // namespace
}  // namespace provchain::sim
