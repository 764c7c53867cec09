// SPDX-License-Identifier: Apache-2.0
// What a request is answered with. Values, any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace provchain::api {

// Members stand in the order in which they were set, so that people can read the answers.
using Json = nlohmann::ordered_json;

// The next piece of a streamed body; empty: the end; absent: the rest cannot be had, and the connection is broken off so that the
// client notices.
using BodySource = std::function<std::optional<std::string>()>;

struct Response {
  unsigned status = 200;
  std::string content_type;
  std::string body;
  BodySource source = nullptr;  // instead of `body`
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// Text that is not UTF-8 (a name from a configuration) is written with replacement characters.
[[nodiscard]] Response json_response(const Json& value, unsigned status = 200);
[[nodiscard]] Response text_response(std::string text, unsigned status = 200);
// The words for a status, as RFC 9110 has them.
[[nodiscard]] std::string_view reason_phrase(unsigned status);

}  // namespace provchain::api
