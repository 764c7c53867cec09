// SPDX-License-Identifier: Apache-2.0
// GET /v1/blocks, /v1/blocks/{ref} and /{ref}/raw.
#pragma once

#include "engine/api/context.hpp"
#include "engine/api/outcome.hpp"
#include "engine/api/request.hpp"

namespace provchain::api {

[[nodiscard]] Handled get_blocks(const Context& context, const Request& request);
[[nodiscard]] Handled get_block(const Context& context, const Request& request);
[[nodiscard]] Handled get_block_bytes(const Context& context, const Request& request);

// The height that {ref} names: a height, a block id or `latest`. not_found when the chain has no such block.
[[nodiscard]] Result<Height, Problem> resolve_block(const Context& context, const Request& request);

}  // namespace provchain::api
