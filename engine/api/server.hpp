// SPDX-License-Identifier: Apache-2.0
// The HTTP API of one node (docs/API.md lists it). Runs a thread of its own; every call here may come from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "engine/api/backend.hpp"

namespace provchain::api {

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;            // 0: a free one
  std::optional<std::string> token;  // what writes with the node's own key need; absent: they are refused
  std::uint64_t body_bytes_max = 16U << 20;
  std::uint32_t connections_max = 256;
  std::uint32_t reply_ms_max = 10'000;  // for the node to say what it knows of a transaction; then the answer is `busy`
  std::uint32_t idle_seconds_max = 60;  // a connection on which nothing moves is closed; waiting requests are not idle
};

struct ServerError {
  std::string message;  // one line: what could not be done and where
};

class Server {
 public:
  // Listens and serves when it returns. The backend's pointers outlive the server.
  [[nodiscard]] static Result<std::unique_ptr<Server>, ServerError> start(ServerOptions options, Backend backend);
  ~Server();  // as stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  // finalized_height or indexed_height has grown: requests that wait for a height or a transaction look again. Does not block.
  void on_progress();
  // Ends waiting requests with 503, closes all connections, ends the thread. Idempotent.
  void stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace provchain::api
