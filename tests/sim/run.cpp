// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/run.hpp"

#include <algorithm>

#include "tests/sim/adversary_catalogue.hpp"
#include "tests/sim/expectations.hpp"
#include "tests/sim/faults.hpp"
#include "tests/sim/governance.hpp"

namespace provchain::sim {

namespace {

constexpr std::size_t kSizes[] = {1, 2, 3, 4, 4, 4, 7, 7, 10, 16};
constexpr NetworkProfile kProfiles[] = {lan_profile, lan_profile, wan_profile, mobile_profile};
constexpr Duration kSilence = Duration::seconds(60);
// What is owed to views that were given up is told once more with a STATUS of an idle node, every ten seconds.
constexpr Duration kSettling = Duration::seconds(30);

class Run {
 public:
  explicit Run(const RunOptions& options) : options_(options), prng_(options.seed * 7'919 + 17), world_(draw_world()) {
    if (options.trace) world_.trace().listen(options.trace);
    if (!options.adversary.empty())
      for (std::size_t i = 0; i < tolerated(); ++i) install_adversary(world_, options.adversary, i);
    faults_.emplace(world_, prng_.next(), options.adversary.empty() ? tolerated() : 0);
    result_.shape = "n=" + std::to_string(world_.options().authorities) + "+" + std::to_string(world_.options().observers) + " " +
                    std::string(world_.options().network.name) + ", faults: " + (options.faults ? faults_->describe() : "none");
    if (!options.adversary.empty()) result_.shape += ", adversary: " + options.adversary;
    if (world_.options().max_epoch_blocks > 0)
      result_.shape += ", epochs of " + std::to_string(world_.options().max_epoch_blocks) + " blocks";
    if (world_.options().candidates > 0) result_.shape += ", " + std::to_string(world_.options().candidates) + " candidates";
  }

  RunResult go() {
    world_.start_all();
    world_.run_for(Duration::seconds(3));
    misfortunes();
    faults_->heal(profile_after());
    std::string trouble = recover();
    if (trouble.empty()) trouble = unexpected_alarm(world_);
    result_.violation = world_.violations().empty() ? trouble : world_.violations().front();
    result_.digest = world_.digest();
    result_.events = world_.events();
    result_.virtual_time = world_.now() - MonoTime{};
    result_.height = world_.top();
    return std::move(result_);
  }

 private:
  WorldOptions draw_world() {
    WorldOptions options;
    options.seed = options_.seed;
    options.scheme = options_.scheme;
    std::size_t drawn = kSizes[prng_.below(std::size(kSizes))];
    if (!options_.adversary.empty()) drawn = std::max<std::size_t>(drawn, 4);  // fewer tolerate none
    options.authorities = options_.authorities.value_or(drawn);
    options.observers = prng_.below(3);
    options.network = kProfiles[prng_.below(std::size(kProfiles))];
    if (prng_.chance(300)) options.network.lost_per_thousand += prng_.below(100);
    if (prng_.chance(300)) options.network.doubled_per_thousand += prng_.below(100);
    options.disk.write_max = Duration::micros(prng_.between(200, 20'000));
    if (prng_.chance(500)) options.drift_ppm_max = prng_.between(1, 20'000);
    if (prng_.chance(300)) options.max_epoch_blocks = 16 + prng_.below(45);
    if (options_.adversary.empty() && options.authorities < 10 && prng_.chance(300)) options.candidates = 1 + prng_.below(3);
    if (!options_.adversary.empty()) options.twins = twins_of(options_.adversary, (options.authorities - 1) / 3);
    return options;
  }

  // Everything works again; then, without work, nothing happens. An adversary may make others vote, though.
  std::string recover() {
    result_.bound = liveness_bound(world_, tolerated());
    std::string trouble = await_new_block(world_, result_.bound, prng_.next(), result_.recovery);
    if (trouble.empty()) trouble = await_rest(world_, result_.bound);
    if (!trouble.empty() || !options_.adversary.empty()) return trouble;
    world_.run_for(kSettling);
    const IdleCheck idle(world_);
    world_.run_for(kSilence);
    return idle.verdict(world_);
  }

  [[nodiscard]] std::size_t tolerated() const { return (world_.options().authorities - 1) / 3; }

  // Loss and repetition end; the rest of the network is what it is.
  [[nodiscard]] NetworkProfile profile_after() const {
    NetworkProfile profile = world_.options().network;
    profile.lost_per_thousand = 0;
    profile.doubled_per_thousand = 0;
    return profile;
  }

  void misfortunes() {
    // What a large cluster does in a round costs more.
    const std::uint64_t rounds = 10 + prng_.below(world_.options().authorities > 7 ? 10 : 40);
    for (std::uint64_t round = 0; round < rounds; ++round) {
      if (options_.faults) faults_->strike();
      if (world_.options().candidates > 0 && prng_.chance(150)) change_authorities();
      if (prng_.chance(600)) work(1 + prng_.below(8));
      world_.run_for(pause());
    }
  }

  // Mostly short: what happens at once is where the trouble is. Sometimes long enough for every timer.
  Duration pause() {
    const std::uint64_t kind = prng_.below(10);
    return Duration::micros(prng_.between(0, kind < 6 ? 300'000 : kind < 9 ? 3'000'000 : 20'000'000));
  }

  // The first authorities stay; of the candidates any may come or go.
  void change_authorities() {
    std::set<std::size_t> keys;
    for (std::size_t i = 0; i < world_.options().authorities; ++i) keys.insert(i);
    for (std::size_t i = 0; i < world_.options().candidates; ++i)
      if (prng_.chance(500)) keys.insert(world_.options().authorities + i);
    const std::size_t node = prng_.below(world_.size());
    if (!world_.is_up(node)) return;
    const auto system = world_.core(node).system_state();
    const auto changes = changes_to(world_, system->authorities, keys);
    std::set<std::size_t> everybody;
    for (std::size_t i = 0; i < world_.size(); ++i) everybody.insert(i);
    if (!changes.empty()) world_.submit(node, governance_transaction(world_, *system, changes, everybody));
  }

  void work(std::uint64_t transactions) {
    for (; transactions > 0; --transactions) {
      const std::size_t node = prng_.below(world_.size());
      const std::size_t bytes = prng_.chance(50) ? 20'000 : 16 + prng_.below(400);
      if (world_.is_up(node) && world_.is_honest(node)) world_.submit(node, bytes);
      world_.run_for(Duration::micros(prng_.between(0, 20'000)));
    }
  }

  const RunOptions& options_;
  Prng prng_;
  World world_;
  std::optional<Faults> faults_;
  RunResult result_;
};

}  // namespace

RunResult run(const RunOptions& options) { return Run(options).go(); }

}  // namespace provchain::sim
