// SPDX-License-Identifier: Apache-2.0
#include "engine/api/proofs.hpp"

#include "engine/api/blocks.hpp"
#include "engine/api/terms.hpp"
#include "engine/api/transactions.hpp"

namespace provchain::api {
namespace {

// A bundle has one encoding only, so not even a line end is added.
Handled answer_with(const std::optional<crypto::format::ProofBundle>& bundle) {
  if (!bundle) return std::unexpected(not_found("not in the chain, or no certificate covers it yet"));
  Response response;
  response.content_type = "application/json";
  response.body = crypto::format::encode_proof_bundle(*bundle);
  return response;
}

}  // namespace

Handled get_block_proof(const Context& context, const Request& request) {
  PVC_TRY(const Height height, resolve_block(context, request));
  PVC_TRY(const auto bundle, context.proofs.block(height));
  return answer_with(bundle);
}

Handled get_transaction_proof(const Context& context, const Request& request) {
  PVC_TRY(const TxId id, transaction_id(request));
  PVC_TRY(const auto bundle, context.proofs.transaction(id));
  return answer_with(bundle);
}

Handled get_quad_proof(const Context& context, const Request& request) {
  PVC_TRY(const PatternTerms terms, PatternTerms::from(request.query));
  for (const auto& [name, term] :
       {std::pair("s", &terms.subject), std::pair("p", &terms.predicate), std::pair("o", &terms.object)})
    if (term->empty()) return std::unexpected(bad_parameter(name, "needed: a proof is of one quad"));
  PVC_TRY(const auto as_of, request.query.height("as_of"));
  PVC_TRY(const auto quad, context.index.find(terms.pattern(), as_of));
  if (!quad) return std::unexpected(not_found("nobody asserted this quad"));
  PVC_TRY(const auto bundle, context.proofs.line(quad->tx, quad->payload_line()));
  return answer_with(bundle);
}

}  // namespace provchain::api
