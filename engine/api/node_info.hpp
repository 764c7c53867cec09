// SPDX-License-Identifier: Apache-2.0
// What a node says of itself: status, consensus, authorities, peers, metrics and health.
#pragma once

#include "engine/api/context.hpp"
#include "engine/api/outcome.hpp"
#include "engine/api/request.hpp"

namespace provchain::api {

[[nodiscard]] Handled get_status(const Context& context, const Request& request);
[[nodiscard]] Handled get_consensus(const Context& context, const Request& request);
[[nodiscard]] Handled get_authorities(const Context& context, const Request& request);
[[nodiscard]] Handled get_peers(const Context& context, const Request& request);
[[nodiscard]] Handled get_metrics(const Context& context, const Request& request);
[[nodiscard]] Handled get_livez(const Context& context, const Request& request);
[[nodiscard]] Handled get_readyz(const Context& context, const Request& request);

}  // namespace provchain::api
