// SPDX-License-Identifier: Apache-2.0
// An HTTP client of the tests, by libcurl, and a bare TCP one for what no proper client does.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace provchain::api::testing {

struct HttpAnswer {
  long status = 0;  // 0: the connection ended without an answer
  bool complete = false;
  std::string body;
  std::map<std::string, std::string> headers;  // names in lower case

  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
  [[nodiscard]] std::string code() const;  // of a problem; empty when this is none
};

struct HttpRequest {
  std::string method = "GET";
  std::string target;
  std::string body = {};
  std::vector<std::string> headers = {};
  long timeout_ms = 60'000;
};

// One request on a connection of its own. Any thread.
[[nodiscard]] HttpAnswer perform(std::uint16_t port, const HttpRequest& request);
[[nodiscard]] std::string percent_encode(std::string_view text);

// Bytes as they are.
class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port);
  ~RawConnection() { close(); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // False when the server has closed.
  bool send(std::string_view bytes);
  // Everything until the server closes, at most `bytes_max`.
  [[nodiscard]] std::string read_to_end(std::size_t bytes_max = 1U << 20);
  void close();

 private:
  int fd_ = -1;
};

}  // namespace provchain::api::testing
