// SPDX-License-Identifier: Apache-2.0
// The genesis document: a TOML text whose exact bytes name the network (network_id = H("pvc/genesis/v1", bytes)). Every byte
// counts, comments too: all nodes must hold the same file. An unknown key is an error, for a key that one version ignores and
// another obeys would split the network.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "crypto/format/genesis.hpp"
#include "engine/node/settings.hpp"

namespace provchain::node {

// Reads and checks a genesis document. `file_name` stands in messages only.
[[nodiscard]] Result<crypto::format::Genesis, ConfigError> parse_genesis(std::string_view text, const std::string& file_name);

// The document that follows from the four settings on which all nodes of a network without a genesis file must agree. The same
// arguments give the same bytes for ever.
[[nodiscard]] std::string genesis_text(std::string_view network_name, std::span<const PublicKey> authority_keys,
                                       std::uint64_t block_interval_ms, std::uint64_t max_block_bytes);

}  // namespace provchain::node
