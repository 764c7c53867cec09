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

LeaderSchedule schedule_of(const crypto::format::SystemState& system) {
  const std::size_t count = system.authorities.size();
  const std::uint64_t offset = leader_offset(system.anchor_id, count);
  return LeaderSchedule::sparing(offset, count, system.resting);
}

EpochSet::EpochSet(SystemPointer system_state, const std::optional<PublicKey>& own_key)
    : epoch(system_state->epoch),
      context(system_state->context()),
      parameters(system_state->parameters),
      authorities(system_state->authorities),
      count(authorities.size()),
      quorum(crypto::format::quorum(count)),
      faults(crypto::format::faults_tolerated(count)),
      schedule(schedule_of(*system_state)),
      authority_set_hash(crypto::format::authority_set_hash(authorities)),
      system(std::move(system_state)) {
  PVC_CHECK(count >= 1 && count <= limits::authorities_max);
  if (own_key) me = crypto::format::find_authority(authorities, *own_key);
}

}  // namespace provchain::core::consensus
