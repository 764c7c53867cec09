// SPDX-License-Identifier: Apache-2.0
// The part of /v1/authorities that the chain has decided: which epoch runs, what waits for the next one, and what is proven
// against whom. Pure functions.
#pragma once

#include "crypto/format/system_state.hpp"
#include "engine/api/response.hpp"

namespace provchain::api {

void set_system(Json& answer, const crypto::format::SystemState& state);

}  // namespace provchain::api
