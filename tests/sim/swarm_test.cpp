// SPDX-License-Identifier: Apache-2.0
// Clusters whose shape, network and misfortunes are drawn from the seed: what nobody thought of writing down as a scenario. More
// of them by hand: provchain-sim --seeds 1..10000.
#include <gtest/gtest.h>

#include <string>

#include "tests/sim/run.hpp"

namespace provchain::sim {
namespace {

constexpr std::uint64_t kSeedsPerTest = 20;
constexpr std::uint64_t kTests = 16;

void expect_sound(std::uint64_t seed, Scheme scheme) {
  RunOptions options;
  options.seed = seed;
  options.scheme = scheme;
  const RunResult result = run(options);
  EXPECT_TRUE(result.violation.empty()) << "provchain-sim --seed " << seed << " --trace (" << result.shape
                                        << "): " << result.violation;
}

class Swarm : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Swarm, StaysSoundAndLiveWhateverTheSeedDraws) {
  for (std::uint64_t i = 1; i <= kSeedsPerTest; ++i) expect_sound(GetParam() * kSeedsPerTest + i, Scheme::keyed_hash);
}
INSTANTIATE_TEST_SUITE_P(Seeds, Swarm, testing::Range<std::uint64_t>(0, kTests));

TEST(SwarmWithEd25519, StaysSoundAndLiveWhateverTheSeedDraws) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) expect_sound(seed, Scheme::ed25519);
}

}  // namespace
}  // namespace provchain::sim
