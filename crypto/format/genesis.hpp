// SPDX-License-Identifier: Apache-2.0
// What every node of a network starts from, as values (engine/node reads genesis.toml into it), and what follows from it: the
// network id and the virtual block 0. system_state.hpp has what a chain makes of it.
#pragma once

#include <string>
#include <vector>

#include "crypto/format/authorities.hpp"
#include "crypto/format/block_header.hpp"

namespace provchain::crypto::format {

struct ConsensusParameters {
  std::uint64_t min_interval_ms = 1'000;
  std::uint64_t target_interval_ms = 10'000;
  std::uint64_t heartbeat_ms = 0;  // 0: no empty blocks
  std::uint64_t max_block_bytes = 1'048'576;
  std::uint64_t max_epoch_blocks = 0;  // 0: no forced end
  std::uint64_t evidence_epochs = 8;
  std::uint64_t clock_skew_ms = 500;
  std::uint64_t msg_delay_ms = 2'000;
  bool operator==(const ConsensusParameters&) const = default;
};

struct Genesis {
  std::string name;      // [network] network_id of the configuration, repeated here
  NetworkId network_id;  // H("pvc/genesis/v1", the bytes of genesis.toml exactly as stored)
  std::uint64_t time_ms = 0;
  ConsensusParameters parameters;
  AuthorityList authorities;
  bool open_participation = true;
  std::vector<PublicKey> participants;  // ascending; empty when open
};

[[nodiscard]] NetworkId network_id_of(Bytes genesis_document);
// Version 1, timestamp = genesis time, network id, roots and set hashes of the genesis, all else zero.
[[nodiscard]] BlockHeader genesis_header(const Genesis& genesis);

}  // namespace provchain::crypto::format
