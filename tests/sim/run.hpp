// SPDX-License-Identifier: Apache-2.0
// One run of the simulator: a cluster whose size, network and misfortunes follow from a seed, work for it, then everything is
// mended and the cluster has to recover, finish what it holds, and fall silent. The same options give the same run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/sim/liveness.hpp"
#include "tests/sim/world.hpp"

namespace provchain::sim {

struct RunOptions {
  std::uint64_t seed = 1;
  std::optional<std::size_t> authorities;  // absent: drawn
  Scheme scheme = Scheme::keyed_hash;
  std::string adversary;  // of the catalogue; empty: nobody lies
  bool faults = true;     // off: nothing goes wrong but what an adversary does
  Trace::Sink trace;      // empty: nobody listens
};

struct RunResult {
  std::string violation;  // one line; empty: the run was sound and live
  std::string shape;      // what was drawn
  std::string digest;
  std::uint64_t events = 0;
  Duration virtual_time;
  Height height;
  LivenessBound bound;
  Duration recovery;  // from the last fault until something new was final everywhere
};

[[nodiscard]] RunResult run(const RunOptions& options);

}  // namespace provchain::sim
