// SPDX-License-Identifier: Apache-2.0
// A seeded generator for jitter, sampling and simulation: xoshiro256** 1.0 by David Blackman and Sebastiano Vigna (2018, public
// domain, https://prng.di.unimi.it/xoshiro256starstar.c), its state filled by splitmix64 as its authors advise. Equal seeds give
// equal sequences on every machine. Never for keys, salts or nonces: its output can be predicted.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "base/check.hpp"

namespace provchain {

class Prng {
 public:
  explicit constexpr Prng(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15U;
      std::uint64_t z = seed;
      z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
      z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
      word = z ^ (z >> 31U);
    }
  }

  constexpr std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Uniform in [0, bound); bound > 0. Draws again instead of favouring small results.
  constexpr std::uint64_t below(std::uint64_t bound) {
    PVC_CHECK(bound > 0);
    const std::uint64_t unfair = (0 - bound) % bound;
    std::uint64_t value = next();
    while (value < unfair) value = next();
    return value % bound;
  }

  // Uniform in [low, high]; low <= high, and the span is less than 2^64.
  constexpr std::int64_t between(std::int64_t low, std::int64_t high) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) +
                                     below(static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1));
  }

  // True in `per_thousand` of a thousand draws.
  constexpr bool chance(std::uint64_t per_thousand) { return below(1000) < per_thousand; }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace provchain
