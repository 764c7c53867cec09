// SPDX-License-Identifier: Apache-2.0
// Why a Network could not be started.
#pragma once

#include <cstdint>
#include <string_view>

namespace provchain::net {

enum class NetErrc : std::uint8_t {
  bad_listen_address,  // not a literal address, or not one of this machine
  port_in_use,
  permission_denied,  // a port below 1024
  system,             // anything else; `code` says what
};
struct NetError {
  NetErrc errc{};
  int code = 0;  // a negative errno as libuv gives it, or 0
};
[[nodiscard]] std::string_view to_string(NetErrc errc);

}  // namespace provchain::net
