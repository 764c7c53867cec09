// SPDX-License-Identifier: Apache-2.0
// POST /v1/transactions: signed bytes, or RDF that this node signs for a caller with the token.
#pragma once

#include "engine/api/context.hpp"
#include "engine/api/outcome.hpp"
#include "engine/api/request.hpp"

namespace provchain::api {

[[nodiscard]] Handled post_transaction(const Context& context, const Request& request);

}  // namespace provchain::api
