// SPDX-License-Identifier: Apache-2.0
#include "engine/api/submit.hpp"

#include <algorithm>

#include "crypto/random.hpp"
#include "engine/api/access.hpp"
#include "engine/api/chain_reads.hpp"
#include "engine/api/transactions.hpp"
#include "engine/api/tx_wait.hpp"
#include "storage/rdf/canonical.hpp"
#include "storage/rdf/document.hpp"
#include "storage/rdf/tx_build.hpp"

namespace provchain::api {
namespace {

using crypto::format::TxReject;

// How many heights a transaction signed here stays valid: long enough for any queue, short enough that it does not surface years
// later.
constexpr std::uint64_t kValidHeights = 10'000;
constexpr std::string_view kSignedBytes = "application/vnd.provchain.tx";

std::string_view media_type_of(const Request& request) {
  const std::string_view type = request.content_type;
  return type.substr(0, type.find_first_of("; \t"));
}

Handled present(const Context& context, const TxId& id, const TxState& state) {
  if (state.phase == TxPhase::rejected)
    return std::unexpected(refused(state.reject.value_or(TxReject::malformed), state.retry_after_ms));
  if (state.phase == TxPhase::expired) return std::unexpected(refused(TxReject::expired, 0));
  // It was taken and is gone without a verdict: it made room for others.
  if (state.phase == TxPhase::unknown) return std::unexpected(refused(TxReject::mempool_full, state.retry_after_ms));
  Json answer{{"id", id.hex()}, {"state", to_string(state.phase)}};
  if (state.height) answer["height"] = state.height->value();
  set_heights(answer, context);
  return json_response(answer, state.phase == TxPhase::final ? 200 : 202);
}

Handled on_submitted(const Context& context, const TxId& id, const WaitPlan& plan, const Woken& woken) {
  if (woken.wake != Wake::replied) return std::unexpected(no_reply());
  const TxState& state = woken.reply;
  const bool is_known = state.phase == TxPhase::rejected && state.reject == TxReject::duplicate;
  if (state.phase == TxPhase::rejected && !is_known) return present(context, id, state);
  if (state.phase == TxPhase::pending && plan.level == WaitLevel::none) return present(context, id, state);
  return await_state(context, id, plan, [&context, id](const TxState& later) { return present(context, id, later); });
}

Handled submit(const Context& context, SharedBytes transaction, const WaitPlan& plan) {
  const auto view = crypto::format::decode_transaction(transaction.view());
  if (!view) return std::unexpected(refused(TxReject::malformed, 0));
  const crypto::format::Genesis& genesis = *context.backend.genesis;
  if (view->header.network_id != genesis.network_id) return std::unexpected(refused(TxReject::wrong_network, 0));
  const TxId id = view->id;
  PVC_TRY(const auto position, find_transaction(*context.backend.ledger, id));
  if (position)
    return await_state(context, id, plan, [&context, id](const TxState& state) { return present(context, id, state); });

  auto pending = std::make_unique<Pending>();
  pending->goal = ReplyGoal{};
  pending->deadline = reply_deadline(context);
  pending->ask = [&context, transaction = std::move(transaction)](TxReply reply) {
    return context.backend.submit(transaction, std::move(reply));
  };
  pending->then = [&context, id, plan](const Woken& woken) { return on_submitted(context, id, plan, woken); };
  return Outcome(std::move(pending));
}

// RDF text becomes one signed transaction.
Result<SharedBytes, Problem> sign_rdf(const Context& context, const Request& request, storage::rdf::DocumentFormat format) {
  const crypto::format::Genesis& genesis = *context.backend.genesis;
  storage::rdf::CanonicalDataset dataset(context.options.body_bytes_max);
  const auto read = storage::rdf::read_document(as_bytes(request.body), format, {}, dataset);
  if (!read) return std::unexpected(refused(read.error()));
  dataset.finish();
  if (dataset.lines().empty()) return std::unexpected(Problem(400, "bad_rdf", "the document has no statements"));
  const auto batches =
      storage::rdf::split_into_batches(dataset.lines(), {.transaction_bytes_max = genesis.parameters.max_block_bytes});
  if (!batches) return std::unexpected(refused(batches.error()));
  if (batches->size() != 1)
    return std::unexpected(Problem(
        413, "too_large",
        "the dataset needs " + std::to_string(batches->size()) + " transactions; provchain submit sends them one by one"));
  const storage::rdf::TxTerms terms{genesis.network_id, crypto::random_u64(),
                                    context.backend.finalized_height().plus(kValidHeights)};
  return SharedBytes::copy_of(storage::rdf::build_transaction(batches->front(), terms, *context.backend.submitter_key));
}

}  // namespace

Result<std::uint64_t, Problem> admit_body(const Context& context, const Request& request) {
  const std::uint64_t most = context.options.body_bytes_max;
  if (media_type_of(request) == kSignedBytes) return std::min(most, context.backend.genesis->parameters.max_block_bytes);
  if (!storage::rdf::format_of_media_type(request.content_type))
    return std::unexpected(Problem(
        415, "unsupported_media_type",
        "expected application/vnd.provchain.tx, application/n-quads, application/n-triples, text/turtle or application/trig"));
  PVC_TRY_VOID(check_token(request, context.options.token));
  return most;
}

Handled post_transaction(const Context& context, const Request& request) {
  PVC_TRY(const WaitPlan plan, wait_plan(request.query));
  if (media_type_of(request) == kSignedBytes) return submit(context, SharedBytes::copy_of(as_bytes(request.body)), plan);
  const auto format = storage::rdf::format_of_media_type(request.content_type);
  PVC_CHECK(format);
  PVC_TRY(SharedBytes transaction, sign_rdf(context, request, *format));
  return submit(context, std::move(transaction), plan);
}

}  // namespace provchain::api
