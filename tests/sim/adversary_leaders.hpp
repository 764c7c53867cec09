// SPDX-License-Identifier: Apache-2.0
// Authorities that abuse the views they lead.
#pragma once

#include <map>
#include <optional>

#include "tests/sim/adversary.hpp"
#include "tests/sim/proposal_draft.hpp"

namespace provchain::sim {

// Proposes two blocks to everybody in every view that it leads.
class EquivocatingLeader final : public Adversary {
 public:
  bool on_send(Rim& rim, std::size_t to, wire::OutMessage& message) override;
};

// Shows one half of the nodes another block than the other half, and votes for both, each where it belongs.
class SplitLeader final : public Adversary {
 public:
  bool on_send(Rim& rim, std::size_t to, wire::OutMessage& message) override;

 private:
  std::map<View, crypto::format::Ballot> second_;  // the block of the other half
};

// Never sees the transactions of one author, and so never proposes them.
class CensoringLeader final : public Adversary {
 public:
  bool on_receive(Rim& rim, std::size_t from, wire::InMessage& message) override;
};

// Puts a transaction into its blocks that may not be there: badly signed, or there already.
class InvalidTransactionLeader final : public Adversary {
 public:
  bool on_send(Rim& rim, std::size_t to, wire::OutMessage& message) override;

 private:
  std::optional<SharedBytes> earlier_;  // of a block that it proposed before
  View view_;                           // that draft_ belongs to
  std::optional<ProposalDraft> draft_;
};

// Its clock shows whatever it likes, from milliseconds to an hour away.
class TimestampManipulator final : public Adversary {
 public:
  void on_tick(Rim& rim) override;
  [[nodiscard]] std::int64_t clock_offset_ms() const override { return offset_ms_; }

 private:
  std::int64_t offset_ms_ = 0;
};

}  // namespace provchain::sim
