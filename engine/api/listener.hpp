// SPDX-License-Identifier: Apache-2.0
// A listening TCP socket, made here rather than by libmicrohttpd, which does not say why it could not.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "engine/api/server.hpp"

namespace provchain::api {

struct Listener {
  int fd = -1;  // the caller closes it, or gives it to somebody who does
  std::uint16_t port = 0;
};

[[nodiscard]] Result<Listener, ServerError> listen_on(const std::string& host, std::uint16_t port);

}  // namespace provchain::api
