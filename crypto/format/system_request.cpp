// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/system_request.hpp"

#include "crypto/domain.hpp"
#include "crypto/merkle.hpp"

namespace provchain::crypto::format {

Hash256 payload_root_of(Bytes payload) { return merkle::TaggedHash(domain::dataset).leaf(payload); }

Result<SystemRequest, TxReject> check_system_request(TxKind kind, Bytes payload, const SystemState& state, Verify verify) {
  PVC_CHECK(kind != TxKind::dataset);
  if (kind == TxKind::governance) {
    auto governance = decode_governance(payload);
    if (!governance || approvals_fault(state, *governance, verify)) return std::unexpected(TxReject::bad_governance);
    return SystemRequest{state.epoch, std::move(governance->changes)};
  }
  const auto evidence = decode_evidence(payload);
  if (!evidence || evidence_fault(state, *evidence, verify)) return std::unexpected(TxReject::bad_evidence);
  return SystemRequest{state.epoch, *evidence};
}

}  // namespace provchain::crypto::format
