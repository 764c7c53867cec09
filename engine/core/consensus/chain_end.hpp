// SPDX-License-Identifier: Apache-2.0
// Where a chain ends and what its next block has to know: its parent, the history so far, and the system state it builds on.
// Values, any thread.
#pragma once

#include <memory>

#include "crypto/format/block_header.hpp"
#include "crypto/format/system_state.hpp"
#include "crypto/merkle.hpp"

namespace provchain::core::consensus {

// Shared by all who need it; never changed.
using SystemPointer = std::shared_ptr<const crypto::format::SystemState>;

struct ChainEnd {
  crypto::format::BlockHeader header;
  BlockId id;
  crypto::merkle::Frontier history;  // over the ids of heights 0 … this one
  SystemPointer system;              // that the next block builds on
};

// Before the first block.
[[nodiscard]] ChainEnd genesis_end(const crypto::format::Genesis& genesis);

// The history tree after one more block.
[[nodiscard]] crypto::merkle::Frontier extend_history(const crypto::merkle::Frontier& history, const BlockId& id);
[[nodiscard]] Hash256 history_root_of(const crypto::merkle::Frontier& history);

}  // namespace provchain::core::consensus
