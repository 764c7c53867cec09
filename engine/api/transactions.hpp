// SPDX-License-Identifier: Apache-2.0
// GET /v1/transactions/{id} and /{id}/dataset.
#pragma once

#include "engine/api/context.hpp"
#include "engine/api/outcome.hpp"
#include "engine/api/request.hpp"

namespace provchain::api {

[[nodiscard]] Handled get_transaction(const Context& context, const Request& request);
[[nodiscard]] Handled get_dataset(const Context& context, const Request& request);

// The id in the path; bad_parameter when it is none.
[[nodiscard]] Result<TxId, Problem> transaction_id(const Request& request);
[[nodiscard]] std::string_view to_string(TxPhase phase);

}  // namespace provchain::api
