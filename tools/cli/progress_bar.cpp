// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/progress_bar.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace provchain::cli {
namespace {

constexpr std::chrono::milliseconds kTerminalEvery{200};
constexpr std::chrono::milliseconds kLogEvery{5'000};
constexpr std::size_t kWidth = 30;

}  // namespace

ProgressBar::ProgressBar(std::string label, std::uint64_t total)
    : label_(std::move(label)), total_(total), terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (terminal_ && drawn_) std::fputc('\n', stderr);
}

void ProgressBar::update(std::uint64_t done, const std::string& note) {
  const auto now = Clock::now();
  if (now - last_ < (terminal_ ? kTerminalEvery : kLogEvery)) return;
  last_ = now;
  drawn_ = true;
  draw(done, note, now);
}

void ProgressBar::finish(const std::string& note) {
  if (drawn_) draw(total_, note, Clock::now());
}

void ProgressBar::draw(std::uint64_t done, const std::string& note, Clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double share = total_ == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
  const std::string rest = share > 0.01 && share < 1 ? fmt::format(", {:.0f} s left", seconds / share - seconds) : "";
  const std::string percent = total_ == 0 ? "" : fmt::format("{:3.0f} %", share * 100);
  if (!terminal_) {
    std::fprintf(stderr, "%s: %s %s%s\n", label_.c_str(), percent.c_str(), note.c_str(), rest.c_str());
    return;
  }
  const auto filled = static_cast<std::size_t>(share * kWidth);
  std::fprintf(stderr, "\r%s [%s%s] %s %s%s\033[K", label_.c_str(), std::string(filled, '#').c_str(),
               std::string(kWidth - filled, '.').c_str(), percent.c_str(), note.c_str(), rest.c_str());
}

}  // namespace provchain::cli
