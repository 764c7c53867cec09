// SPDX-License-Identifier: Apache-2.0
// From the payload of a governance or evidence transaction to what it asks of the system state. Pure functions, any thread.
#pragma once

#include "base/result.hpp"
#include "crypto/format/system_state.hpp"
#include "crypto/format/transaction.hpp"

namespace provchain::crypto::format {

// dataset_root of these kinds: the tree whose one leaf is the whole payload.
[[nodiscard]] Hash256 payload_root_of(Bytes payload);

// What the payload of kind governance or evidence asks for, its signatures unchecked: of a transaction that was checked in that
// epoch before. Refused as bad_governance or bad_evidence when it cannot be read.
[[nodiscard]] Result<SystemRequest, TxReject> read_system_request(TxKind kind, Bytes payload, Epoch checked_in);

// Reads the payload of kind governance or evidence and checks every signature in it against the epochs `state` knows. Refused as
// bad_governance or bad_evidence. Whether the state has a place for it is apply()'s question. Dear: up to approvals_max
// signatures.
[[nodiscard]] Result<SystemRequest, TxReject> check_system_request(TxKind kind, Bytes payload, const SystemState& state,
                                                                   Verify verify = crypto::verify);

}  // namespace provchain::crypto::format
