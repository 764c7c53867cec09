// SPDX-License-Identifier: Apache-2.0
#include "engine/net/address.hpp"

#include <array>
#include <cstring>

namespace provchain::net {
namespace {

// sockaddr_storage is the one type that may be read as any address, so the copy is what makes these reads defined.
template <class Address>
Address read_as(const sockaddr_storage& address) {
  Address result;
  std::memcpy(&result, &address, sizeof result);
  return result;
}

template <class Address>
sockaddr_storage store(const Address& address) {
  sockaddr_storage result{};
  std::memcpy(&result, &address, sizeof address);
  return result;
}

}  // namespace

std::optional<sockaddr_storage> parse_address(const std::string& host, std::uint16_t port) {
  sockaddr_in v4{};
  if (uv_ip4_addr(host.c_str(), port, &v4) == 0) return store(v4);
  sockaddr_in6 v6{};
  if (uv_ip6_addr(host.c_str(), port, &v6) == 0) return store(v6);
  return std::nullopt;
}

std::string to_text(const sockaddr_storage& address) {
  std::array<char, 64> text{};
  if (address.ss_family == AF_INET) {
    const auto v4 = read_as<sockaddr_in>(address);
    uv_ip4_name(&v4, text.data(), text.size());
    return std::string(text.data()) + ':' + std::to_string(port_of(address));
  }
  if (address.ss_family == AF_INET6) {
    const auto v6 = read_as<sockaddr_in6>(address);
    uv_ip6_name(&v6, text.data(), text.size());
    return '[' + std::string(text.data()) + "]:" + std::to_string(port_of(address));
  }
  return {};
}

std::uint16_t port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) return ntohs(read_as<sockaddr_in>(address).sin_port);
  if (address.ss_family == AF_INET6) return ntohs(read_as<sockaddr_in6>(address).sin6_port);
  return 0;
}

}  // namespace provchain::net
