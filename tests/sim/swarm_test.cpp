// SPDX-License-Identifier: Apache-2.0
// Clusters whose shape, network and misfortunes are drawn from the seed: what nobody thought of writing down as a scenario.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/sim/run.hpp"

namespace provchain::sim {
namespace {

TEST(Swarm, StaysSoundAndLiveWhateverTheSeedDraws) {
  const char* seeds = std::getenv("PROVCHAIN_SIM_SEEDS");
  const std::uint64_t count = seeds == nullptr ? 40 : std::strtoull(seeds, nullptr, 10);
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    RunOptions options;
    options.seed = seed;
    const RunResult result = run(options);
    EXPECT_TRUE(result.violation.empty()) << "seed " << seed << " (" << result.shape << "): " << result.violation;
  }
}

}  // namespace
}  // namespace provchain::sim
