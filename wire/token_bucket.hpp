// SPDX-License-Identifier: Apache-2.0
// A rate limit: `count` tokens per `period` flow into a bucket that holds at most `burst` and starts full. Integers only; time is
// a parameter. Belongs to one thread.
#pragma once

#include <algorithm>

#include "base/check.hpp"
#include "base/time.hpp"

namespace provchain::wire {

class TokenBucket {
 public:
  // All positive; burst × period in microseconds must fit 62 bits (16 MiB per hour does).
  TokenBucket(std::int64_t count, Duration period, std::int64_t burst)
      : count_(count), period_us_(period.us), full_(checked_product(burst, period.us)), level_(full_) {
    PVC_CHECK(count > 0);
  }

  // Takes `tokens` when there are as many; otherwise takes none and says no.
  [[nodiscard]] bool take(std::int64_t tokens, MonoTime now) {
    refill(now);
    if (tokens < 0 || tokens > level_ / period_us_) return false;
    level_ -= tokens * period_us_;
    return true;
  }

  // Whole tokens there now.
  [[nodiscard]] std::int64_t tokens(MonoTime now) {
    refill(now);
    return level_ / period_us_;
  }

  // How long until `tokens` will be there, 0 when they are. More than the burst never are: the time to a full bucket is told.
  [[nodiscard]] Duration wait(std::int64_t tokens, MonoTime now) {
    refill(now);
    const std::int64_t wanted = std::min(tokens, full_ / period_us_) * period_us_;
    const std::int64_t missing = std::max<std::int64_t>(wanted - level_, 0);
    return Duration::micros(missing / count_ + (missing % count_ == 0 ? 0 : 1));
  }

 private:
  static std::int64_t checked_product(std::int64_t burst, std::int64_t period_us) {
    PVC_CHECK(burst > 0 && period_us > 0 && burst <= (std::int64_t{1} << 62) / period_us);
    return burst * period_us;
  }
  // A clock that steps back adds nothing; a long pause fills the bucket and no more.
  void refill(MonoTime now) {
    const std::int64_t elapsed_us = std::max<std::int64_t>((now - updated_).us, 0);
    updated_ = std::max(updated_, now);
    const std::int64_t missing = full_ - level_;
    level_ = elapsed_us > missing / count_ ? full_ : level_ + elapsed_us * count_;
  }

  std::int64_t count_;
  std::int64_t period_us_;
  std::int64_t full_;  // in units of 1 / period_us tokens, as level_
  std::int64_t level_;
  MonoTime updated_;
};

}  // namespace provchain::wire
