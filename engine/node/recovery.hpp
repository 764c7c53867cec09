// SPDX-License-Identifier: Apache-2.0
// What a node finds when it starts: the end of the stored chain, and its journal's part, as the core wants them. Every
// certificate is read with the authorities of its own epoch. Blocks on disk; one thread.
#pragma once

#include <optional>

#include "crypto/format/genesis.hpp"
#include "engine/core/consensus/types.hpp"
#include "engine/node/authority.hpp"
#include "storage/chain_store.hpp"

namespace provchain::node {

struct StoredEnd {
  storage::Tip tip;
  std::optional<ByteVector> certificate;  // FINALIZE on the tip
  storage::GuardPosition guard;
  crypto::format::SystemState system;  // that the next block builds on
  std::optional<core::consensus::Turns> turns;
};

[[nodiscard]] storage::StorageResult<StoredEnd> read_end(const storage::ChainStore& chain,
                                                         const crypto::format::Genesis& genesis);

// `authority`: empty for an observer; its bodies move into the result. Votes and certificates of epochs whose authorities are
// not known any more are left out: nobody asks for them.
[[nodiscard]] core::consensus::Recovered recovered_of(const StoredEnd& end, std::optional<AuthorityStart>& authority);

}  // namespace provchain::node
