// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/tx_check.hpp"

#include <algorithm>

#include "crypto/domain.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/merkle.hpp"
#include "storage/rdf/canonical.hpp"

namespace provchain::storage::rdf {

using crypto::format::TxKind;
using crypto::format::TxReject;
using crypto::format::TxView;

namespace {

constexpr crypto::merkle::TaggedHash kDatasetTree{crypto::domain::dataset};

TxReject reject_of(RdfErrc code) {
  if (code == RdfErrc::not_ascending) return TxReject::not_sorted;
  if (code == RdfErrc::blank_node) return TxReject::blank_node;
  if (code == RdfErrc::reserved_graph) return TxReject::reserved_graph;
  return TxReject::not_canonical;
}

// One pass: each line is checked and hashed while it is in the cache.
std::optional<TxReject> check_payload(const TxView& view, std::optional<RdfError>& where) {
  if (view.header.quad_count > limits::transaction_quads_max) return TxReject::bad_quad_count;
  CanonicalScanner scanner(view.payload);
  crypto::merkle::Frontier frontier;
  Quad quad;
  for (;;) {
    const Result<bool, RdfError> step = scanner.next(quad);
    if (!step) {
      where = step.error();
      return reject_of(step.error().code);
    }
    if (!*step) break;
    if (const Result<void, RdfErrc> admitted = check_admitted(quad); !admitted) {
      where = RdfError{admitted.error(), quad.at};
      return reject_of(admitted.error());
    }
    if (frontier.size == view.header.quad_count) return TxReject::bad_quad_count;
    crypto::merkle::append_leaf_hash(kDatasetTree, frontier, kDatasetTree.leaf(as_bytes(quad.line)));
  }
  if (frontier.size != view.header.quad_count) return TxReject::bad_quad_count;
  if (crypto::merkle::root_of(kDatasetTree, frontier) != view.header.dataset_root) return TxReject::bad_dataset_root;
  return std::nullopt;
}

struct Rules {
  const NetworkId& network;
  const TxLimits& limits;
  const crypto::format::SystemState* system;
};

std::optional<TxReject> check_author(const TxView& view) {
  if (!crypto::is_acceptable_public_key(view.header.author)) return TxReject::bad_author_key;
  if (!crypto::verify_tagged(view.header.author, crypto::domain::transaction_sign, view.id.view(), view.signature))
    return TxReject::bad_signature;
  return std::nullopt;
}

// Fills in what the transaction asks of the chain, when it is a valid one of kind governance or evidence.
std::optional<TxReject> check_view(const TxView& view, const Rules& rules, CheckedTransaction& transaction,
                                   std::optional<RdfError>& where) {
  const bool is_dataset = view.header.kind == TxKind::dataset;
  if (view.header.network_id != rules.network) return TxReject::wrong_network;
  if (!is_dataset && rules.system == nullptr) return TxReject::unsupported_kind;
  if (view.bytes.size() > rules.limits.transaction_bytes_max) return TxReject::too_large;
  if (is_dataset) {
    if (const std::optional<TxReject> reject = check_payload(view, where)) return reject;
    return check_author(view);
  }
  if (crypto::format::payload_root_of(view.payload) != view.header.dataset_root) return TxReject::bad_dataset_root;
  if (const std::optional<TxReject> reject = check_author(view)) return reject;
  auto request = crypto::format::check_system_request(view.header.kind, view.payload, *rules.system);
  if (!request) return request.error();
  transaction.system = std::make_shared<const crypto::format::SystemRequest>(*std::move(request));
  return std::nullopt;
}

CheckedTransaction summary_of(const TxView& view) {
  return {view.id,
          view.header.author,
          view.signature,
          view.header.kind,
          view.header.valid_until,
          view.header.quad_count,
          static_cast<std::uint32_t>(view.bytes.size()),
          nullptr};
}

// Whether the payload is the one its header names. Asked before a transaction of a block is called invalid: a flipped byte on the
// way must not make an honest leader's block invalid.
bool is_own_payload(const TxView& view) {
  if (view.header.kind == TxKind::dataset) return dataset_root_of(view.payload) == view.header.dataset_root;
  return crypto::format::payload_root_of(view.payload) == view.header.dataset_root;
}

}  // namespace

TransactionVerdict check_transaction(Bytes bytes, const NetworkId& network, const TxLimits& tx_limits,
                                     const crypto::format::SystemState* system) {
  TransactionVerdict verdict;
  const Result<TxView, crypto::format::FormatError> view = crypto::format::decode_transaction(bytes);
  if (!view) {
    verdict.reject = TxReject::malformed;
    return verdict;
  }
  verdict.transaction = summary_of(*view);
  verdict.reject = check_view(*view, {network, tx_limits, system}, verdict.transaction, verdict.where);
  return verdict;
}

// Together with payload_bytes this binds the payload: a last line without LF makes one byte less than the same lines with it.
Hash256 dataset_root_of(Bytes payload) {
  crypto::merkle::Frontier frontier;
  std::string_view rest = as_text(payload);
  while (!rest.empty()) {
    const std::size_t line_bytes = std::min(rest.find('\n'), rest.size());
    crypto::merkle::append_leaf_hash(kDatasetTree, frontier, kDatasetTree.leaf(as_bytes(rest.substr(0, line_bytes))));
    rest.remove_prefix(std::min(line_bytes + 1, rest.size()));
  }
  return crypto::merkle::root_of(kDatasetTree, frontier);
}

BodyVerdict check_block_body(Bytes block, const std::vector<bool>& known, const NetworkId& network, const TxLimits& tx_limits,
                             const crypto::format::SystemState* system) {
  BodyVerdict verdict;
  verdict.outcome = BodyOutcome::wrong_body;
  const Result<crypto::format::BlockView, crypto::format::FormatError> view = crypto::format::decode_block(block);
  if (!view || crypto::format::tx_root_of(view->transactions) != view->header.tx_root) return verdict;
  verdict.transactions.reserve(view->transactions.size());
  for (std::size_t i = 0; i < view->transactions.size(); ++i) {
    const TxView& transaction = view->transactions[i];
    verdict.transactions.push_back(summary_of(transaction));
    if (transaction.header.kind == TxKind::dataset && i < known.size() && known[i]) continue;
    std::optional<RdfError> where;
    const std::optional<TxReject> reject =
        check_view(transaction, {network, tx_limits, system}, verdict.transactions.back(), where);
    if (!reject) continue;
    verdict.transactions.clear();
    if (!is_own_payload(transaction)) return verdict;
    verdict.outcome = BodyOutcome::invalid;
    verdict.reject = reject;
    return verdict;
  }
  verdict.outcome = BodyOutcome::valid;
  return verdict;
}

}  // namespace provchain::storage::rdf
