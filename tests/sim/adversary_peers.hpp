// SPDX-License-Identifier: Apache-2.0
// Authorities that are bad peers: slow, lying about where they stand, or there twice.
#pragma once

#include <vector>

#include "tests/sim/adversary.hpp"

namespace provchain::sim {

// Does everything, seconds late, and answers requests last.
class SlowServer final : public Adversary {
 public:
  bool on_send(Rim& rim, std::size_t to, wire::OutMessage& message) override;
};

// Says that it is far ahead, or far behind, and has nothing to show for it.
class HeightLiar final : public Adversary {
 public:
  bool on_send(Rim& rim, std::size_t to, wire::OutMessage& message) override;
};

// One of two live instances with one key. Each talks to some of the others only, drawn anew every few seconds, and neither is
// allowed to learn of the other.
class Twin final : public Adversary {
 public:
  bool on_send(Rim& rim, std::size_t to, wire::OutMessage& message) override;
  bool on_receive(Rim& rim, std::size_t from, wire::InMessage& message) override;
  void on_tick(Rim& rim) override;

 private:
  [[nodiscard]] bool hears(const Rim& rim, std::size_t node) const;
  std::vector<bool> circle_;  // by node: those it talks to now
};

}  // namespace provchain::sim
