// SPDX-License-Identifier: Apache-2.0
// What the records of a journal add up to: the guard, recomputed vote by vote, and the floor. The writer and the reader run the
// same rules, so what could not be read back is never written. Pure values.
#pragma once

#include "crypto/journal_format.hpp"

namespace provchain::crypto {

// What keeps a segment alive: the newest vote or certificate in it, and the highest block.
struct SegmentExtent {
  std::uint32_t segment = 0;
  std::optional<BallotPosition> newest_ballot;
  Height body_height_max;  // 0: no block

  void note(const RecordView& record);
};

class JournalState {
 public:
  explicit JournalState(const NetworkId& network_id) : network_id_(network_id) {}

  [[nodiscard]] const format::Guard& guard() const { return guard_; }
  [[nodiscard]] const JournalFloor& floor() const { return floor_; }

  // Takes the next record. `opens_segment`: it is the first of its segment, which is the one place for a GUARD. The first
  // snapshot of all is taken as it is; each later one must equal what the votes add up to.
  Result<void, JournalErrc> apply(const RecordView& record, bool opens_segment);

  // Whether all that a segment holds is final.
  [[nodiscard]] bool is_final(const SegmentExtent& extent) const;
  // Whether a recovered record is still of use: not below the floor, not of an epoch that is over.
  [[nodiscard]] bool is_retained(const RecordView& record) const;

 private:
  Result<void, JournalErrc> apply_vote(Bytes payload);
  Result<void, JournalErrc> apply_guard(Bytes payload);
  Result<void, JournalErrc> apply_floor(Bytes payload);

  NetworkId network_id_;
  format::Guard guard_;
  JournalFloor floor_;
  bool has_snapshot_ = false;
};

}  // namespace provchain::crypto
