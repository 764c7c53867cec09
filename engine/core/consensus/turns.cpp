// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/turns.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace provchain::core::consensus {

namespace {

constexpr std::size_t fixed_bytes = 4 * 8 + 2;
constexpr std::size_t count_bytes = 2 * 8;  // of one authority

}  // namespace

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

ByteVector Turns::encode() const {
  ByteVector out;
  for (const std::uint64_t number : {anchor_.value(), begin_.value(), height_.value(), view_.value()}) append_le(out, number);
  append_le(out, static_cast<std::uint16_t>(authority_count()));
  for (std::size_t i = 0; i < authority_count(); ++i) {
    append_le(out, proposed_[i]);
    append_le(out, missed_[i]);
  }
  return out;
}

std::optional<Turns> Turns::decode(Bytes bytes, std::size_t authority_count) {
  if (bytes.size() != fixed_bytes + authority_count * count_bytes) return std::nullopt;
  if (load_le<std::uint16_t>(bytes, fixed_bytes - 2) != authority_count) return std::nullopt;
  const auto number = [&](std::size_t offset) { return load_le<std::uint64_t>(bytes, offset); };
  if (number(0) > number(8) || number(8) > number(16)) return std::nullopt;
  Turns turns(authority_count, Height(number(0)), Height(number(8)), View(number(24)));
  turns.height_ = Height(number(16));
  for (std::size_t i = 0; i < authority_count; ++i) {
    turns.proposed_[i] = number(fixed_bytes + i * count_bytes);
    turns.missed_[i] = number(fixed_bytes + i * count_bytes + 8);
  }
  return turns;
}

TurnCount Turns::of(AuthorityIndex authority) const {
  PVC_CHECK(authority.value() < proposed_.size());
  return TurnCount{proposed_[authority.value()], missed_[authority.value()]};
}

}  // namespace provchain::core::consensus
