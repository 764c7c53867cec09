// SPDX-License-Identifier: Apache-2.0
#include "engine/node/log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <string>

namespace provchain::node {
namespace {

constexpr std::size_t kQueueLines = 8'192;

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  PVC_UNREACHABLE();
}

// Control characters never reach a terminal or break a JSON line.
std::string escaped(std::string_view text, bool json) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (json && (c == '"' || c == '\\')) {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// One line: "2026-11-24T13:00:00.123Z info  text", or the same as a JSON object.
class LineFormatter final : public spdlog::formatter {
 public:
  explicit LineFormatter(bool json) : json_(json) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(message.time.time_since_epoch()).count();
    const std::string time =
        fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03d}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(message.time)), ms % 1'000);
    const auto name = spdlog::level::to_string_view(message.level);
    const std::string_view level(name.data(), name.size());
    const std::string text = escaped({message.payload.data(), message.payload.size()}, json_);
    const std::string line = json_ ? fmt::format("{{\"time\":\"{}\",\"level\":\"{}\",\"message\":\"{}\"}}\n", time, level, text)
                                   : fmt::format("{} {:<7} {}\n", time, level, text);
    out.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<LineFormatter>(json_); }

 private:
  bool json_;
};

}  // namespace

struct Log::Sink {
  std::shared_ptr<spdlog::details::thread_pool> pool = std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1);
  std::shared_ptr<spdlog::async_logger> logger;
};

Log::Log(LogLevel level, bool json) : sink_(std::make_unique<Sink>()) {
  auto out = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  sink_->logger =
      std::make_shared<spdlog::async_logger>("node", std::move(out), sink_->pool, spdlog::async_overflow_policy::overrun_oldest);
  sink_->logger->set_formatter(std::make_unique<LineFormatter>(json));
  sink_->logger->flush_on(spdlog::level::info);
  set_level(level);
}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view line) {
  sink_->logger->log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
}

void Log::set_level(LogLevel level) { sink_->logger->set_level(level_of(level)); }

}  // namespace provchain::node
