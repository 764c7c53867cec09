// SPDX-License-Identifier: Apache-2.0
// Reads a vote journal back. A crash may leave the last batch torn: an invalid batch with nothing valid behind it, in the last
// segment. Anything else that is invalid was not left by a crash and is an error, because forgetting a vote is how an authority
// comes to sign two things.
#pragma once

#include <span>
#include <vector>

#include "base/shared_bytes.hpp"
#include "crypto/journal_state.hpp"

namespace provchain::crypto {

struct BatchView {
  std::uint64_t seq = 0;
  std::vector<RecordView> records;
};

// One segment as far as its bytes go, without the meaning of its records. Valid as long as the bytes.
struct SegmentReading {
  SegmentHeader header;
  std::vector<BatchView> batches;
  std::size_t end_offset = 0;  // behind the last valid batch
  std::size_t torn_bytes = 0;  // what a crash left behind end_offset: to be zeroed; 0: all zeros there
};
[[nodiscard]] Result<SegmentReading, JournalError> read_segment(Bytes segment PVC_LIFETIMEBOUND);

// All that a node gets back. Votes, certificates and blocks in the order they were written, those above the floor only.
struct JournalContents {
  format::Guard guard;
  JournalFloor floor;
  std::vector<format::StatementBytes> votes;
  std::vector<ByteVector> certificates;
  std::vector<SharedBytes> bodies;
};

// Adds segments up, oldest first, and checks what holds between them.
class JournalReplay {
 public:
  explicit JournalReplay(const JournalIdentity& identity) : identity_(identity), state_(identity.network_id) {}

  // `segment` is the number in the file's name. A torn tail is the caller's business: it is an error in any segment but the last.
  Result<void, JournalError> add(std::uint32_t segment, const SegmentReading& reading);

  [[nodiscard]] const JournalState& state() const { return state_; }
  [[nodiscard]] std::span<const SegmentExtent> extents() const { return extents_; }
  [[nodiscard]] std::uint64_t next_seq() const { return next_seq_; }
  [[nodiscard]] std::uint64_t boot_counter() const { return boot_counter_; }
  // The last segment held nothing but its snapshot and was removed.
  void forget_last_segment() { extents_.pop_back(); }
  [[nodiscard]] JournalContents take_contents();

 private:
  Result<void, JournalErrc> check_header(std::uint32_t segment, const SegmentHeader& header) const;
  void keep(const RecordView& record);
  void drop_final();

  JournalIdentity identity_;
  JournalState state_;
  std::vector<SegmentExtent> extents_;
  std::uint64_t next_seq_ = 0;
  std::uint64_t boot_counter_ = 0;
  std::vector<format::StatementBytes> votes_;
  std::vector<ByteVector> certificates_;
  std::vector<SharedBytes> bodies_;
};

}  // namespace provchain::crypto
