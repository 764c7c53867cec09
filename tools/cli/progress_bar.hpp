// SPDX-License-Identifier: Apache-2.0
// Progress on standard error: a bar that is redrawn on a terminal, a line every few seconds elsewhere. Silent for work that is
// over at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace provchain::cli {

class ProgressBar {
 public:
  // `total` of 0: unknown, so counts are shown without a share.
  ProgressBar(std::string label, std::uint64_t total);
  ~ProgressBar();  // leaves the cursor on a new line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // `note` stands behind the bar. Draws at most five times a second.
  void update(std::uint64_t done, const std::string& note);
  // The end: draws the whole once more, if anything was drawn.
  void finish(const std::string& note);

 private:
  void draw(std::uint64_t done, const std::string& note, std::chrono::steady_clock::time_point now);

  using Clock = std::chrono::steady_clock;
  std::string label_;
  std::uint64_t total_;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point started_ = Clock::now();
  Clock::time_point last_ = started_;
};

}  // namespace provchain::cli
