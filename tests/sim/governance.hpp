// SPDX-License-Identifier: Apache-2.0
// Changes of the authorities in a simulation: what operators do with files and keys, done at once.
#pragma once

#include "tests/sim/world.hpp"

namespace provchain::sim {

// The authorities shall be those of these keys, in the order of the running ones first.
[[nodiscard]] std::vector<crypto::format::Change> changes_to(const World& world, const crypto::format::AuthorityList& running,
                                                             const std::set<std::size_t>& keys);

// A governance transaction for these changes, approved by all authorities of the state's epoch whose keys are among `approving`,
// and by all newcomers.
[[nodiscard]] SharedBytes governance_transaction(World& world, const crypto::format::SystemState& system,
                                                 const std::vector<crypto::format::Change>& changes,
                                                 const std::set<std::size_t>& approving);

}  // namespace provchain::sim
