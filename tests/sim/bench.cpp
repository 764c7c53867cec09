// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/bench.hpp"

#include <ctime>

#include "tests/sim/world.hpp"

namespace provchain::sim {

BenchResult bench() {
  constexpr int kRounds = 10'000;
  const std::clock_t begin = std::clock();
  World world({.authorities = 4});
  world.start_all();
  world.run_for(Duration::seconds(1));
  for (int round = 0; round < kRounds; ++round) {
    world.submit(static_cast<std::size_t>(round) % world.size());
    world.run_for(Duration::millis(5));
  }
  PVC_CHECK(world.violations().empty());
  return {world.events(), world.top().value(), static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC};
}

}  // namespace provchain::sim
