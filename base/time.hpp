// SPDX-License-Identifier: Apache-2.0
// Time as a parameter. No function of this project below engine/node reads a clock: drivers do, once a turn, and hand Now down.
#pragma once

#include <compare>
#include <cstdint>

namespace provchain {

// A span of time in microseconds. Integer only: replicas must compute equal timeouts.
struct Duration {
  std::int64_t us = 0;
  constexpr auto operator<=>(const Duration&) const = default;
  static constexpr Duration micros(std::int64_t n) { return {n}; }
  static constexpr Duration millis(std::int64_t n) { return {n * 1000}; }
  static constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000}; }
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.us + b.us}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.us - b.us}; }
  friend constexpr Duration operator*(Duration a, std::int64_t n) { return {a.us * n}; }
  friend constexpr Duration operator/(Duration a, std::int64_t n) { return {a.us / n}; }
};

// A point on the monotonic clock of one process. Comparable only within it.
struct MonoTime {
  std::int64_t us = 0;
  constexpr auto operator<=>(const MonoTime&) const = default;
  friend constexpr MonoTime operator+(MonoTime t, Duration d) { return {t.us + d.us}; }
  friend constexpr Duration operator-(MonoTime a, MonoTime b) { return {a.us - b.us}; }
};

inline constexpr MonoTime kNever{INT64_MAX};

// The wall clock, Unix milliseconds; it may jump.
struct WallTime {
  std::int64_t ms = 0;
  constexpr auto operator<=>(const WallTime&) const = default;
};

// The time of one turn: read once by the driver, constant within the turn.
struct Now {
  MonoTime mono;
  WallTime wall;
};

}  // namespace provchain
