// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/authorities.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "crypto/domain.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/format/layout.hpp"

namespace provchain::crypto::format {
namespace {

constexpr std::size_t kNameBytesMax = 255;

}  // namespace

ByteVector encode_authorities(const AuthorityList& authorities) {
  PVC_CHECK(authorities.size() <= limits::authorities_max);
  ByteVector out;
  append_le(out, static_cast<std::uint16_t>(authorities.size()));
  for (const Authority& authority : authorities) {
    PVC_CHECK(authority.name.size() <= kNameBytesMax);
    append(out, authority.key.view());
    out.push_back(static_cast<std::uint8_t>(authority.name.size()));
    append(out, as_bytes(authority.name));
  }
  return out;
}

Result<AuthorityList, FormatError> decode_authorities(Bytes bytes) {
  if (bytes.size() < 2) return refuse(FormatErrc::truncated, bytes.size());
  const std::size_t count = load_le<std::uint16_t>(bytes, 0);
  if (count == 0 || count > limits::authorities_max) return refuse(FormatErrc::bad_count, 0);
  AuthorityList authorities;
  authorities.reserve(count);
  std::size_t offset = 2;
  while (authorities.size() < count) {
    constexpr std::size_t fixed_bytes = PublicKey::kSize + 1;
    if (bytes.size() - offset < fixed_bytes) return refuse(FormatErrc::truncated, bytes.size());
    const PublicKey key = PublicKey::load(bytes, offset);
    const std::size_t name_bytes = bytes[offset + PublicKey::kSize];
    offset += fixed_bytes;
    if (bytes.size() - offset < name_bytes) return refuse(FormatErrc::truncated, bytes.size());
    authorities.push_back({key, std::string(as_text(bytes.subspan(offset, name_bytes)))});
    offset += name_bytes;
  }
  PVC_TRY_VOID(expect_exactly(bytes, offset));
  return authorities;
}

Hash256 authority_set_hash(const AuthorityList& authorities) {
  return hash(domain::authorities, encode_authorities(authorities));
}

bool is_acceptable(const AuthorityList& authorities) {
  if (authorities.empty() || authorities.size() > limits::authorities_max) return false;
  std::vector<PublicKey> keys;
  keys.reserve(authorities.size());
  for (const Authority& authority : authorities) {
    if (authority.name.size() > kNameBytesMax || !is_acceptable_public_key(authority.key)) return false;
    keys.push_back(authority.key);
  }
  std::ranges::sort(keys);
  return std::ranges::adjacent_find(keys) == keys.end();
}

std::optional<AuthorityIndex> find_authority(const AuthorityList& authorities, const PublicKey& key) {
  for (std::size_t i = 0; i < authorities.size(); ++i)
    if (authorities[i].key == key) return AuthorityIndex(static_cast<std::uint16_t>(i));
  return std::nullopt;
}

}  // namespace provchain::crypto::format
