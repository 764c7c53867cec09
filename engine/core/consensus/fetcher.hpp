// SPDX-License-Identifier: Apache-2.0
// Asks peers for blocks by id, one peer at a time for each, those first who are known to hold it. A request stays open until its block is here or no
// longer wanted; a peer that answers wrongly, refuses or is silent only means that the next one is asked. Core thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "base/prng.hpp"
#include "base/time.hpp"
#include "base/types.hpp"
#include "engine/core/effects.hpp"
#include "engine/core/ticket.hpp"

namespace provchain::core::consensus {

class Fetcher {
 public:
  static constexpr std::size_t wanted_max = 16;

  Fetcher(std::uint64_t seed, Duration timeout, CorrelationSource correlations, std::size_t block_bytes_max)
      : prng_(seed), timeout_(timeout), correlations_(correlations), block_bytes_max_(block_bytes_max) {}

  // Wants the block from now on. `holders` are asked before anybody else. Without effect when it is wanted already or too much is.
  void want(const BlockId& id, const std::vector<ConnId>& holders);
  [[nodiscard]] bool wants(const BlockId& id) const { return wanted_.contains(id); }
  // What is not in `still` is no longer wanted.
  void keep_only(const std::set<BlockId>& still);

  // The block an outstanding request of this connection asked for; absent when the answer is unsolicited or too late. The request is closed.
  [[nodiscard]] std::optional<BlockId> take_answer(ConnId conn, std::uint32_t corr);
  // The body that came was of no use: ask another peer at once.
  void on_peer_gone(ConnId conn);

  // Sends requests that are due, to ready peers.
  void step(MonoTime now, std::span<const ConnId> ready, Effects& fx);
  [[nodiscard]] MonoTime next_deadline() const;

 private:
  struct Wanted {
    std::vector<ConnId> holders;
    std::set<ConnId> asked;           // in this round
    std::optional<ConnId> asking;
    std::uint32_t corr = 0;
    MonoTime next_attempt{INT64_MIN};
  };
  [[nodiscard]] std::optional<ConnId> choose(const Wanted& wanted, std::span<const ConnId> ready);

  Prng prng_;
  Duration timeout_;
  CorrelationSource correlations_;
  std::size_t block_bytes_max_;
  std::map<BlockId, Wanted> wanted_;
};

}  // namespace provchain::core::consensus
