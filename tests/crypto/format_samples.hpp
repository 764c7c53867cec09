// SPDX-License-Identifier: Apache-2.0
// Well-formed values of every fixed layout, the same in every run: tests start from one and change what they are about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/ed25519.hpp"
#include "crypto/format/block.hpp"
#include "crypto/format/certificate.hpp"
#include "crypto/format/genesis.hpp"
#include "crypto/format/system_state.hpp"

namespace provchain::crypto::format::samples {

template <class Id>
Id filled(std::uint8_t byte) {
  Id id;
  id.bytes.fill(byte);
  return id;
}

inline KeyPair key_pair(std::uint8_t number) { return key_pair_from_seed(filled<Hash256>(number).view()); }

inline StatementContext context() { return {filled<NetworkId>(0x11), filled<BlockId>(0x12)}; }

inline Ballot notarize(std::uint64_t view) {
  return {VoteKind::notarize, Epoch(3), View(view), View(view - 1), Height(41), filled<BlockId>(0x21)};
}
inline Ballot finalize(std::uint64_t view) {
  Ballot ballot = notarize(view);
  ballot.kind = VoteKind::finalize;
  return ballot;
}
inline Ballot nullify(std::uint64_t view, std::uint64_t since) {
  return {VoteKind::nullify, Epoch(3), View(view), View(since), Height(), BlockId()};
}

inline Vote vote(const Ballot& ballot, std::uint16_t signer) {
  const KeyPair pair = key_pair(static_cast<std::uint8_t>(signer + 1));
  return {ballot, AuthorityIndex(signer), sign(pair.secret_key, encode_statement(context(), ballot))};
}

inline AuthorityList authorities(std::size_t count) {
  AuthorityList list;
  for (std::size_t i = 0; i < count; ++i)
    list.push_back({key_pair(static_cast<std::uint8_t>(i + 1)).public_key, "authority-" + std::to_string(i)});
  return list;
}

// Signed by the last q of `count` authorities; each NULLIFY reaches 70 views further back than the one before.
inline Certificate certificate(VoteKind kind, std::size_t count) {
  const Ballot named = kind == VoteKind::nullify    ? nullify(1000, 0)
                       : kind == VoteKind::notarize ? notarize(1000)
                                                    : finalize(1000);
  Certificate certificate{kind, named.epoch, named.view, named.parent_view, named.height, named.block_id, {}};
  for (std::size_t i = count - quorum(count); i < count; ++i) {
    const auto index = static_cast<std::uint16_t>(i);
    const Ballot ballot = kind == VoteKind::nullify ? nullify(1000, 999 - 9 * i) : named;
    certificate.signers.push_back(
        {AuthorityIndex(index), kind == VoteKind::nullify ? ballot.parent_view : View(), vote(ballot, index).signature});
  }
  return certificate;
}

// The transaction of the format note: two lines, salt 7, valid to height 1000.
inline constexpr std::string_view dataset = "<urn:a> <urn:p> \"1\" .\n<urn:b> <urn:p> \"2\" <urn:g> .\n";
TxHeader tx_header();

// With a real author key and signature; `salt` makes them differ.
ByteVector transaction(std::uint64_t salt);

BlockHeader block_header();

// A block of `tx_count` transactions, its counts and roots right.
ByteVector block(std::uint32_t tx_count);

Genesis genesis();

// Adds the authority with key number 9, removes the last of four, closes and admits: approved by the first three authorities of
// `state` and by the newcomer.
std::vector<Change> changes();
Approval approval(const SystemState& state, const std::vector<Change>& changes, std::uint16_t signer, std::uint8_t key_number);
Governance governance(const SystemState& state);

// Authority `signer` of `state` notarised two blocks in view 7 of the running epoch.
Evidence evidence(const SystemState& state, std::uint16_t signer);

// Every list filled: epoch 3, changes wait, evidence is recorded, an epoch is over.
SystemState system_state();

}  // namespace provchain::crypto::format::samples
