// SPDX-License-Identifier: Apache-2.0
// How long a whole cluster may take until something new is final, from the moment at which the last fault is mended: not a
// measurement but the sum of the waits that the protocol and its timers allow, computed from where the nodes stand at that
// moment.
#pragma once

#include <string>

#include "tests/sim/world.hpp"

namespace provchain::sim {

struct LivenessBound {
  Duration connections;  // dead connections are noticed, and everybody is dialled again
  Duration knowledge;    // certificates and votes are told and asked for
  Duration catching_up;  // the blocks that somebody lacks
  Duration views;        // the timers of f + 1 views with bad leaders and a good one, twice: once while nodes are still missing

  [[nodiscard]] Duration total() const { return connections + knowledge + catching_up + views; }
  [[nodiscard]] std::string describe() const;
};

// `bad_leaders`: authorities that may let their views pass.
[[nodiscard]] LivenessBound liveness_bound(const World& world, std::size_t bad_leaders);

}  // namespace provchain::sim
