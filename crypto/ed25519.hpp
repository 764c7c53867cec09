// SPDX-License-Identifier: Apache-2.0
// Ed25519 (RFC 8032) by libsodium's crypto_sign_detached: cofactorless equation, S < L, public keys and R of small order and
// non-canonical encodings refused. Which edge cases pass is a property of the library; tests/crypto pins it with the C2SP CCTV
// vectors. Pure functions, any thread, once crypto::init() has returned true.
#pragma once

#include <string_view>

#include "base/types.hpp"
#include "crypto/secret.hpp"

namespace provchain::crypto {

// Prepares libsodium; idempotent. False when the system gives no randomness: the program must end.
[[nodiscard]] bool init();

struct KeyPair {
  PublicKey public_key;
  Secret<64> secret_key;  // libsodium's form: seed ‖ public key
};

[[nodiscard]] KeyPair generate_key_pair();
[[nodiscard]] KeyPair key_pair_from_seed(Bytes seed32);

[[nodiscard]] Signature sign(const Secret<64>& secret_key, Bytes message);
[[nodiscard]] bool verify(const PublicKey& key, Bytes message, const Signature& signature);

// S(k, tag, x): the signature covers tag ‖ x.
[[nodiscard]] Signature sign_tagged(const Secret<64>& secret_key, std::string_view tag, Bytes message);
[[nodiscard]] bool verify_tagged(const PublicKey& key, std::string_view tag, Bytes message, const Signature& signature);

// False for encodings that are not canonical, not on the curve or of small order; such a key is refused in a genesis and as an
// author.
[[nodiscard]] bool is_acceptable_public_key(const PublicKey& key);

}  // namespace provchain::crypto
