// SPDX-License-Identifier: Apache-2.0
// Runs the simulator: a cluster whose size, network and misfortunes follow from a seed, attacked by an adversary if one is named.
// A run that is not sound, or not live, prints one line with what was wrong and the command that shows it again.
#include <CLI/CLI.hpp>

#include <charconv>

#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "tests/sim/adversary_catalogue.hpp"
#include "tests/sim/bench.hpp"
#include "tests/sim/run.hpp"

namespace {

using namespace provchain;

struct Options {
  std::string seed;
  std::string seeds;
  std::size_t nodes = 0;
  bool real_crypto = false;
  bool no_faults = false;
  std::string adversary;
  bool trace = false;
  bool digest = false;
  bool bench = false;
};

std::optional<std::uint64_t> parse(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A number, or a commit hash, of which the first 16 hex digits count.
std::optional<std::uint64_t> parse_seed(std::string_view text) {
  if (const auto number = parse(text, 10)) return number;
  return parse(text.substr(0, 16), 16);
}

struct Range {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
};
std::optional<Range> parse_range(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const auto first = parse(text.substr(0, dots), 10);
  const auto last = parse(text.substr(dots + 2), 10);
  if (!first || !last || *first > *last) return std::nullopt;
  return Range{*first, *last};
}

std::string replay_command(const Options& options, std::uint64_t seed) {
  std::string command = "provchain-sim --seed " + std::to_string(seed);
  if (options.nodes != 0) command += " --nodes " + std::to_string(options.nodes);
  if (!options.adversary.empty()) command += " --adversary " + options.adversary;
  if (options.no_faults) command += " --no-faults";
  if (options.real_crypto) command += " --real-crypto";
  return command + " --trace";
}

sim::RunResult run_one(const Options& options, std::uint64_t seed) {
  sim::RunOptions run;
  run.seed = seed;
  if (options.nodes != 0) run.authorities = options.nodes;
  if (options.real_crypto) run.scheme = sim::Scheme::ed25519;
  run.adversary = options.adversary;
  run.faults = !options.no_faults;
  if (options.trace) run.trace = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
  return sim::run(run);
}

double seconds(Duration span) { return static_cast<double>(span.us) / 1e6; }

void describe(const sim::RunResult& result) {
  std::printf("%s\nheight %" PRIu64 ", %" PRIu64 " events, %.0f s of virtual time; recovered in %.1f s of at most %s\n",
              result.shape.c_str(), result.height.value(), result.events, seconds(result.virtual_time), seconds(result.recovery),
              result.bound.describe().c_str());
}

// How many runs were not as they should be.
int run_all(const Options& options, const Range& range) {
  const std::clock_t begin = std::clock();
  int failures = 0;
  std::uint64_t events = 0;
  double virtual_seconds = 0;
  for (std::uint64_t seed = range.first; seed <= range.last; ++seed) {
    const sim::RunResult result = run_one(options, seed);
    events += result.events;
    virtual_seconds += seconds(result.virtual_time);
    if (options.digest) std::printf("%" PRIu64 " %s\n", seed, result.digest.c_str());
    if (range.first == range.last && !options.digest) describe(result);
    if (!result.violation.empty()) {
      ++failures;
      std::printf("seed %" PRIu64 " (%s): %s; replay: %s\n", seed, result.shape.c_str(), result.violation.c_str(),
                  replay_command(options, seed).c_str());
    }
    std::fflush(stdout);
    if (seed == UINT64_MAX) break;
  }
  const double span = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  if (range.first != range.last)
    std::fprintf(
        stderr,
        "%" PRIu64 " seeds, %d failed; %" PRIu64 " events in %.1f s of one core (%.0f a second), %.1f hours of virtual time\n",
        range.last - range.first + 1, failures, events, span, static_cast<double>(events) / span, virtual_seconds / 3600);
  return failures;
}

std::string adversary_help() {
  std::string text = "authorities that lie, as many as may:";
  for (const auto& named : sim::adversaries()) text += "\n" + std::string(named.name) + ": " + std::string(named.what);
  return text;
}

int complain(const std::string& line) {
  std::fprintf(stderr, "provchain-sim: %s; see provchain-sim --help\n", line.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Runs clusters of provenance ledger nodes in virtual time, with faults drawn from a seed.\n"
      "Example: provchain-sim --seeds 1..300\n"
      "Exit status: 0 sound, 1 a run was not, 2 wrong usage."};
  app.add_option("--seed", options.seed, "one run: a number, or a commit hash");
  app.add_option("--seeds", options.seeds, "many runs: FIRST..LAST")->excludes("--seed");
  app.add_option("--nodes", options.nodes, "authorities, instead of a number drawn from the seed")->check(CLI::Range(1, 64));
  app.add_flag("--real-crypto", options.real_crypto, "Ed25519 instead of keyed hashes");
  app.add_option("--adversary", options.adversary, adversary_help());
  app.add_flag("--no-faults", options.no_faults, "nothing goes wrong but what an adversary does");
  app.add_flag("--trace", options.trace, "tell the story, one line an event");
  app.add_flag("--digest", options.digest, "print the digest of all events of each run");
  app.add_flag("--bench", options.bench, "measure events a second of four nodes under load");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return complain(error.what());
  }
  if (options.bench) {
    const sim::BenchResult result = sim::bench();
    std::printf("%" PRIu64 " events, %" PRIu64 " blocks in %.2f s of one core: %.0f events a second\n", result.events,
                result.blocks, result.seconds, static_cast<double>(result.events) / result.seconds);
    return 0;
  }
  if (!options.adversary.empty() && sim::find_adversary(options.adversary) == nullptr)
    return complain("no adversary is called " + options.adversary);
  if (!options.adversary.empty() && options.nodes != 0 && options.nodes < 4)
    return complain("fewer than four authorities tolerate no adversary");
  std::optional<Range> range;
  if (!options.seeds.empty()) {
    range = parse_range(options.seeds);
  } else if (const auto seed = parse_seed(options.seed.empty() ? "1" : options.seed)) {
    range = Range{*seed, *seed};
  }
  if (!range) return complain("a seed is a number or a hash, and seeds are FIRST..LAST");
  return run_all(options, *range) == 0 ? 0 : 1;
}
