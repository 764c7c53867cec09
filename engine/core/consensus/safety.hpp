// SPDX-License-Identifier: Apache-2.0
// What this authority may sign next. A copy of the signing guard that advances the moment a vote is decided, long before it is
// durable and signed: a guard that advanced only then would let two votes pass that are in flight together. The key guard beside
// the key judges again. Core thread only. Invariants: the guard's position never goes back;
// the signed position is never above it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "crypto/format/guard.hpp"
#include "crypto/format/statement.hpp"
#include "engine/core/consensus/types.hpp"

namespace provchain::core::consensus {

// Where the guard stands once the ballot is signed.
[[nodiscard]] GuardPosition position_of(const crypto::format::Ballot& ballot);

class Safety {
 public:
  Safety(const crypto::format::StatementContext& context, Epoch epoch) : context_(context), epoch_(epoch) {}

  // The guard that the journal holds.
  void restore(const crypto::format::Guard& guard);
  [[nodiscard]] const crypto::format::Guard& guard() const PVC_LIFETIMEBOUND { return guard_; }
  // The position of the latest vote that came back signed, and so is in the journal; at first that of the restored guard.
  [[nodiscard]] const GuardPosition& signed_position() const PVC_LIFETIMEBOUND { return signed_position_; }
  void on_signed(const crypto::format::Ballot& ballot);
  // Where the journal was known to stand when the epoch before ended: votes decided in it may still be on their way there.
  void restore_signed(const GuardPosition& position) { signed_position_ = position; }

  // Whether (view, step) lies above everything signed or about to be. Step 1: NOTARIZE, 2: FINALIZE or NULLIFY.
  [[nodiscard]] bool is_above_guard(View view, std::uint64_t step) const;
  [[nodiscard]] View highest_finalized() const { return guard_.highest_finalized_in(epoch_); }

  [[nodiscard]] crypto::format::Ballot notarize(const Node& node) const {
    return ballot(crypto::format::VoteKind::notarize, node);
  }
  [[nodiscard]] crypto::format::Ballot finalize(const Node& node) const {
    return ballot(crypto::format::VoteKind::finalize, node);
  }
  // NULLIFY of `view`: "I finalised nothing in (since, view] and never will", for the lowest since that is true and of use.
  // The caller has checked that (view, 2) lies above the guard.
  [[nodiscard]] crypto::format::Ballot nullify(View view, View final_view, bool range_nullify) const;

  // True when the guard admits the ballot; it has advanced then.
  [[nodiscard]] bool decide(const crypto::format::Ballot& ballot);

 private:
  [[nodiscard]] crypto::format::Ballot ballot(crypto::format::VoteKind kind, const Node& node) const;

  crypto::format::StatementContext context_;
  Epoch epoch_;
  crypto::format::Guard guard_;
  GuardPosition signed_position_;
};

}  // namespace provchain::core::consensus
