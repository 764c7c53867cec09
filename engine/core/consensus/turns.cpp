// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/turns.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace provchain::core::consensus {

Turns::Turns(std::size_t authority_count, Height anchor, Height last, View last_view)
    : proposed_(authority_count), missed_(authority_count), anchor_(anchor), begin_(last), height_(last), view_(last_view) {
  PVC_CHECK(anchor <= last);
}

Height Turns::begin_of(Height anchor, Height tip) {
  if (tip <= anchor) return anchor;
  return Height(tip.value() - 1 - (tip.value() - 1 - anchor.value()) % span_blocks);
}

void Turns::count(const LeaderSchedule& schedule, const crypto::format::BlockHeader& header) {
  PVC_CHECK(header.height == height_.next());
  if (begin_of(anchor_, header.height) == height_) {
    std::ranges::fill(proposed_, 0);
    std::ranges::fill(missed_, 0);
    begin_ = height_;
  }
  schedule.add_turns(view_.next(), header.view, missed_);
  if (header.proposer.value() < proposed_.size()) ++proposed_[header.proposer.value()];
  height_ = header.height;
  view_ = std::max(view_, header.view);
}

TurnCount Turns::of(AuthorityIndex authority) const {
  PVC_CHECK(authority.value() < proposed_.size());
  return TurnCount{proposed_[authority.value()], missed_[authority.value()]};
}

}  // namespace provchain::core::consensus
