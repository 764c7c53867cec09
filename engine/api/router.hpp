// SPDX-License-Identifier: Apache-2.0
// The table of all resources, and the way from a request to its handler. Pure but for the handlers it calls.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/api/context.hpp"
#include "engine/api/outcome.hpp"
#include "engine/api/request.hpp"

namespace provchain::api {

using Handler = Handled (*)(const Context& context, const Request& request);
// Says, when only the header is there, how many bytes of body are taken, or why none.
using BodyGate = Result<std::uint64_t, Problem> (*)(const Context& context, const Request& request);

struct Route {
  std::string_view pattern;  // a segment in braces stands for any one; with a star, for all the rest
  Method method = Method::get;
  Handler handler = nullptr;
  std::span<const std::string_view> parameters;  // of the query, without those of `is_data`
  bool is_data = false;                          // takes wait_for and timeout
  BodyGate body_gate = nullptr;                  // null: a body is thrown away
};

struct Match {
  const Route* route = nullptr;
  std::string argument;
};

// not_found, method_not_allowed. HEAD matches where GET does.
[[nodiscard]] Result<Match, Problem> find_route(Method method, std::string_view path);
[[nodiscard]] std::span<const Route> all_routes();

// bad_parameter for what the route does not know.
[[nodiscard]] Result<void, Problem> check_parameters(const Route& route, const Request& request);
// Waits for a height when the request says so, then calls the handler. `context` and `request` live until the outcome's last
// continuation was called.
[[nodiscard]] Handled run_route(const Context& context, const Route& route, const Request& request);

}  // namespace provchain::api
