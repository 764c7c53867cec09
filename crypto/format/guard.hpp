// SPDX-License-Identifier: Apache-2.0
// The signing guard: the rule that keeps an authority from ever signing two things that cannot both be honest. A position is
// (epoch, view, step), step 1 = NOTARIZE, step 2 = FINALIZE or NULLIFY, and positions strictly increase. NULLIFY must carry since
// >= hf, the highest view this authority finalised in the epoch; FINALIZE(v) from position (v, 1) must name the block it
// notarised in v. Within an epoch network and anchor never change: positions in two histories would not bind each other.
// Pure values. The key guard (crypto/keyguard.hpp) enforces it beside the key; engine/core keeps its own copy so
// as not to ask in vain.
#pragma once

#include <optional>

#include "crypto/format/statement.hpp"

namespace provchain::crypto::format {

enum class GuardVerdict : std::uint8_t {
  admitted,  // above the guard: advance it, persist, sign
  repeated,  // exactly the last statement: the same signature may be given again
  refused,   // at or below the guard, since < hf, another block than the one notarised, or another anchor
};

struct Guard {
  Epoch epoch;
  View view;  // 0: nothing signed yet
  std::uint64_t step = 0;
  View highest_finalized;  // hf, of `epoch`
  StatementBytes last{};   // zeros when nothing is signed yet

  bool operator==(const Guard&) const = default;

  [[nodiscard]] GuardVerdict judge(const StatementContext& context, const Ballot& ballot) const;
  // Call only when judge() said admitted.
  void advance(const StatementContext& context, const Ballot& ballot);
  // hf of the given epoch: 0 when the guard stands in another.
  [[nodiscard]] View highest_finalized_in(Epoch of_epoch) const { return epoch == of_epoch ? highest_finalized : View{}; }
};

}  // namespace provchain::crypto::format
