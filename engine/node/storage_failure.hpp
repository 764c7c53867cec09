// SPDX-License-Identifier: Apache-2.0
// An error of the stores as what it means for the whole node: the line for the user, and whether the configuration could mend it.
#pragma once

#include <string_view>

#include "engine/node/settings.hpp"
#include "storage/error.hpp"

namespace provchain::node {

// `doing` says what came to nothing ("the chain cannot be written"); empty: the error's own line is enough.
[[nodiscard]] ConfigError storage_failure(std::string_view doing, const storage::Error& error);

}  // namespace provchain::node
