// SPDX-License-Identifier: Apache-2.0
// Who may ask: the Host and Origin checks that keep somebody else's web page away from a node that listens on loopback, and the
// token of those who write with the node's own key. Pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "engine/api/problem.hpp"
#include "engine/api/request.hpp"

namespace provchain::api {

// wrong_host, wrong_origin. `listen_host` is the address this node listens on.
[[nodiscard]] Result<void, Problem> check_sender(const Request& request, std::string_view listen_host);
// token_needed. The comparison takes the same time wherever the texts differ.
[[nodiscard]] Result<void, Problem> check_token(const Request& request, const std::optional<std::string>& token);

}  // namespace provchain::api
