// SPDX-License-Identifier: Apache-2.0
// What the checkers have found wrong, oldest first. Value.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace provchain::sim {

class Findings {
 public:
  void add(std::string line) {
    if (lines_.size() < kKept) lines_.push_back(std::move(line));
  }
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  static constexpr std::size_t kKept = 100;  // the first one says it; a broken run may find one at every step
  std::vector<std::string> lines_;
};

}  // namespace provchain::sim
