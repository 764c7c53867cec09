// SPDX-License-Identifier: Apache-2.0
// Transaction = header[128] ‖ payload ‖ author signature[64].
//   0 u32 version = 1 · 4 u32 kind · 8 network_id · 40 author · 72 u64 salt · 80 u64 valid_until · 88 u32 quad_count ·
//   92 u32 payload_bytes · 96 dataset_root
// tx id = H("pvc/tx/v1", header); signature = S(author, "pvc/tx-sign/v1", tx id); a leaf of tx_root is tx id ‖ signature.
// This file knows the layout. Whether the payload is a canonical dataset is storage/rdf/tx_check.hpp's question.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "base/types.hpp"
#include "crypto/format/error.hpp"

namespace provchain::crypto::format {

enum class TxKind : std::uint32_t { dataset = 1, governance = 2, evidence = 3 };

struct TxHeader {
  TxKind kind = TxKind::dataset;
  NetworkId network_id;
  PublicKey author;
  std::uint64_t salt = 0;
  Height valid_until;  // last height that may include it
  std::uint32_t quad_count = 0;
  std::uint32_t payload_bytes = 0;
  Hash256 dataset_root;
  bool operator==(const TxHeader&) const = default;
};

inline constexpr std::size_t tx_header_bytes = 128;
inline constexpr std::size_t tx_signature_bytes = 64;
using TxHeaderBytes = std::array<std::uint8_t, tx_header_bytes>;

[[nodiscard]] TxHeaderBytes encode_tx_header(const TxHeader& header);
[[nodiscard]] Result<TxHeader, FormatError> decode_tx_header(Bytes bytes);  // exactly 128 bytes
[[nodiscard]] TxId tx_id_of(Bytes header_bytes);

// A transaction seen in place. Valid as long as the bytes it was split from.
struct TxView {
  TxHeader header;
  TxId id;
  Signature signature;
  Bytes bytes;  // all of it
  Bytes payload;
};

// The first transaction in `bytes` (transactions delimit themselves); TxView::bytes.size() says where the next begins.
[[nodiscard]] Result<TxView, FormatError> split_transaction(Bytes bytes PVC_LIFETIMEBOUND);
// Exactly one transaction, no byte behind it.
[[nodiscard]] Result<TxView, FormatError> decode_transaction(Bytes bytes PVC_LIFETIMEBOUND);

[[nodiscard]] Hash256 tx_leaf_hash(const TxId& id, const Signature& signature);

// Why a transaction is refused. The name (to_string) is stable: the API's `code`, the metric's label.
enum class TxReject : std::uint8_t {
  malformed,  // not the layout
  wrong_network,
  unsupported_kind,
  too_large,
  bad_dataset_root,
  not_canonical,   // a line is not canonical N-Quads
  not_sorted,      // lines are not strictly ascending
  blank_node,      // blank nodes are not accepted; skolemise
  reserved_graph,  // names a graph in urn:provchain:
  bad_quad_count,
  bad_author_key,
  bad_signature,
  expired,    // valid_until has passed
  duplicate,  // already in the chain or the mempool
  author_not_admitted,
  author_quota,  // the author has too much pending
  mempool_full,
  syncing,         // this node is not caught up and takes no transactions
  bad_governance,  // the payload is none, or its approvals do not suffice in the running epoch
  bad_evidence,    // the payload is none, or the signatures are not the accused's
  not_applicable,  // the chain's state has no place for it: without effect, known already, of an epoch that is over
};
inline constexpr std::size_t tx_reject_count = static_cast<std::size_t>(TxReject::not_applicable) + 1;
[[nodiscard]] std::string_view to_string(TxReject reject);

}  // namespace provchain::crypto::format
