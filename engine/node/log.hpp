// SPDX-License-Identifier: Apache-2.0
// The node's log: lines on standard error, as text or as JSON objects. Writing never blocks: when the queue is full the oldest
// lines are dropped. Any thread. A line says what happened and with what, in one sentence; peers' and users' bytes in it are
// escaped.
#pragma once

#include <memory>
#include <string_view>

#include "engine/node/config.hpp"

namespace provchain::node {

class Log {
 public:
  Log(LogLevel level, bool json);
  ~Log();  // writes out what is queued
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void debug(std::string_view line) { write(LogLevel::debug, line); }
  void info(std::string_view line) { write(LogLevel::info, line); }
  void warn(std::string_view line) { write(LogLevel::warn, line); }
  void error(std::string_view line) { write(LogLevel::error, line); }
  void write(LogLevel level, std::string_view line);
  void set_level(LogLevel level);

 private:
  struct Sink;
  std::unique_ptr<Sink> sink_;
};

}  // namespace provchain::node
