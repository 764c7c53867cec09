// SPDX-License-Identifier: Apache-2.0
// Asks peers for blocks by id, one peer at a time for each, those first who are known to hold it. A request stays open until its
// block is here or no longer wanted; a peer that answers wrongly, refuses or is silent only means that the next one is asked.
// Core thread only.
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

  Fetcher(std::uint64_t seed, Duration timeout, CorrelationSource& correlations, std::size_t block_bytes_max)
      : prng_(seed), timeout_(timeout), correlations_(correlations), block_bytes_max_(block_bytes_max) {}

  // Wants the block from now on. `holders` are asked before anybody else, and nobody before `earliest`: the body may be on its
  // way anyhow. Without effect when it is wanted already or too much is.
  void want(const BlockId& id, const std::vector<ConnId>& holders, MonoTime earliest);
  [[nodiscard]] bool wants(const BlockId& id) const { return wanted_.contains(id); }
  // What is not in `still` is no longer wanted.
  void keep_only(const std::set<BlockId>& still);

  // The block that this connection was asked for with this id, and which is still wanted. An answer that comes after another peer
  // was asked too is as good: slow links must not make a block unreachable. Absent: nobody asked for it.
  [[nodiscard]] std::optional<BlockId> take_answer(ConnId conn, std::uint32_t corr);
  // What came was of no use, or nothing will come: ask the next peer at once.
  void retry(const BlockId& id);
  void on_peer_gone(ConnId conn);

  // Sends requests that are due, to ready peers.
  void step(MonoTime now, std::span<const ConnId> ready, Effects& fx);
  [[nodiscard]] MonoTime next_deadline() const;

 private:
  struct Wanted {
    std::vector<ConnId> holders;
    std::map<ConnId, std::uint32_t> requests;  // the latest request to each peer
    std::set<ConnId> asked;                    // in this round
    std::optional<ConnId> asking;              // the last of them, while its time runs
    MonoTime next_attempt;
  };
  [[nodiscard]] std::optional<ConnId> choose(const Wanted& wanted, std::span<const ConnId> ready);

  Prng prng_;
  Duration timeout_;
  CorrelationSource& correlations_;
  std::size_t block_bytes_max_;
  std::map<BlockId, Wanted> wanted_;
};

}  // namespace provchain::core::consensus
