// SPDX-License-Identifier: Apache-2.0
// The spellings that configuration files and flags use for durations and sizes. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace provchain::node {

// "250ms", "10s", "2m", "1h", or a bare whole number, which counts seconds. Absent for anything else, and above 366 days.
[[nodiscard]] std::optional<std::uint64_t> parse_duration_ms(std::string_view text);

// "512MiB", "1TiB", "64KiB", or a bare whole number, which counts bytes. Absent for anything else, and above 2^60.
[[nodiscard]] std::optional<std::uint64_t> parse_size_bytes(std::string_view text);

// Decimal digits only, no sign, no leading zeros beside "0", at most 2^63 − 1.
[[nodiscard]] std::optional<std::uint64_t> parse_whole(std::string_view text);

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
// "host:port" or "[v6]:port"; the port is 0 … 65535.
[[nodiscard]] std::optional<HostPort> parse_host_port(std::string_view text);

// The shortest spelling: "250ms" or "10s".
[[nodiscard]] std::string duration_text(std::uint64_t ms);

}  // namespace provchain::node
