// SPDX-License-Identifier: Apache-2.0
// The digests of ten runs, as they were when somebody last looked: every build must give them, whatever compiled it, and they
// change only when what nodes do has changed. PVC_GOLDEN_WRITE=1 writes them anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/sim/run.hpp"

namespace provchain::sim {
namespace {

constexpr const char* kFile = PVC_SOURCE_DIR "/tests/golden/sim_digests.txt";
constexpr std::uint64_t kSeeds = 10;

std::string digests() {
  std::string text;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    RunOptions options;
    options.seed = seed;
    text += std::to_string(seed) + " " + run(options).digest + "\n";
  }
  return text;
}

TEST(GoldenRun, EveryCompilerGivesTheSameDigests) {
  const std::string found = digests();
  if (std::getenv("PVC_GOLDEN_WRITE") != nullptr) std::ofstream(kFile) << found;
  std::stringstream expected;
  expected << std::ifstream(kFile).rdbuf();
  EXPECT_EQ(found, expected.str())
      << "if what nodes do was meant to change: PVC_GOLDEN_WRITE=1 sim_tests --gtest_filter='GoldenRun.*'";
}

TEST(GoldenRun, AnotherSeedGivesAnotherDigest) {
  RunOptions options;
  options.seed = 1;
  const std::string first = run(options).digest;
  options.seed = 2;
  EXPECT_NE(run(options).digest, first);
}

}  // namespace
}  // namespace provchain::sim
