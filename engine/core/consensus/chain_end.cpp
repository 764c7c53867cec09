// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/chain_end.hpp"

#include "crypto/domain.hpp"

namespace provchain::core::consensus {

using crypto::format::SystemState;
using crypto::merkle::Frontier;

namespace {
constexpr crypto::merkle::TaggedHash history_hash{crypto::domain::history};
}  // namespace

Frontier extend_history(const Frontier& history, const BlockId& id) {
  Frontier extended = history;
  crypto::merkle::append_leaf_hash(history_hash, extended, history_hash.leaf(id.view()));
  return extended;
}

Hash256 history_root_of(const Frontier& history) { return crypto::merkle::root_of(history_hash, history); }

ChainEnd genesis_end(const crypto::format::Genesis& genesis) {
  const crypto::format::BlockHeader header = genesis_header(genesis);
  const BlockId id = block_id_of(header);
  return ChainEnd{header, id, extend_history({}, id), std::make_shared<const SystemState>(genesis_state(genesis))};
}

}  // namespace provchain::core::consensus
