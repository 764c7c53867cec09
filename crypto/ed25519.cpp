// SPDX-License-Identifier: Apache-2.0
#include "crypto/ed25519.hpp"

#include <sodium.h>

namespace provchain::crypto {
namespace {

static_assert(PublicKey::kSize == crypto_sign_PUBLICKEYBYTES);
static_assert(Signature::kSize == crypto_sign_BYTES);
static_assert(Secret<64>::size() == crypto_sign_SECRETKEYBYTES);

// The point 0 of the group: x = 0, y = 1.
constexpr PublicKey kIdentity{{1}};

// tag ‖ message in one piece: libsodium's detached calls take no parts. Signed messages are short, so the stack holds all but odd
// ones.
class TaggedMessage {
 public:
  TaggedMessage(std::string_view tag, Bytes message) : size_(tag.size() + message.size()) {
    if (size_ > inline_.size()) large_.resize(size_);
    std::uint8_t* const start = size_ > inline_.size() ? large_.data() : inline_.data();
    if (!tag.empty()) std::memcpy(start, tag.data(), tag.size());
    if (!message.empty()) std::memcpy(start + tag.size(), message.data(), message.size());
  }
  [[nodiscard]] Bytes view() const PVC_LIFETIMEBOUND { return {size_ > inline_.size() ? large_.data() : inline_.data(), size_}; }

 private:
  std::size_t size_;
  std::array<std::uint8_t, 512> inline_;
  ByteVector large_;
};

}  // namespace

bool init() { return sodium_init() >= 0; }

KeyPair generate_key_pair() {
  KeyPair pair;
  crypto_sign_keypair(pair.public_key.bytes.data(), pair.secret_key.data());
  return pair;
}

KeyPair key_pair_from_seed(Bytes seed32) {
  PVC_CHECK(seed32.size() == crypto_sign_SEEDBYTES);
  KeyPair pair;
  crypto_sign_seed_keypair(pair.public_key.bytes.data(), pair.secret_key.data(), seed32.data());
  return pair;
}

Signature sign(const Secret<64>& secret_key, Bytes message) {
  Signature signature;
  crypto_sign_detached(signature.bytes.data(), nullptr, message.data(), message.size(), secret_key.data());
  return signature;
}

bool verify(const PublicKey& key, Bytes message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.bytes.data(), message.data(), message.size(), key.bytes.data()) == 0;
}

Signature sign_tagged(const Secret<64>& secret_key, std::string_view tag, Bytes message) {
  return sign(secret_key, TaggedMessage(tag, message).view());
}

bool verify_tagged(const PublicKey& key, std::string_view tag, Bytes message, const Signature& signature) {
  return verify(key, TaggedMessage(tag, message).view(), signature);
}

bool is_acceptable_public_key(const PublicKey& key) {
  // Adding the identity decodes the point, checks that it lies on the curve and encodes it anew: canonical means unchanged.
  PublicKey point;
  if (crypto_core_ed25519_add(point.bytes.data(), key.bytes.data(), kIdentity.bytes.data()) != 0 || point != key) return false;
  // The order of a point is small when it divides the cofactor 8.
  for (int doubling = 0; doubling < 3; ++doubling) {
    const PublicKey half = point;
    if (crypto_core_ed25519_add(point.bytes.data(), half.bytes.data(), half.bytes.data()) != 0) return false;
  }
  return point != kIdentity;
}

}  // namespace provchain::crypto
