// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/leader.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "crypto/digest.hpp"
#include "crypto/domain.hpp"
#include "crypto/format/system_state.hpp"

namespace provchain::core::consensus {

std::uint64_t leader_offset(const BlockId& anchor_id, std::size_t authority_count) {
  PVC_CHECK(authority_count > 0);
  const Hash256 digest = crypto::hash(crypto::domain::leader, anchor_id.view());
  return load_le<std::uint64_t>(digest.view(), 0) % authority_count;
}

namespace {

BlockId anchor_of(const crypto::format::Genesis& genesis) {
  return crypto::format::block_id_of(crypto::format::genesis_header(genesis));
}

}  // namespace

EpochSet::EpochSet(const crypto::format::Genesis& genesis, std::optional<AuthorityIndex> own_index)
    : parameters(genesis.parameters),
      authorities(genesis.authorities),
      count(genesis.authorities.size()),
      quorum(crypto::format::quorum(genesis.authorities.size())),
      faults(crypto::format::faults_tolerated(genesis.authorities.size())),
      schedule(LeaderSchedule::rotation(leader_offset(anchor_of(genesis), count), count)),
      system_root(crypto::format::system_root_of(genesis)),
      authority_set_hash(crypto::format::authority_set_hash(genesis.authorities)),
      open_participation(genesis.open_participation),
      participants(genesis.participants),
      me(own_index) {
  PVC_CHECK(count >= 1 && count <= limits::authorities_max);
  PVC_CHECK(!me || contains(*me));
  context.network_id = genesis.network_id;
  context.anchor_id = anchor_of(genesis);
}

bool EpochSet::may_write(const PublicKey& author) const {
  return open_participation || std::binary_search(participants.begin(), participants.end(), author);
}

}  // namespace provchain::core::consensus
