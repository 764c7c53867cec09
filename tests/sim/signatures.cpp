// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/signatures.hpp"

namespace provchain::sim {

Signatures::Signer Signatures::signer(Scheme scheme, std::string_view role, std::uint64_t number) {
  const PublicKey name = fake_key(role, number);
  crypto::KeyPair pair = crypto::key_pair_from_seed(name.view());
  const PublicKey key = pair.public_key;
  // A real key here too: a set of authorities is refused when one of its keys is no point of the curve.
  if (scheme == Scheme::keyed_hash) return {key, std::nullopt};
  return {key, std::move(pair)};
}

Signatures::Signatures(Scheme scheme, std::size_t authorities) : scheme_(scheme) {
  PVC_CHECK(crypto::init());
  for (std::size_t i = 0; i < authorities; ++i) authorities_.push_back(signer(scheme, "authority", i));
  for (std::size_t i = 0; i < authors; ++i) authors_.push_back(signer(scheme, "author", i));
}

crypto::format::Genesis Signatures::genesis(std::size_t authorities) const {
  crypto::format::Genesis genesis = fake_genesis(authorities);
  for (std::size_t i = 0; i < authorities; ++i) genesis.authorities[i].key = authorities_[i].key;
  return genesis;
}

SharedBytes Signatures::transaction(const crypto::format::Genesis& genesis, const FakeTxOptions& options) const {
  const Signer& author = authors_[options.author];
  return fake_transaction(genesis, author.key, options, [&](Bytes message) { return sign(author, message); });
}

SharedBytes Signatures::transaction(const crypto::format::Genesis& genesis, crypto::format::TxKind kind, Bytes payload,
                                    const FakeTxOptions& options) const {
  const Signer& author = authors_[options.author];
  return fake_system_transaction(genesis, author.key, kind, payload, options,
                                 [&](Bytes message) { return sign(author, message); });
}

}  // namespace provchain::sim
