// SPDX-License-Identifier: Apache-2.0
#include "crypto/keyguard.hpp"

#include <algorithm>

#include "crypto/domain.hpp"

namespace provchain::crypto {
namespace {

using AttestationBytes = std::array<std::uint8_t, NetworkId::kSize + NodeId::kSize + 8>;

AttestationBytes attestation_of(const NetworkId& network_id, const NodeId& node_id, Height not_after) {
  AttestationBytes bytes;
  network_id.store(bytes, 0);
  node_id.store(bytes, 32);
  store_le<std::uint64_t>(bytes, 64, not_after.value());
  return bytes;
}

}  // namespace

std::string_view to_string(KeyGuardErrc code) {
  switch (code) {
    case KeyGuardErrc::not_a_statement:
      return "not_a_statement";
    case KeyGuardErrc::wrong_network:
      return "wrong_network";
    case KeyGuardErrc::refused_by_guard:
      return "refused_by_guard";
    case KeyGuardErrc::no_permit:
      return "no_permit";
  }
  PVC_UNREACHABLE();
}

KeyGuard::KeyGuard(KeyPair key, const NetworkId& network_id, const format::Guard& guard,
                   std::span<const format::StatementBytes> journalled)
    : key_(std::move(key)), network_id_(network_id), guard_(guard), permits_(journalled.begin(), journalled.end()) {}

Result<format::Statement, KeyGuardErrc> KeyGuard::parse(Bytes statement) const {
  const auto parsed = format::decode_statement(statement);
  if (!parsed) return std::unexpected(KeyGuardErrc::not_a_statement);
  if (parsed->context.network_id != network_id_) return std::unexpected(KeyGuardErrc::wrong_network);
  return *parsed;
}

Result<Admission, KeyGuardErrc> KeyGuard::admit(Bytes statement) {
  PVC_TRY(const format::Statement parsed, parse(statement));
  const format::GuardVerdict verdict = guard_.judge(parsed.context, parsed.ballot);
  if (verdict == format::GuardVerdict::refused) return std::unexpected(KeyGuardErrc::refused_by_guard);
  if (verdict == format::GuardVerdict::admitted) guard_.advance(parsed.context, parsed.ballot);
  permits_.push_back(format::encode_statement(parsed.context, parsed.ballot));
  return verdict == format::GuardVerdict::admitted ? Admission::admitted : Admission::repeated;
}

Result<Signature, KeyGuardErrc> KeyGuard::sign(Bytes statement) {
  PVC_TRY_VOID(parse(statement));
  const auto permit = std::find_if(permits_.begin(), permits_.end(),
                                   [&](const format::StatementBytes& bytes) { return equal(bytes, statement); });
  if (permit == permits_.end()) return std::unexpected(KeyGuardErrc::no_permit);
  permits_.erase(permit);
  return crypto::sign(key_.secret_key, statement);
}

Signature KeyGuard::attest(const NodeId& node_id, Height not_after) const {
  return sign_tagged(key_.secret_key, domain::attest, attestation_of(network_id_, node_id, not_after));
}

bool verify_attestation(const PublicKey& authority, const NetworkId& network_id, const NodeId& node_id, Height not_after,
                        const Signature& signature) {
  return verify_tagged(authority, domain::attest, attestation_of(network_id, node_id, not_after), signature);
}

}  // namespace provchain::crypto
