// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/genesis.hpp"

#include "crypto/digest.hpp"
#include "crypto/domain.hpp"
#include "crypto/format/system_state.hpp"
#include "crypto/merkle.hpp"

namespace provchain::crypto::format {

NetworkId network_id_of(Bytes genesis_document) { return as<NetworkId>(hash(domain::genesis, genesis_document)); }

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
