// SPDX-License-Identifier: Apache-2.0
// What an authority has voted, on disk before any signature exists, so that no crash makes it sign two things for one position.
// Bytes: journal_format.hpp. One batch = one write and one fdatasync into space that was written with zeros before, which costs
// half of what growing a file costs. Every opening begins a new segment, so the bytes an earlier process left are only ever read.
// Belongs to the signer thread.
//
// Invariants:
// 1. A .seg file is complete up to its snapshot: it is made under another name and renamed once it is durable, and the directory
// is synced before
//    the first vote goes into it.
// 2. After an error of the system nothing more is written: what the disk holds is unknown until a new process reads it.
// 3. Segments are removed oldest first, each removal durable before the next, so the numbers never have a gap.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "crypto/journal_directory.hpp"
#include "crypto/journal_reader.hpp"

namespace provchain::crypto {

// The position of the newest block's copy of the guard, from the chain.
struct GuardPosition {
  Epoch epoch;
  View view;
  std::uint64_t step = 0;
  auto operator<=>(const GuardPosition&) const = default;
};

struct JournalOptions {
  std::string directory;  // exists; only this journal lives in it
  JournalIdentity identity;
  std::uint64_t max_block_bytes = limits::block_bytes_default;
  GuardPosition chain_guard;
  // Makes a new journal: only for a key that was never used, which is together with the key. Refused when there is one (exists),
  // or when the chain says that this node has voted (behind_chain).
  bool create = false;
  JournalIo io;
};

class VoteJournal {
 public:
  struct Opened;
  // Locks, reads back, checks, zeroes a torn tail, begins a new segment.
  [[nodiscard]] static Result<Opened, JournalError> open(const JournalOptions& options);

  // Writes the records in this order; when it returns they are durable. Normally one batch; more when they do not fit one
  // segment, so that a record is never durable before those in front of it. VOTE, CERT and BODY only; votes above the guard.
  Result<void, JournalError> append(std::span<const RecordView> records);

  // All below is final and in the chain. Written with the next batch; then segments whose content is final are removed. Never
  // goes back: a lower floor is ignored.
  void set_floor(const JournalFloor& floor);

  [[nodiscard]] const format::Guard& guard() const { return state_.guard(); }
  [[nodiscard]] std::uint64_t boot_counter() const { return boot_counter_; }
  [[nodiscard]] std::size_t segment_count() const { return finished_.size() + 1; }

 private:
  VoteJournal(JournalDirectory directory, const JournalOptions& options, const JournalReplay& replay);
  Result<void, JournalError> begin_segment(std::uint32_t segment);
  Result<void, JournalError> add(const RecordView& record);
  Result<void, JournalError> write_batch();
  Result<void, JournalError> release_final_segments();
  Result<void, JournalError> fail(const JournalError& error);

  JournalDirectory directory_;
  JournalIdentity identity_;
  std::size_t segment_bytes_;
  JournalState state_;                   // as of the last record added to a batch
  std::vector<SegmentExtent> finished_;  // oldest first
  SegmentExtent current_;
  std::optional<SegmentFile> file_;  // of current_; absent only within open()
  std::size_t offset_ = 0;
  std::uint64_t next_seq_ = 0;
  std::uint64_t boot_counter_ = 0;
  ByteVector batch_;  // header and records being gathered
  std::optional<JournalFloor> next_floor_;
  std::optional<JournalError> failure_;
};

struct VoteJournal::Opened {
  VoteJournal journal;
  JournalContents contents;
};

}  // namespace provchain::crypto
