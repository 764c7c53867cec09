// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/run.hpp"

#include <algorithm>

#include "tests/sim/adversary_catalogue.hpp"
#include "tests/sim/faults.hpp"

namespace provchain::sim {

namespace {

constexpr std::size_t kSizes[] = {1, 2, 3, 4, 4, 4, 7, 7, 10, 16};
constexpr NetworkProfile kProfiles[] = {lan_profile, lan_profile, wan_profile, mobile_profile};
constexpr Duration kSilence = Duration::seconds(60);
constexpr Duration kLook = Duration::millis(50);

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
  }

  RunResult go() {
    world_.start_all();
    world_.run_for(Duration::seconds(3));
    misfortunes();
    faults_->heal(profile_after());
    std::string trouble = recover();
    if (trouble.empty()) trouble = finish();
    if (trouble.empty()) trouble = fall_silent();
    if (trouble.empty()) trouble = alarm();
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
    const std::size_t drawn = kSizes[prng_.below(std::size(kSizes))];
    options.authorities = options_.authorities.value_or(drawn);
    options.observers = prng_.below(3);
    options.network = kProfiles[prng_.below(std::size(kProfiles))];
    if (prng_.chance(300)) options.network.lost_per_thousand += prng_.below(100);
    if (prng_.chance(300)) options.network.doubled_per_thousand += prng_.below(100);
    options.disk.write_max = Duration::micros(prng_.between(200, 20'000));
    if (prng_.chance(500)) options.drift_ppm_max = prng_.between(1, 20'000);
    if (!options_.adversary.empty()) options.twins = twins_of(options_.adversary, (options.authorities - 1) / 3);
    return options;
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
    const std::uint64_t rounds = 10 + prng_.below(world_.options().authorities > 7 ? 10 : 30);
    for (std::uint64_t round = 0; round < rounds; ++round) {
      if (options_.faults && prng_.chance(700)) faults_->strike();
      if (prng_.chance(500)) work(prng_.below(12));
      world_.run_for(Duration::micros(prng_.chance(300) ? prng_.between(0, 20'000'000) : prng_.between(0, 300'000)));
    }
  }

  void work(std::uint64_t transactions) {
    for (; transactions > 0; --transactions) {
      const std::size_t node = prng_.below(world_.size());
      const std::size_t bytes = prng_.chance(100) ? 20'000 : 16 + prng_.below(400);
      if (world_.is_up(node) && world_.is_honest(node)) world_.submit(node, bytes);
    }
  }

  // Those of which progress is expected.
  [[nodiscard]] std::vector<std::size_t> honest() const {
    std::vector<std::size_t> nodes;
    for (std::size_t i = 0; i < world_.size(); ++i)
      if (world_.is_honest(i)) nodes.push_back(i);
    return nodes;
  }

  // Something new becomes final on all honest nodes within the bound, whichever of them is asked first.
  std::string recover() {
    result_.bound = liveness_bound(world_, tolerated());
    const MonoTime begin = world_.now();
    const std::vector<std::size_t> nodes = honest();
    std::optional<TxId> asked;
    const auto is_done = [&] {
      if (asked && world_.answer(*asked) && world_.answer(*asked)->phase == core::TxPhase::rejected) asked.reset();
      if (!asked) asked = world_.submit(nodes[prng_.below(nodes.size())]);
      return world_.is_final_everywhere(*asked);
    };
    const bool is_live = world_.run_until(is_done, result_.bound.total(), kLook);
    result_.recovery = world_.now() - begin;
    return is_live ? std::string() : "LIVENESS: nothing new is final everywhere within " + result_.bound.describe();
  }

  // What the honest nodes hold becomes final, and they all end at one height.
  std::string finish() {
    const std::vector<std::size_t> nodes = honest();
    const auto is_done = [&] {
      return std::ranges::all_of(nodes, [&](std::size_t node) {
        return world_.height(node) == world_.top() && world_.core(node).mempool_status().transactions == 0;
      });
    };
    if (world_.run_until(is_done, result_.bound.total(), kLook)) return {};
    for (const std::size_t node : nodes)
      if (!world_.violations().empty() || world_.height(node) != world_.top() ||
          world_.core(node).mempool_status().transactions != 0)
        return "LIVENESS: node " + std::to_string(node) + " ends at height " + std::to_string(world_.height(node).value()) +
               " of " + std::to_string(world_.top().value()) + " with " +
               std::to_string(world_.core(node).mempool_status().transactions) + " transactions";
    return {};
  }

  // Without work nobody changes views or votes. An adversary may make others vote.
  std::string fall_silent() {
    if (!options_.adversary.empty()) return {};
    world_.run_for(Duration::seconds(5));
    const std::uint64_t votes = world_.votes();
    std::vector<View> views;
    for (std::size_t i = 0; i < world_.size(); ++i) views.push_back(world_.core(i).consensus().view());
    world_.run_for(kSilence);
    if (world_.votes() != votes) return "IDLE: votes are cast without work";
    for (std::size_t i = 0; i < world_.size(); ++i)
      if (world_.core(i).consensus().view() != views[i]) return "IDLE: node " + std::to_string(i) + " changes views without work";
    return {};
  }

  // Which alarms an honest node may raise in such a run.
  std::string alarm() const {
    bool somebody_is_faulty = false;
    for (std::size_t i = 0; i < world_.size(); ++i) somebody_is_faulty |= !world_.is_honest(i);
    for (const auto& [node, alarm] : world_.alarms()) {
      // A proposal that a partition has held up is untimely, and with at most three authorities one such is worth an alarm.
      if (!world_.is_honest(node) || alarm.kind == core::AlarmKind::untimely_clock) continue;
      if (alarm.kind == core::AlarmKind::equivocation && somebody_is_faulty) continue;
      return "ALARM of node " + std::to_string(node) + ": " + alarm.detail;
    }
    return {};
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
