// SPDX-License-Identifier: Apache-2.0
#include "engine/api/transactions.hpp"

#include "engine/api/chain_reads.hpp"
#include "engine/api/tx_wait.hpp"

namespace provchain::api {
namespace {

Handled describe_stored(const Context& context, const TxId& id) {
  PVC_TRY(const auto stored, read_transaction(*context.backend.ledger, id));
  if (!stored) return std::unexpected(not_found("no such transaction"));
  Json answer{{"id", id.hex()},
              {"state", to_string(TxPhase::final)},
              {"height", stored->position.height.value()},
              {"index", stored->position.index},
              {"author", stored->header.author.hex()},
              {"quads", stored->header.quad_count},
              {"bytes", stored->bytes},
              {"valid_until", stored->header.valid_until.value()},
              {"block_id", stored->block_id.hex()}};
  set_heights(answer, context);
  return json_response(answer);
}

Handled describe(const Context& context, const TxId& id, const TxState& state) {
  if (state.phase == TxPhase::unknown)
    return std::unexpected(not_found("neither the chain nor this node's pool has this transaction"));
  if (state.phase == TxPhase::final) {
    PVC_TRY(const auto position, find_transaction(*context.backend.ledger, id));
    if (position) return describe_stored(context, id);
  }
  Json answer{{"id", id.hex()}, {"state", to_string(state.phase)}};
  if (state.height) answer["height"] = state.height->value();
  if (state.reject) answer["reason"] = crypto::format::to_string(*state.reject);
  set_heights(answer, context);
  return json_response(answer);
}

}  // namespace

std::string_view to_string(TxPhase phase) {
  switch (phase) {
    case TxPhase::pending:
      return "pending";
    case TxPhase::final:
      return "final";
    case TxPhase::expired:
      return "expired";
    case TxPhase::rejected:
      return "rejected";
    case TxPhase::unknown:
      return "unknown";
  }
  PVC_UNREACHABLE();
}

Result<TxId, Problem> transaction_id(const Request& request) {
  const auto id = TxId::parse_hex(request.argument);
  if (!id) return std::unexpected(bad_parameter("id", "expected 64 lower-case hex digits"));
  return *id;
}

Handled get_transaction(const Context& context, const Request& request) {
  PVC_TRY(const TxId id, transaction_id(request));
  PVC_TRY(const WaitPlan plan, wait_plan(request.query));
  return await_state(context, id, plan, [&context, id](const TxState& state) { return describe(context, id, state); });
}

Handled get_dataset(const Context& context, const Request& request) {
  PVC_TRY(const TxId id, transaction_id(request));
  PVC_TRY(auto stored, read_transaction(*context.backend.ledger, id));
  if (!stored) return std::unexpected(not_found("the chain does not have this transaction"));
  if (stored->header.kind != crypto::format::TxKind::dataset)
    return std::unexpected(not_found("this transaction is not a dataset"));
  Response response;
  response.content_type = "application/n-quads";
  response.body = std::move(stored->payload);
  return response;
}

}  // namespace provchain::api
