// SPDX-License-Identifier: Apache-2.0
// Who signs in a simulation, and how: keyed hashes in place of Ed25519, or the real thing with keys that follow from their
// numbers. Immutable, any thread.
#pragma once

#include <vector>

#include "crypto/ed25519.hpp"
#include "crypto/format/genesis.hpp"
#include "tests/sim/fake_crypto.hpp"

namespace provchain::sim {

enum class Scheme : std::uint8_t { keyed_hash, ed25519 };

class Signatures {
 public:
  static constexpr std::size_t authors = 8;  // who write transactions

  // Keys of so many authorities, whether a genesis lists them or not.
  Signatures(Scheme scheme, std::size_t authorities);

  // As fake_genesis(), with the first keys of this scheme.
  [[nodiscard]] crypto::format::Genesis genesis(std::size_t authorities) const;
  [[nodiscard]] const PublicKey& key(AuthorityIndex authority) const { return authorities_[authority.value()].key; }
  [[nodiscard]] const PublicKey& author(std::size_t number) const { return authors_[number].key; }
  [[nodiscard]] Signature sign(AuthorityIndex authority, Bytes message) const {
    return sign(authorities_[authority.value()], message);
  }
  [[nodiscard]] bool verify(const core::SignatureCheck& check) const {
    return verifier()(check.key, Bytes(check.message).first(check.message_bytes), check.signature);
  }
  [[nodiscard]] bool verify(const PublicKey& of, Bytes message, const Signature& signature) const {
    return verifier()(of, message, signature);
  }
  [[nodiscard]] Verify verifier() const {
    if (scheme_ == Scheme::ed25519) return crypto::verify;
    return fake_verify;
  }

  // A transaction as fake_transaction() makes it, signed by one of this scheme's authors: options.author below `authors`.
  [[nodiscard]] SharedBytes transaction(const crypto::format::Genesis& genesis, const FakeTxOptions& options) const;
  // The same for a governance or evidence transaction around `payload`.
  [[nodiscard]] SharedBytes transaction(const crypto::format::Genesis& genesis, crypto::format::TxKind kind, Bytes payload,
                                        const FakeTxOptions& options) const;

 private:
  struct Signer {
    PublicKey key;
    std::optional<crypto::KeyPair> pair;  // Ed25519 only
  };

  [[nodiscard]] static Signer signer(Scheme scheme, std::string_view role, std::uint64_t number);
  [[nodiscard]] static Signature sign(const Signer& signer, Bytes message) {
    return signer.pair ? crypto::sign(signer.pair->secret_key, message) : fake_sign(signer.key, message);
  }

  Scheme scheme_;
  std::vector<Signer> authorities_;
  std::vector<Signer> authors_;
};

}  // namespace provchain::sim
