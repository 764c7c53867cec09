// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/safety.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace provchain::core::consensus {

using crypto::format::Ballot;
using crypto::format::GuardVerdict;
using crypto::format::VoteKind;

GuardPosition position_of(const Ballot& ballot) {
  return GuardPosition{ballot.epoch, ballot.view, ballot.kind == VoteKind::notarize ? std::uint64_t{1} : std::uint64_t{2}};
}

void Safety::restore(const crypto::format::Guard& guard) {
  guard_ = guard;
  signed_position_ = GuardPosition{guard.epoch, guard.view, guard.step};
}

void Safety::on_signed(const Ballot& ballot) {
  signed_position_ = std::max(signed_position_, position_of(ballot));
  PVC_CHECK(signed_position_ <= (GuardPosition{guard_.epoch, guard_.view, guard_.step}));
}

bool Safety::is_above_guard(View view, std::uint64_t step) const {
  return GuardPosition{epoch_, view, step} > GuardPosition{guard_.epoch, guard_.view, guard_.step};
}

Ballot Safety::ballot(VoteKind kind, const Node& node) const {
  return Ballot{kind, epoch_, node.view, node.parent_view, node.height, node.block_id};
}

Ballot Safety::nullify(View view, View final_view, bool range_nullify) const {
  const View since = range_nullify ? std::max(highest_finalized(), final_view) : view.previous();
  PVC_CHECK(since < view);
  return Ballot{VoteKind::nullify, epoch_, view, since, Height{}, BlockId{}};
}

bool Safety::decide(const Ballot& ballot) {
  if (guard_.judge(context_, ballot) != GuardVerdict::admitted) return false;
  guard_.advance(context_, ballot);
  return true;
}

}  // namespace provchain::core::consensus
