// SPDX-License-Identifier: Apache-2.0
// RDF terms as people write them in a URL, brought to canonical N-Quads spelling. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "engine/api/problem.hpp"
#include "engine/api/query_params.hpp"
#include "storage/index/index_reader.hpp"

namespace provchain::api {

// An IRI with or without its angle brackets. `name` is the parameter that bad_parameter names.
[[nodiscard]] Result<std::string, Problem> iri_term(std::string_view name, std::string_view text);
// A literal when it begins with a quotation mark, else an IRI.
[[nodiscard]] Result<std::string, Problem> object_term(std::string_view name, std::string_view text);

// The parameters s, p, o, g; empty where one is not given.
struct PatternTerms {
  std::string subject, predicate, object, graph;

  [[nodiscard]] static Result<PatternTerms, Problem> from(const QueryParams& query);
  // Valid as long as this object.
  [[nodiscard]] storage::QuadPattern pattern() const PVC_LIFETIMEBOUND { return {subject, predicate, object, graph}; }
};

}  // namespace provchain::api
