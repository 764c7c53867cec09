// SPDX-License-Identifier: Apache-2.0
// GET /v1/graphs, /v1/graphs/{iri} and /v1/quads: questions to the quad index.
#pragma once

#include "engine/api/context.hpp"
#include "engine/api/outcome.hpp"
#include "engine/api/request.hpp"

namespace provchain::api {

[[nodiscard]] Handled get_graphs(const Context& context, const Request& request);
[[nodiscard]] Handled get_graph(const Context& context, const Request& request);
[[nodiscard]] Handled get_quads(const Context& context, const Request& request);

}  // namespace provchain::api
