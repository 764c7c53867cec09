// SPDX-License-Identifier: Apache-2.0
// Signatures that cost a hash instead of a curve, for simulations of thousands of votes: whoever knows the public key can make
// one, so a test may forge, but nothing else may. Pure functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crypto/digest.hpp"
#include "crypto/domain.hpp"
#include "crypto/format/genesis.hpp"
#include "crypto/format/governance.hpp"
#include "crypto/format/system_state.hpp"
#include "crypto/format/transaction.hpp"
#include "crypto/merkle.hpp"
#include "engine/core/effects.hpp"

namespace provchain::sim {

inline Signature fake_sign(const PublicKey& key, Bytes message) {
  const Hash256 digest = crypto::hash("sim/signature", {key.view(), message});
  Signature signature;
  digest.store(signature.mut(), 0);
  digest.store(signature.mut(), 32);
  return signature;
}

inline bool fake_verify(const PublicKey& key, Bytes message, const Signature& signature) {
  return fake_sign(key, message) == signature;
}

inline bool fake_verify(const core::SignatureCheck& check) {
  return fake_verify(check.key, Bytes(check.message).first(check.message_bytes), check.signature);
}

using Verify = crypto::format::Verify;

// A key by number; distinct for distinct (role, number).
inline PublicKey fake_key(std::string_view role, std::uint64_t number) {
  return crypto::as<PublicKey>(crypto::Hasher("sim/key").update(role).update_le(number).finish());
}

// Authorities "authority" 0 … n − 1; blocks as fast as the network.
inline crypto::format::Genesis fake_genesis(std::size_t authorities) {
  crypto::format::Genesis genesis;
  genesis.name = "simulated";
  genesis.network_id = crypto::format::network_id_of(as_bytes("simulated"));
  genesis.time_ms = 1'790'000'000'000;
  genesis.parameters.min_interval_ms = 0;
  genesis.parameters.target_interval_ms = 0;
  for (std::size_t i = 0; i < authorities; ++i)
    genesis.authorities.push_back({fake_key("authority", i), "authority-" + std::to_string(i)});
  return genesis;
}

struct FakeTxOptions {
  std::uint64_t author = 0;  // fake_key("author", …)
  std::uint64_t salt = 0;
  std::uint64_t valid_until = 1'000'000;
  std::size_t payload_bytes = 64;
  bool signed_well = true;
};

// A transaction with these fields, its payload as the one leaf of its root. sign(tx id) is the author's signature.
template <class Sign>
SharedBytes assemble_fake(crypto::format::TxHeader header, Bytes payload, bool signed_well, const Sign& sign) {
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  header.dataset_root = crypto::merkle::TaggedHash(crypto::domain::dataset).leaf(payload);
  const auto header_bytes = crypto::format::encode_tx_header(header);
  Signature signature = sign(crypto::format::tx_id_of(header_bytes).view());
  if (!signed_well) signature.bytes[0] ^= 1;
  ByteVector bytes;
  append(bytes, header_bytes);
  append(bytes, payload);
  append(bytes, signature.view());
  return SharedBytes::copy_of(bytes);
}

// A dataset transaction whose payload is not RDF: the simulated check asks for the layout, the root and the signature only.
template <class Sign>
SharedBytes fake_transaction(const crypto::format::Genesis& genesis, const PublicKey& author, const FakeTxOptions& options,
                             const Sign& sign) {
  const ByteVector payload(options.payload_bytes, static_cast<std::uint8_t>('a' + options.salt % 26));
  crypto::format::TxHeader header;
  header.network_id = genesis.network_id;
  header.author = author;
  header.salt = options.salt;
  header.valid_until = Height(options.valid_until);
  header.quad_count = 1;
  return assemble_fake(header, payload, options.signed_well, sign);
}

inline SharedBytes fake_transaction(const crypto::format::Genesis& genesis, const FakeTxOptions& options) {
  const PublicKey author = fake_key("author", options.author);
  return fake_transaction(genesis, author, options, [&](Bytes message) { return fake_sign(author, message); });
}

// A governance or evidence transaction around `payload`.
template <class Sign>
SharedBytes fake_system_transaction(const crypto::format::Genesis& genesis, const PublicKey& author, crypto::format::TxKind kind,
                                    Bytes payload, const FakeTxOptions& options, const Sign& sign) {
  crypto::format::TxHeader header;
  header.kind = kind;
  header.network_id = genesis.network_id;
  header.author = author;
  header.salt = options.salt;
  header.valid_until = Height(options.valid_until);
  return assemble_fake(header, payload, options.signed_well, sign);
}

// fake_sign as an authority or a newcomer approves changes: over the tag too.
inline Signature fake_approval(const PublicKey& key, const crypto::format::StatementContext& epoch,
                               const std::vector<crypto::format::Change>& changes) {
  ByteVector message = to_vector(as_bytes(crypto::domain::govern));
  append(message, crypto::format::approval_message(epoch, changes));
  return fake_sign(key, message);
}

inline TxId fake_id(const SharedBytes& transaction) {
  return crypto::format::tx_id_of(transaction.view().first(crypto::format::tx_header_bytes));
}

// What the chain says of a transaction.
using InChain = std::function<std::optional<Height>(const TxId&)>;

// What the pool answers for one transaction; `in_chain` is the store's part, `system` as in core::CheckTransaction.
core::TxVerdict fake_check(const crypto::format::Genesis& genesis, Bytes transaction, std::optional<Height> in_chain,
                           Verify verify = fake_verify, const crypto::format::SystemState* system = nullptr);
// And for a block. `known` as in core::CheckBlock.
core::BlockVerdict fake_check_block(const crypto::format::Genesis& genesis, Bytes block, const std::vector<bool>& known = {},
                                    const InChain& in_chain = {}, Verify verify = fake_verify,
                                    const crypto::format::SystemState* system = nullptr);

}  // namespace provchain::sim
