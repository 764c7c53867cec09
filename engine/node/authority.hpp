// SPDX-License-Identifier: Apache-2.0
// Brings an authority's key and its vote journal together. The key file names its journal; the journal is made once, by an
// explicit act of the operator who says that the key has never voted. A key without its own journal follows the chain but does
// not vote: with it one could sign twice what was signed before, and no program can tell a new key from a restored copy.
// Whether the key is an authority's is not asked here: the chain says in which epochs it is, and the node of a coming member, or
// of a removed one, follows until then with its journal open.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "crypto/key_file.hpp"
#include "crypto/signer.hpp"
#include "engine/node/config.hpp"

namespace provchain::node {

struct AuthorityStart {
  PublicKey key;
  std::unique_ptr<crypto::Signer> signer;  // empty: quarantined
  crypto::SignerRecovered recovered;       // meaningful with a signer
  Height attestation_not_after;
  std::optional<std::string> quarantine_reason;  // one line that says how to leave that state
};

// Blocks on disk. With a `stop_reason` from an earlier run it is quarantined and its key signs nothing. `password` for a sealed
// key file. Errors are the user's to mend: wrong file, wrong permissions, a key without a journal's name, a journal that cannot
// be trusted for any reason but being lost or left behind.
[[nodiscard]] Result<AuthorityStart, ConfigError> start_authority(const Config& config, const NodeId& node_id, Height tip_height,
                                                                  const crypto::GuardPosition& chain_guard,
                                                                  std::optional<std::string> stop_reason,
                                                                  std::optional<std::string_view> password,
                                                                  crypto::SignerCallbacks callbacks);

// Makes the vote journal of the configured authority's key in the data directory. Only for a key that has never voted anywhere.
// Refused when there is one already, when the chain there says that this authority has voted, and while a node runs on it.
[[nodiscard]] Result<void, ConfigError> create_journal(const Config& config, std::optional<std::string_view> password);

// The node's own key, or the submitter's: loaded, or made at the first start when the file is missing.
[[nodiscard]] Result<crypto::KeyPair, ConfigError> load_or_make_key(const std::filesystem::path& file,
                                                                    std::optional<std::string_view> password);

}  // namespace provchain::node
