// SPDX-License-Identifier: Apache-2.0
// Who proposes in a view, and the constants of the running epoch that every rule needs. Pure values, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/types.hpp"
#include "crypto/format/genesis.hpp"
#include "crypto/format/statement.hpp"
#include "engine/core/consensus/schedule.hpp"

namespace provchain::core::consensus {

// o_e = LE64(H("pvc/leader", anchor_id)) mod n: so that not every network of the same size starts with the same authority.
[[nodiscard]] std::uint64_t leader_offset(const BlockId& anchor_id, std::size_t authority_count);

// One epoch: its authorities and what its blocks must repeat. Epochs do not end yet, so there is one: number 0, anchored in block
// 0.
struct EpochSet {
  EpochSet(const crypto::format::Genesis& genesis, std::optional<AuthorityIndex> own_index);

  Epoch epoch;
  crypto::format::StatementContext context;
  crypto::format::ConsensusParameters parameters;
  crypto::format::AuthorityList authorities;
  std::size_t count = 0;   // n
  std::size_t quorum = 0;  // q
  std::size_t faults = 0;  // f
  LeaderSchedule schedule;
  Hash256 system_root;
  Hash256 authority_set_hash;
  bool open_participation = true;
  std::vector<PublicKey> participants;  // ascending
  std::optional<AuthorityIndex> me;

  [[nodiscard]] AuthorityIndex leader(View view) const { return schedule.leader(view); }
  [[nodiscard]] bool contains(AuthorityIndex authority) const { return authority.value() < count; }
  [[nodiscard]] bool may_write(const PublicKey& author) const;
};

}  // namespace provchain::core::consensus
