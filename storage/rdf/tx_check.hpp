// SPDX-License-Identifier: Apache-2.0
// Is a transaction, or a block's body, valid by itself? Pure functions of their arguments, the same in the node, the simulator
// and fuzzing, and the same on every replica: no clock, no store, no configuration. Whether it is expired, a duplicate or of an
// admitted author depends on the chain and is the core's question. Any thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/limits.hpp"
#include "crypto/format/block.hpp"
#include "crypto/format/system_request.hpp"
#include "crypto/format/transaction.hpp"
#include "storage/rdf/error.hpp"

namespace provchain::storage::rdf {

struct TxLimits {
  std::size_t transaction_bytes_max = limits::block_bytes_default;  // max_block_bytes of the genesis
};

// What the core wants to know of a transaction whose bytes it may not read.
struct CheckedTransaction {
  TxId id;
  PublicKey author;
  Signature signature;
  crypto::format::TxKind kind{};
  Height valid_until;
  std::uint32_t quad_count = 0;
  std::uint32_t bytes = 0;
  std::shared_ptr<const crypto::format::SystemRequest> system{};  // of kinds governance and evidence, when valid
};

struct TransactionVerdict {
  std::optional<crypto::format::TxReject> reject;  // absent: valid
  std::optional<RdfError> where;                   // in the payload, when the reject is about a line of it
  CheckedTransaction transaction;                  // zeros when the reject is `malformed`
};

// Layout, network, kind, size, then the payload (canonical, ascending, no blank node, no reserved graph, quad count,
// dataset_root), then the author's key and signature: cheap to dear, and the first failure counts. A governance or evidence
// transaction is checked against the epochs that `system` knows, its own signatures last; without a system it is refused as
// unsupported_kind.
[[nodiscard]] TransactionVerdict check_transaction(Bytes bytes, const NetworkId& network, const TxLimits& tx_limits,
                                                   const crypto::format::SystemState* system = nullptr);

// The root over the payload's lines, each without its LF, whatever they are. The empty payload has the empty tree.
[[nodiscard]] Hash256 dataset_root_of(Bytes payload);

enum class BodyOutcome : std::uint8_t {
  valid,
  wrong_body,  // not the bytes that the header commits to: the sender's fault, never the block's
  invalid,     // these are the bytes, and a rule of transactions says no
};

struct BodyVerdict {
  BodyOutcome outcome{};
  std::optional<crypto::format::TxReject> reject;  // of the first bad transaction, when invalid
  std::vector<CheckedTransaction> transactions;    // all of them, when valid
};

// `block` is header ‖ body. `known[i]` says that transaction i equals, byte for byte, one that check_transaction found valid;
// missing: it does not. tx_count, body_bytes, tx_root or a dataset_root that the body does not reproduce make it a wrong body,
// and so does a body that is not a sequence of transactions; since tx_root covers the signatures, a bad signature makes the block
// invalid. `system` is the state of the block's epoch. Governance and evidence are always checked anew, known or not: what they
// carry was valid in the epoch in which it was checked.
[[nodiscard]] BodyVerdict check_block_body(Bytes block, const std::vector<bool>& known, const NetworkId& network,
                                           const TxLimits& tx_limits, const crypto::format::SystemState* system = nullptr);

}  // namespace provchain::storage::rdf
