// SPDX-License-Identifier: Apache-2.0
// A request as the handlers see it: header fields of interest, decoded query, the whole body. A value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/api/query_params.hpp"

namespace provchain::api {

enum class Method : std::uint8_t { get, head, post, other };

[[nodiscard]] Method method_of(std::string_view name);

struct Request {
  Method method = Method::other;
  std::string path;  // as it was sent: percent-encoded, without query
  QueryParams query;
  std::string argument;  // what the route's {placeholder} stands for, decoded
  std::string host;
  std::optional<std::string> origin;
  std::optional<std::string> authorization;
  std::string content_type;
  std::string body;
};

}  // namespace provchain::api
