// SPDX-License-Identifier: Apache-2.0
// The proof bundles of blocks, transactions and quads.
#pragma once

#include "engine/api/context.hpp"
#include "engine/api/outcome.hpp"
#include "engine/api/request.hpp"

namespace provchain::api {

[[nodiscard]] Handled get_block_proof(const Context& context, const Request& request);
[[nodiscard]] Handled get_transaction_proof(const Context& context, const Request& request);
[[nodiscard]] Handled get_quad_proof(const Context& context, const Request& request);

}  // namespace provchain::api
