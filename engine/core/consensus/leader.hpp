// SPDX-License-Identifier: Apache-2.0
// Who proposes in a view, and the constants of the running epoch that every rule needs. Pure values, any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "base/types.hpp"
#include "crypto/format/statement.hpp"
#include "engine/core/consensus/chain_end.hpp"
#include "engine/core/consensus/schedule.hpp"

namespace provchain::core::consensus {

// o_e = LE64(H("pvc/leader", anchor_id)) mod n: so that not every network of the same size starts with the same authority.
[[nodiscard]] std::uint64_t leader_offset(const BlockId& anchor_id, std::size_t authority_count);

// Who leads the views of the epoch that the state belongs to.
[[nodiscard]] LeaderSchedule schedule_of(const crypto::format::SystemState& system);

// One epoch: its authorities and what its blocks must repeat. What `system` says of them is the same all through the epoch.
struct EpochSet {
  // `own_key`: the consensus key of this node, whether it is an authority of this epoch or not.
  EpochSet(SystemPointer system_state, const std::optional<PublicKey>& own_key);

  Epoch epoch;
  crypto::format::StatementContext context;
  crypto::format::ConsensusParameters parameters;
  crypto::format::AuthorityList authorities;
  std::size_t count = 0;   // n
  std::size_t quorum = 0;  // q
  std::size_t faults = 0;  // f
  LeaderSchedule schedule;
  Hash256 authority_set_hash;
  std::optional<AuthorityIndex> me;
  SystemPointer system;

  [[nodiscard]] AuthorityIndex leader(View view) const { return schedule.leader(view); }
  [[nodiscard]] bool contains(AuthorityIndex authority) const { return authority.value() < count; }
  [[nodiscard]] bool may_write(const PublicKey& author) const { return system->may_write(author); }
};

}  // namespace provchain::core::consensus
