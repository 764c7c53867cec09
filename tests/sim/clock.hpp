// SPDX-License-Identifier: Apache-2.0
// The clocks of one simulated node. The monotonic one runs a little fast or slow against the true time of the world; the wall
// clock is off by what somebody has set it to. Integer arithmetic only. Value.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace provchain::sim {

class NodeClock {
 public:
  // `epoch_ms` is the wall time, Unix milliseconds, of the true time 0. A drift of 1,000 ppm gains a millisecond a second.
  explicit NodeClock(std::int64_t epoch_ms, std::int64_t drift_ppm = 0) : epoch_ms_(epoch_ms), rate_(kMillion + drift_ppm) {}

  [[nodiscard]] Now read(MonoTime true_time) const {
    return {mono(true_time), WallTime{epoch_ms_ + true_time.us / 1'000 + offset_ms_}};
  }
  // The first true time at which this monotonic clock shows at least `own`.
  [[nodiscard]] MonoTime true_time_of(MonoTime own) const {
    MonoTime guess{own.us / rate_ * kMillion + own.us % rate_ * kMillion / rate_};
    while (mono(guess) < own) ++guess.us;
    return guess;
  }

  // Sets the wall clock so far ahead of the true time.
  void set_offset(std::int64_t offset_ms) { offset_ms_ = offset_ms; }

 private:
  static constexpr std::int64_t kMillion = 1'000'000;

  // In two parts, so that no product overflows.
  [[nodiscard]] MonoTime mono(MonoTime true_time) const {
    return {true_time.us / kMillion * rate_ + true_time.us % kMillion * rate_ / kMillion};
  }

  std::int64_t epoch_ms_;
  std::int64_t rate_;  // microseconds a second
  std::int64_t offset_ms_ = 0;
};

}  // namespace provchain::sim
