// SPDX-License-Identifier: Apache-2.0
#include "engine/api/access.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>

namespace provchain::api {
namespace {

bool equal_in_any_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

// The name of `host[:port]` or `[address]:port`, without brackets.
std::string_view name_of_host(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    return end == std::string_view::npos ? std::string_view() : host.substr(1, end - 1);
  }
  return host.substr(0, host.rfind(':'));
}

struct Literal {
  bool is_address = false;
  bool is_loopback = false;
  bool is_any = false;
};

Literal literal_of(std::string_view name) {
  const std::string text(name);
  in_addr v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    const std::uint32_t address = ntohl(v4.s_addr);
    return {true, address >> 24 == 127, address == 0};
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6) == 1)
    return {true, IN6_IS_ADDR_LOOPBACK(&v6) != 0, IN6_IS_ADDR_UNSPECIFIED(&v6) != 0};
  return {};
}

// A name can be made to point anywhere by whoever owns it; a literal address cannot. So a node that listens on every address
// takes every literal.
bool is_own_host(std::string_view name, std::string_view listen_host) {
  if (name.empty()) return false;
  if (equal_in_any_case(name, "localhost") || equal_in_any_case(name, listen_host)) return true;
  const Literal literal = literal_of(name);
  return literal.is_loopback || (literal.is_address && (listen_host.empty() || literal_of(listen_host).is_any));
}

bool equal_in_constant_time(std::string_view given, std::string_view secret) {
  volatile std::uint8_t difference = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i)
    difference = static_cast<std::uint8_t>(difference | (given[i] ^ secret[i % secret.size()]));
  return difference == 0;
}

}  // namespace

Result<void, Problem> check_sender(const Request& request, std::string_view listen_host) {
  if (!is_own_host(name_of_host(request.host), listen_host))
    return std::unexpected(
        Problem(421, "wrong_host", "the Host header does not name this node's address, localhost or a loopback address"));
  if (request.origin && !equal_in_any_case(*request.origin, "http://" + request.host))
    return std::unexpected(Problem(403, "wrong_origin", "requests from pages of another origin are refused"));
  return {};
}

Result<void, Problem> check_token(const Request& request, const std::optional<std::string>& token) {
  constexpr std::string_view scheme = "Bearer ";
  if (!token || token->empty())
    return std::unexpected(
        Problem(401, "token_needed", "this node has no token configured, so it signs for nobody; send signed bytes instead"));
  const std::string_view given = request.authorization ? std::string_view(*request.authorization) : std::string_view();
  if (given.size() <= scheme.size() || !equal_in_any_case(given.substr(0, scheme.size()), scheme) ||
      !equal_in_constant_time(given.substr(scheme.size()), *token))
    return std::unexpected(
        Problem(401, "token_needed", "RDF is signed with the node's key: send Authorization: Bearer and the node's token"));
  return {};
}

}  // namespace provchain::api
