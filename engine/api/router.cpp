// SPDX-License-Identifier: Apache-2.0
#include "engine/api/router.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "engine/api/blocks.hpp"
#include "engine/api/data.hpp"
#include "engine/api/node_info.hpp"
#include "engine/api/proofs.hpp"
#include "engine/api/submit.hpp"
#include "engine/api/transactions.hpp"
#include "engine/api/tx_wait.hpp"

namespace provchain::api {
namespace {

using Names = std::string_view;
constexpr std::array<Names, 2> kWait = {"wait", "timeout"};
constexpr std::array<Names, 2> kHeightWait = {"wait_for", "timeout"};
constexpr std::array<Names, 2> kBlockList = {"from", "limit"};
constexpr std::array<Names, 3> kGraphList = {"cursor", "limit", "as_of"};
constexpr std::array<Names, 1> kGraph = {"as_of"};
constexpr std::array<Names, 7> kQuads = {"s", "p", "o", "g", "cursor", "limit", "as_of"};
constexpr std::array<Names, 5> kQuadProof = {"s", "p", "o", "g", "as_of"};
constexpr std::array<Names, 1> kVerbose = {"verbose"};

constexpr std::array kRoutes = {
    Route{"/v1/transactions", Method::post, post_transaction, kWait, false, admit_body},
    Route{"/v1/transactions/{id}", Method::get, get_transaction, kWait, true},
    Route{"/v1/transactions/{id}/dataset", Method::get, get_dataset, {}, true},
    Route{"/v1/transactions/{id}/proof", Method::get, get_transaction_proof, {}, true},
    Route{"/v1/blocks", Method::get, get_blocks, kBlockList, true},
    Route{"/v1/blocks/{ref}", Method::get, get_block, {}, true},
    Route{"/v1/blocks/{ref}/raw", Method::get, get_block_bytes, {}, true},
    Route{"/v1/blocks/{ref}/proof", Method::get, get_block_proof, {}, true},
    Route{"/v1/graphs", Method::get, get_graphs, kGraphList, true},
    Route{"/v1/graphs/{iri*}", Method::get, get_graph, kGraph, true},
    Route{"/v1/quads", Method::get, get_quads, kQuads, true},
    Route{"/v1/proofs/quad", Method::get, get_quad_proof, kQuadProof, true},
    Route{"/v1/status", Method::get, get_status, {}},
    Route{"/v1/consensus", Method::get, get_consensus, {}},
    Route{"/v1/authorities", Method::get, get_authorities, {}},
    Route{"/v1/peers", Method::get, get_peers, {}},
    Route{"/metrics", Method::get, get_metrics, {}},
    Route{"/livez", Method::get, get_livez, {}},
    Route{"/readyz", Method::get, get_readyz, kVerbose},
};

std::string_view take_segment(std::string_view& path) {
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(path.size(), segment.size() + 1));
  return segment;
}

// What the placeholder stands for, still encoded; empty for a pattern without one. Absent when the path does not match.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  if (!path.starts_with('/') || (path.size() > 1 && path.ends_with('/') && !pattern.ends_with("*}"))) return std::nullopt;
  pattern.remove_prefix(1);
  path.remove_prefix(1);
  std::string_view argument;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view rest = path;
    const std::string_view expected = take_segment(pattern);
    const std::string_view segment = take_segment(path);
    if (expected.ends_with("*}")) return rest;
    if (expected.starts_with('{')) {
      if (segment.empty()) return std::nullopt;
      argument = segment;
    } else if (segment != expected) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return argument;
}

}  // namespace

std::span<const Route> all_routes() { return kRoutes; }

Result<Match, Problem> find_route(Method method, std::string_view path) {
  const Method sought = method == Method::head ? Method::get : method;
  std::string allow;
  for (const Route& route : kRoutes) {
    const auto argument = match(route.pattern, path);
    if (!argument) continue;
    if (route.method != sought) {
      allow += std::string(allow.empty() ? "" : ", ") + (route.method == Method::get ? "GET, HEAD" : "POST");
      continue;
    }
    auto decoded = percent_decode(*argument, false);
    if (!decoded) return std::unexpected(Problem(400, "bad_parameter", "path: a percent sign needs two hex digits behind it"));
    return Match{&route, *std::move(decoded)};
  }
  if (allow.empty()) return std::unexpected(not_found("there is no such resource; docs/API.md lists them"));
  Problem problem(405, "method_not_allowed", "this resource takes " + allow);
  problem.allow = allow;
  return std::unexpected(std::move(problem));
}

Result<void, Problem> check_parameters(const Route& route, const Request& request) {
  std::vector<std::string_view> known(route.parameters.begin(), route.parameters.end());
  if (route.is_data) known.insert(known.end(), kHeightWait.begin(), kHeightWait.end());
  return request.query.check_known(known);
}

Handled run_route(const Context& context, const Route& route, const Request& request) {
  if (!route.is_data) return route.handler(context, request);
  PVC_TRY(const auto height, request.query.height("wait_for"));
  PVC_TRY(const Deadline deadline, wait_deadline(request.query));
  if (!height || context.backend.indexed_height() >= *height) return route.handler(context, request);
  if (!context.backend.is_indexing()) return std::unexpected(index_stopped());
  auto pending = std::make_unique<Pending>();
  pending->goal = HeightGoal{*height};
  pending->deadline = deadline;
  pending->then = [&context, &route, &request, height = *height](const Woken&) -> Handled {
    if (context.backend.indexed_height() >= height) return route.handler(context, request);
    if (!context.backend.is_indexing()) return std::unexpected(index_stopped());
    return std::unexpected(
        Problem(504, "timeout", "wait_for: the index is at height " + std::to_string(context.backend.indexed_height().value())));
  };
  return Outcome(std::move(pending));
}

}  // namespace provchain::api
