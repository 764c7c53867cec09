// SPDX-License-Identifier: Apache-2.0
// POST /v1/transactions: signed bytes, or RDF that this node signs for a caller with the token.
#pragma once

#include "engine/api/context.hpp"
#include "engine/api/outcome.hpp"
#include "engine/api/request.hpp"

namespace provchain::api {

// Signed bytes: a block's, whoever sends them. RDF: the configured limit, for the token's bearer alone, so that strangers cannot
// fill the memory. unsupported_media_type, token_needed.
[[nodiscard]] Result<std::uint64_t, Problem> admit_body(const Context& context, const Request& request);
// Of a request that admit_body let in.
[[nodiscard]] Handled post_transaction(const Context& context, const Request& request);

}  // namespace provchain::api
