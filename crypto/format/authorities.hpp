// SPDX-License-Identifier: Apache-2.0
// The authorities of one epoch, in index order, and the arithmetic of their quorum.
//   authority_set_hash = H("pvc/authorities/v1", u16 n ‖ n × {key[32], u8 length, UTF-8 name})
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/types.hpp"
#include "crypto/format/error.hpp"

namespace provchain::crypto::format {

struct Authority {
  PublicKey key;     // consensus key: never a node key or an author key
  std::string name;  // UTF-8, at most 255 bytes
  bool operator==(const Authority&) const = default;
};

using AuthorityList = std::vector<Authority>;

// q = ⌊2n/3⌋ + 1: safe while at most 2q − n − 1 authorities are Byzantine.
[[nodiscard]] constexpr std::size_t quorum(std::size_t authority_count) { return authority_count * 2 / 3 + 1; }
// f = ⌊(n − 1)/3⌋.
[[nodiscard]] constexpr std::size_t faults_tolerated(std::size_t authority_count) {
  return authority_count == 0 ? 0 : (authority_count - 1) / 3;
}

// The canonical bytes (u16 n ‖ …) as a proof bundle's next_authorities carries them, and back.
[[nodiscard]] ByteVector encode_authorities(const AuthorityList& authorities);
[[nodiscard]] Result<AuthorityList, FormatError> decode_authorities(Bytes bytes);
[[nodiscard]] Hash256 authority_set_hash(const AuthorityList& authorities);

// The place of the authority with this key; absent when it is none of them.
[[nodiscard]] std::optional<AuthorityIndex> find_authority(const AuthorityList& authorities, const PublicKey& key);

// 1 to 100 members, keys pairwise different, canonical and not of small order, names at most 255 bytes.
[[nodiscard]] bool is_acceptable(const AuthorityList& authorities);

}  // namespace provchain::crypto::format
