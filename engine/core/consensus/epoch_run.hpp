// SPDX-License-Identifier: Apache-2.0
// The consensus of one epoch, from the block that it begins with to the certificate that ends it: the shared state and the rules
// that work on it, put together. An epoch that is over is not turned into the next one; that one is made anew and inherits only
// what outlives an epoch. For consensus.cpp only. Core thread only.
#pragma once

#include <optional>
#include <vector>

#include "engine/core/consensus/chain.hpp"
#include "engine/core/consensus/intake.hpp"
#include "engine/core/consensus/proposer.hpp"
#include "engine/core/consensus/repair.hpp"
#include "engine/core/consensus/state.hpp"
#include "engine/core/consensus/voter.hpp"

namespace provchain::core::consensus {

// What is the same for every epoch.
struct Surroundings {
  Options options;
  std::optional<PublicKey> own_key;
  const Roster& roster;
  const Mempool& mempool;
  TicketSource tickets;
  CorrelationSource correlations;
};

struct EpochRun {
  // `around` outlives this object.
  EpochRun(Surroundings& around, ChainEnd start);

  State state;
  Chain chain;
  Voter voter;
  Proposer proposer;
  Repair repair;
  Intake intake;
  MonoTime last_turn;

  // Takes over from the run of an earlier epoch in the same process.
  void inherit(const EpochRun& earlier);
  // Reads back what belongs to this epoch. `recovered.tip` is the block this run was started at.
  void restore(Now now, const Recovered& recovered, Effects& fx);
  // This node's vote, just signed.
  void release(Now now, const crypto::format::Vote& vote, Effects& fx);
  // The end of every turn: the rules, until they have nothing more to say.
  void settle(Now now, Effects& fx);
  // When the current view wants to be looked at again.
  [[nodiscard]] MonoTime view_deadline() const;

 private:
  void restore_bodies(const std::vector<SharedBytes>& bodies, Effects& fx);
  void restore_proposal(Now now);
  bool apply_rules(Now now, Effects& fx);
};

}  // namespace provchain::core::consensus
