// SPDX-License-Identifier: Apache-2.0
// What a cluster owes once everything is mended: progress within a bound, nothing left over, silence without work, and no alarm
// that nothing explains. Each answers with one line of what is wrong, or with nothing.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/liveness.hpp"
#include "tests/sim/world.hpp"

namespace provchain::sim {

// A new transaction, handed to some honest node, becomes final on all of them within the bound; `needed` is how long it took.
[[nodiscard]] std::string await_new_block(World& world, const LivenessBound& bound, std::uint64_t seed, Duration& needed);

// What honest nodes hold becomes final, and they all end at one height.
[[nodiscard]] std::string await_rest(World& world, const LivenessBound& bound);

// Nobody changes views or votes between the two moments.
class IdleCheck {
 public:
  explicit IdleCheck(const World& world);
  [[nodiscard]] std::string verdict(const World& world) const;

 private:
  std::uint64_t votes_ = 0;
  std::vector<View> views_;
};

// An alarm of an honest node that neither its clock nor somebody's fault explains.
[[nodiscard]] std::string unexpected_alarm(const World& world);

// What a node holds, against what it may hold.
[[nodiscard]] std::string excess(const core::consensus::Status& status, const core::MempoolStatus& mempool);

}  // namespace provchain::sim
