// SPDX-License-Identifier: Apache-2.0
// How the authorities took their turns, read again from the stored headers when the node starts.
#pragma once

#include "crypto/format/system_state.hpp"
#include "engine/core/consensus/turns.hpp"
#include "storage/chain_store.hpp"

namespace provchain::node {

// Of the running epoch, up to the tip. `system`: that the next block builds on. Reads at most Turns::span_blocks headers, about
// half a microsecond each.
[[nodiscard]] storage::StorageResult<core::consensus::Turns> read_turns(const storage::ChainStore& chain,
                                                                        const crypto::format::SystemState& system);

}  // namespace provchain::node
