// SPDX-License-Identifier: Apache-2.0
// How the authorities have taken their turns to lead, counted from the headers of final blocks alone, so that all nodes count the
// same. A view that lies between those of a block and of its parent brought no block: its leader missed it. What happened in the
// views above the last block is not known yet.
// A block that is proposed again in a later view keeps its header, with the view of the first proposal. So the later view, in
// which its leader did all that it could, counts as missed; that is rare, and a leader that proposes anything new is never called
// absent for it.
// A value; not thread-safe. Invariant: counted are the blocks of the heights (begin, height].
#pragma once

#include <cstdint>
#include <vector>

#include "base/types.hpp"
#include "crypto/format/block_header.hpp"
#include "engine/core/consensus/schedule.hpp"

namespace provchain::core::consensus {

struct TurnCount {
  std::uint64_t proposed = 0;  // final blocks of it
  std::uint64_t missed = 0;    // views of it that brought no final block
  auto operator<=>(const TurnCount&) const = default;
};

class Turns {
 public:
  // After so many blocks of an epoch the counts begin anew: what is long past says little, and what a node has to read again when
  // it starts is bounded by this.
  static constexpr std::uint64_t span_blocks = 131'072;

  // The epoch's blocks follow the one of height `anchor`. Those up to `last`, whose header's view is given, are not counted; at
  // the beginning of an epoch the last one is the anchor, and the view the one that the epoch's first follows.
  Turns(std::size_t authority_count, Height anchor, Height last, View last_view);

  // Behind which height the counts of a chain that ends at `tip` begin.
  [[nodiscard]] static Height begin_of(Height anchor, Height tip);

  // The next block of the epoch; what makes a header valid is not looked at. O(1) when its view follows that of its parent, O(n)
  // whatever lies between.
  void count(const LeaderSchedule& schedule, const crypto::format::BlockHeader& header);

  [[nodiscard]] TurnCount of(AuthorityIndex authority) const;
  [[nodiscard]] std::size_t authority_count() const { return proposed_.size(); }
  [[nodiscard]] Height height() const { return height_; }
  // The counts are those of the blocks above this height.
  [[nodiscard]] Height begin() const { return begin_; }

 private:
  std::vector<std::uint64_t> proposed_;
  std::vector<std::uint64_t> missed_;
  Height anchor_;
  Height begin_;
  Height height_;  // of the last block
  View view_;      // … as its header has it
};

}  // namespace provchain::core::consensus
