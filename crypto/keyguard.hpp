// SPDX-License-Identifier: Apache-2.0
// The holder of the consensus key. It signs two things and nothing else: a consensus statement that it can parse itself, of its
// own network, that the signing guard admits and the journal holds; and an attestation that a node speaks for this authority. It
// trusts nobody's word about what bytes are. Belongs to the signer thread.
//
// A statement is signed in three steps: admit() judges it and advances the guard at once, so that of two conflicting votes in one
// batch only one passes; the caller makes it durable; sign() uses up the permit. A refusal leaves the guard as it was.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/format/guard.hpp"

namespace provchain::crypto {

enum class KeyGuardErrc : std::uint8_t {
  not_a_statement,  // not the 152 bytes of a well-formed consensus statement
  wrong_network,
  refused_by_guard,  // at or below what was signed, since < hf, or another block than the one notarised
  no_permit,         // sign() without admit()
};
[[nodiscard]] std::string_view to_string(KeyGuardErrc code);

enum class Admission : std::uint8_t {
  admitted,  // new: make it durable, then sign
  repeated,  // the very statement admitted last, which the journal or the batch at hand has already
};

class KeyGuard {
 public:
  // `guard` and `journalled` are what the journal gave back; the journalled statements may be signed once more each.
  KeyGuard(KeyPair key, const NetworkId& network_id, const format::Guard& guard,
           std::span<const format::StatementBytes> journalled);

  Result<Admission, KeyGuardErrc> admit(Bytes statement);
  // Call only after the statement is durable. Ed25519 is deterministic: the same statement has the same signature for ever.
  Result<Signature, KeyGuardErrc> sign(Bytes statement);

  // S(consensus key, "PVC1-attest", network_id ‖ node_id ‖ u64 not_after_height).
  [[nodiscard]] Signature attest(const NodeId& node_id, Height not_after) const;

  [[nodiscard]] const format::Guard& guard() const { return guard_; }
  [[nodiscard]] const PublicKey& public_key() const { return key_.public_key; }

 private:
  Result<format::Statement, KeyGuardErrc> parse(Bytes statement) const;

  KeyPair key_;
  NetworkId network_id_;
  format::Guard guard_;
  std::vector<format::StatementBytes> permits_;
};

[[nodiscard]] bool verify_attestation(const PublicKey& authority, const NetworkId& network_id, const NodeId& node_id,
                                      Height not_after, const Signature& signature);

}  // namespace provchain::crypto
