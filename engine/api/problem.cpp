// SPDX-License-Identifier: Apache-2.0
#include "engine/api/problem.hpp"

#include <algorithm>

namespace provchain::api {
namespace {

using crypto::format::TxReject;
using storage::Errc;
using storage::rdf::RdfErrc;

struct StatusAndCode {
  unsigned status;
  std::string_view code;
};

// What a store may say of a question. Everything that is no fault of the question is ours.
StatusAndCode meaning_of(Errc code) {
  switch (code) {
    case Errc::bad_term:
    case Errc::bad_cursor:
      return {400, "bad_parameter"};
    case Errc::not_indexed:
      return {409, "not_indexed"};
    case Errc::readers_full:
      return {503, "busy"};
    case Errc::io:
    case Errc::disk_full:
    case Errc::map_full:
    case Errc::no_address_space:
    case Errc::corrupt:
    case Errc::chain_lost:
    case Errc::locked:
    case Errc::wrong_version:
    case Errc::foreign_network:
    case Errc::malformed_block:
    case Errc::gap:
    case Errc::wrong_network:
    case Errc::wrong_parent:
    case Errc::wrong_history_root:
    case Errc::wrong_epoch:
    case Errc::wrong_totals:
    case Errc::wrong_certificate:
    case Errc::epoch_end_not_last:
    case Errc::epoch_end_incomplete:
    case Errc::wrong_next_authorities:
    case Errc::duplicate_transaction:
      return {500, "storage"};
  }
  PVC_UNREACHABLE();
}

std::string detail_of(const storage::Error& error) {
  if (error.code == Errc::bad_term) return "a term is not in canonical N-Quads spelling";
  if (error.code == Errc::bad_cursor) return "cursor: not one that this question gave out";
  if (error.code == Errc::not_indexed) return "as_of: the index is at height " + std::to_string(error.number);
  return storage::describe(error);
}

std::string_view explain(TxReject reject) {
  switch (reject) {
    case TxReject::malformed:
      return "these bytes are not one signed transaction";
    case TxReject::wrong_network:
      return "the transaction names another network";
    case TxReject::unsupported_kind:
      return "transactions of this kind are not taken";
    case TxReject::too_large:
      return "the transaction is larger than the network's max_block_bytes";
    case TxReject::bad_dataset_root:
      return "dataset_root is not that of the payload";
    case TxReject::not_canonical:
      return "a line of the payload is not canonical N-Quads";
    case TxReject::not_sorted:
      return "the lines of the payload are not strictly ascending";
    case TxReject::blank_node:
      return "blank nodes are not taken: give them IRIs (skolemise)";
    case TxReject::reserved_graph:
      return "graphs in urn:provchain: belong to the ledger";
    case TxReject::bad_quad_count:
      return "quad_count is not the number of lines";
    case TxReject::bad_author_key:
      return "the author's key is not an acceptable Ed25519 key";
    case TxReject::bad_signature:
      return "the author's signature does not hold";
    case TxReject::expired:
      return "the last height that may include the transaction has passed";
    case TxReject::duplicate:
      return "the transaction is known already";
    case TxReject::author_not_admitted:
      return "the list of participants does not have this author";
    case TxReject::author_quota:
      return "this author has too much pending; try again when some of it is final";
    case TxReject::mempool_full:
      return "too much is pending; try again later";
    case TxReject::syncing:
      return "this node is catching up and takes no transactions yet";
    case TxReject::bad_governance:
      return "not a change that enough authorities of the running epoch, and every authority to be added, have signed";
    case TxReject::bad_evidence:
      return "not two statements that the accused authority signed and that exclude each other";
    case TxReject::not_applicable:
      return "the chain has no place for it: it changes nothing, is known already, or its epoch is over";
  }
  PVC_UNREACHABLE();
}

unsigned status_of(TxReject reject) {
  if (reject == TxReject::author_quota || reject == TxReject::mempool_full) return 429;
  return reject == TxReject::syncing ? 503 : 422;
}

}  // namespace

Problem::Problem(const storage::Error& error)
    : Problem(meaning_of(error.code).status, meaning_of(error.code).code, detail_of(error)) {
  if (status == 503) retry_after_seconds = 1;
}

Problem bad_parameter(std::string_view name, std::string_view expected) {
  return {400, "bad_parameter", std::string(name) + ": " + std::string(expected)};
}

Problem not_found(std::string_view what) { return {404, "not_found", std::string(what)}; }

Problem stopping() {
  Problem problem(503, "stopping", "this node is stopping");
  problem.retry_after_seconds = 1;
  return problem;
}

Problem index_stopped() {
  return {503, "index_stopped", "an error has ended the index of this node, its log says which; what is final stays final"};
}

Problem refused(TxReject reject, std::uint32_t retry_after_ms) {
  Problem problem(status_of(reject), crypto::format::to_string(reject), std::string(explain(reject)));
  if (problem.status != 422)
    problem.retry_after_seconds = std::max<std::uint32_t>(1, retry_after_ms / 1'000 + (retry_after_ms % 1'000 != 0));
  return problem;
}

Problem refused(const storage::rdf::RdfError& error) {
  const std::string detail = storage::rdf::to_string(error);
  if (error.code == RdfErrc::document_too_large || error.code == RdfErrc::line_exceeds_transaction)
    return {413, "too_large", detail};
  if (error.code == RdfErrc::blank_node) return {422, "blank_node", detail};
  if (error.code == RdfErrc::reserved_graph) return {422, "reserved_graph", detail};
  return {400, "bad_rdf", detail};
}

Response to_response(const Problem& problem) {
  Response response = json_response(Json{{"type", "about:blank"},
                                         {"title", reason_phrase(problem.status)},
                                         {"status", problem.status},
                                         {"code", problem.code},
                                         {"detail", problem.detail}},
                                    problem.status);
  response.content_type = "application/problem+json";
  if (problem.retry_after_seconds != 0) response.headers.emplace_back("Retry-After", std::to_string(problem.retry_after_seconds));
  if (!problem.allow.empty()) response.headers.emplace_back("Allow", problem.allow);
  if (problem.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace provchain::api
