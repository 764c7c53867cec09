// SPDX-License-Identifier: Apache-2.0
// Socket addresses: from literals, to text. Pure functions.
#pragma once

#include <uv.h>

#include <cstdint>
#include <optional>
#include <string>

namespace provchain::net {

// Absent when `host` is not a literal IPv4 or IPv6 address.
[[nodiscard]] std::optional<sockaddr_storage> parse_address(const std::string& host, std::uint16_t port);
// "192.0.2.1:7400" or "[2001:db8::1]:7400"; empty for another family.
[[nodiscard]] std::string to_text(const sockaddr_storage& address);
[[nodiscard]] std::uint16_t port_of(const sockaddr_storage& address);

}  // namespace provchain::net
