// SPDX-License-Identifier: Apache-2.0
// One node: opens what is on disk, starts the threads in the order in which they need each other, runs the core on the calling
// thread, and ends everything in reverse order. The composition root: the only place that knows all layers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/node/config.hpp"
#include "engine/node/log.hpp"

namespace provchain::node {

class Node {
 public:
  // Opens and checks everything on disk; nothing listens yet. `password` for sealed key files.
  [[nodiscard]] static Result<std::unique_ptr<Node>, ConfigError> open(Config config, Log& log,
                                                                       std::optional<std::string> password);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  struct Endpoints {
    std::uint16_t peer_port = 0;
    std::uint16_t api_port = 0;
  };
  // Serves until request_stop(). `on_ready` is called once everything listens. An error: what could not be started, or what ended
  // the node.
  [[nodiscard]] Result<void, ConfigError> run(const std::function<void(const Endpoints&)>& on_ready);

  // Any thread, also before run(). Idempotent.
  void request_stop();

 private:
  struct Parts;
  explicit Node(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace provchain::node
