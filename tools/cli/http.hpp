// SPDX-License-Identifier: Apache-2.0
// A client of the HTTP API: one connection that is kept, one request at a time, by libcurl.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/bytes.hpp"

namespace provchain::cli {

struct Response {
  long status = 0;
  std::string body;
  std::string content_type;
  std::uint64_t retry_after_seconds = 0;  // 0: not given

  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
};

class Client {
 public:
  explicit Client(std::string base_url);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] const std::string& base_url() const { return base_url_; }

  // Whatever the node answers. Fails with Exit::unreachable when nobody does within the timeout.
  Response get(const std::string& path, long timeout_seconds = 60);
  Response post(const std::string& path, Bytes body, const std::string& content_type, long timeout_seconds = 150);

  // The answer as JSON. A problem answer (404, 422, …) fails with Exit::negative and its one line.
  nlohmann::json get_json(const std::string& path, long timeout_seconds = 60);

 private:
  Response perform(const std::string& path, long timeout_seconds);

  std::string base_url_;
  void* handle_;  // CURL*
};

[[nodiscard]] std::string percent_encode(std::string_view text);
// "not_found: no such transaction" from a problem answer, or the status when it is none.
[[nodiscard]] std::string problem_line(const Response& response);
[[nodiscard]] std::string problem_code(const Response& response);
// Parses an answer; fails with Exit::negative when it is not JSON.
[[nodiscard]] nlohmann::json parse_json(const std::string& text);

}  // namespace provchain::cli
