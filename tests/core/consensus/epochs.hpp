// SPDX-License-Identifier: Apache-2.0
// The first epoch of a network, for tests that need its constants.
#pragma once

#include <memory>

#include "engine/core/consensus/leader.hpp"

namespace provchain::core::consensus {

inline SystemPointer genesis_system(const crypto::format::Genesis& genesis) {
  return std::make_shared<const crypto::format::SystemState>(genesis_state(genesis));
}

inline EpochSet genesis_epoch(const crypto::format::Genesis& genesis) { return EpochSet(genesis_system(genesis), std::nullopt); }

}  // namespace provchain::core::consensus
