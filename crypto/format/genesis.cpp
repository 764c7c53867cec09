// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/genesis.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "crypto/domain.hpp"
#include "crypto/merkle.hpp"

namespace provchain::crypto::format {

NetworkId network_id_of(Bytes genesis_document) { return as<NetworkId>(hash(domain::genesis, genesis_document)); }

Hash256 system_root_of(const Genesis& genesis) {
  PVC_CHECK(std::ranges::is_sorted(genesis.participants));
  const ConsensusParameters& parameters = genesis.parameters;
  Hasher hasher(domain::system);
  hasher.update_le(parameters.min_interval_ms)
      .update_le(parameters.target_interval_ms)
      .update_le(parameters.heartbeat_ms)
      .update_le(parameters.max_block_bytes)
      .update_le(parameters.max_epoch_blocks)
      .update_le(parameters.evidence_epochs)
      .update_le(parameters.clock_skew_ms)
      .update_le(parameters.msg_delay_ms)
      .update_le(static_cast<std::uint8_t>(genesis.open_participation ? 1 : 0))
      .update_le(static_cast<std::uint32_t>(genesis.participants.size()));
  for (const PublicKey& participant : genesis.participants) hasher.update(participant.view());
  constexpr std::uint32_t pending_governance_count = 0;
  constexpr std::uint32_t evidence_count = 0;
  return hasher.update_le(pending_governance_count).update_le(evidence_count).finish();
}

BlockHeader genesis_header(const Genesis& genesis) {
  BlockHeader header;
  header.timestamp_ms = genesis.time_ms;
  header.network_id = genesis.network_id;
  header.history_root = merkle::TaggedHash(domain::history).empty();
  header.tx_root = merkle::TaggedHash(domain::transactions).empty();
  header.system_root = system_root_of(genesis);
  header.authority_set_hash = authority_set_hash(genesis.authorities);
  header.next_authority_set_hash = header.authority_set_hash;
  return header;
}

}  // namespace provchain::crypto::format
