// SPDX-License-Identifier: Apache-2.0
// How fast the simulator is: four nodes without faults under a steady load, with all checkers.
#pragma once

#include <cstdint>

namespace provchain::sim {

struct BenchResult {
  std::uint64_t events = 0;  // inputs that the cores have taken
  std::uint64_t blocks = 0;
  double seconds = 0;  // of the processor, so that the figure is one core's
};

[[nodiscard]] BenchResult bench();

}  // namespace provchain::sim
