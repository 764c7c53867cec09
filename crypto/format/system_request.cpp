// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/system_request.hpp"

#include "crypto/domain.hpp"
#include "crypto/merkle.hpp"

namespace provchain::crypto::format {

Hash256 payload_root_of(Bytes payload) { return merkle::TaggedHash(domain::dataset).leaf(payload); }

namespace {

Result<Governance, TxReject> read_governance(Bytes payload) {
  auto governance = decode_governance(payload);
  if (!governance) return std::unexpected(TxReject::bad_governance);
  return *std::move(governance);
}

Result<Evidence, TxReject> read_evidence(Bytes payload) {
  auto evidence = decode_evidence(payload);
  if (!evidence) return std::unexpected(TxReject::bad_evidence);
  return *evidence;
}

}  // namespace

Result<SystemRequest, TxReject> read_system_request(TxKind kind, Bytes payload, Epoch checked_in) {
  PVC_CHECK(kind != TxKind::dataset);
  if (kind == TxKind::governance) {
    PVC_TRY(Governance governance, read_governance(payload));
    return SystemRequest{checked_in, std::move(governance.changes)};
  }
  PVC_TRY(const Evidence evidence, read_evidence(payload));
  return SystemRequest{checked_in, evidence};
}

Result<SystemRequest, TxReject> check_system_request(TxKind kind, Bytes payload, const SystemState& state, Verify verify) {
  PVC_CHECK(kind != TxKind::dataset);
  if (kind == TxKind::governance) {
    PVC_TRY(Governance governance, read_governance(payload));
    if (approvals_fault(state, governance, verify)) return std::unexpected(TxReject::bad_governance);
    return SystemRequest{state.epoch, std::move(governance.changes)};
  }
  PVC_TRY(const Evidence evidence, read_evidence(payload));
  if (evidence_fault(state, evidence, verify)) return std::unexpected(TxReject::bad_evidence);
  return SystemRequest{state.epoch, evidence};
}

}  // namespace provchain::crypto::format
