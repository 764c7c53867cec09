// SPDX-License-Identifier: Apache-2.0
// The one place where the node reads clocks: once a turn, handed down as Now.
#pragma once

#include <chrono>

#include "base/time.hpp"

namespace provchain::node {

inline Now read_clocks() {
  using namespace std::chrono;
  return {MonoTime{duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count()},
          WallTime{duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()}};
}

}  // namespace provchain::node
