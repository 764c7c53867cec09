// SPDX-License-Identifier: Apache-2.0
#include "crypto/vote_journal.hpp"

#include <algorithm>

namespace provchain::crypto {
namespace {

constexpr std::size_t kSegmentBytesMin = std::size_t{4} * 1'048'576;
constexpr std::size_t kSegmentBytesMax = 4 * limits::block_bytes_max;

// The largest block fits a fresh segment with room for its snapshot, so a record never lacks a place.
std::size_t segment_bytes_for(std::uint64_t max_block_bytes) {
  PVC_CHECK(max_block_bytes <= limits::block_bytes_max);
  return std::max<std::size_t>(kSegmentBytesMin, 4 * max_block_bytes);
}

GuardPosition position_of(const format::Guard& guard) { return {guard.epoch, guard.view, guard.step}; }

// A segment of one batch holds its snapshot and nothing else.
bool holds_only_snapshot(const SegmentReading& reading) { return reading.batches.size() == 1 && reading.torn_bytes == 0; }

struct RecoveredJournal {
  explicit RecoveredJournal(const JournalIdentity& identity) : replay(identity) {}
  JournalReplay replay;
  std::uint32_t next_segment = 0;
  std::uint64_t next_seq = 0;
};

// A crash may tear the last batch of the last segment. Its place is zeroed, because once another segment follows it is the last
// no more.
Result<void, JournalError> zero_torn_tail(JournalDirectory& directory, std::uint32_t segment, const SegmentReading& reading) {
  PVC_TRY(SegmentFile file, directory.open_segment(segment));
  return file.write_durably(ByteVector(reading.torn_bytes), reading.end_offset);
}

Result<void, JournalError> recover(JournalDirectory& directory, std::span<const std::uint32_t> segments,
                                   RecoveredJournal& recovered) {
  for (const std::uint32_t segment : segments) {
    const bool is_last = segment == segments.back();
    PVC_TRY(const ByteVector bytes, directory.read(segment, kSegmentBytesMax));
    // Segments are whole before they get their name: a short one was cut.
    if (bytes.size() < kSegmentBytesMin) return std::unexpected(JournalError{JournalErrc::corrupt, segment, bytes.size(), 0});
    PVC_TRY(const SegmentReading reading, read_segment(bytes));
    if (reading.torn_bytes > 0 && !is_last)
      return std::unexpected(JournalError{JournalErrc::corrupt, segment, reading.end_offset, 0});
    PVC_TRY_VOID(recovered.replay.add(segment, reading));
    recovered.next_segment = segment + 1;
    recovered.next_seq = recovered.replay.next_seq();
    if (!is_last) continue;
    if (reading.torn_bytes > 0) PVC_TRY_VOID(zero_torn_tail(directory, segment, reading));
    // A process that is restarted for ever and never votes must not fill the disk: its last segment makes room for the next.
    if (segments.size() > 1 && holds_only_snapshot(reading)) {
      PVC_TRY_VOID(directory.remove(segment));
      recovered.replay.forget_last_segment();
      recovered.next_segment = segment;
      recovered.next_seq = reading.batches.front().seq;
    }
  }
  return {};
}

}  // namespace

Result<VoteJournal::Opened, JournalError> VoteJournal::open(const JournalOptions& options) {
  PVC_TRY(JournalDirectory directory, JournalDirectory::open(options.directory, options.io));
  PVC_TRY(const std::vector<std::uint32_t> segments, directory.segments());
  if (options.create && !segments.empty()) return std::unexpected(JournalError{.code = JournalErrc::exists});
  if (!options.create && segments.empty()) return std::unexpected(JournalError{.code = JournalErrc::missing});
  RecoveredJournal recovered(options.identity);
  PVC_TRY_VOID(recover(directory, segments, recovered));
  if (position_of(recovered.replay.state().guard()) < options.chain_guard)
    return std::unexpected(JournalError{.code = JournalErrc::behind_chain});
  VoteJournal journal(std::move(directory), options, recovered.replay);
  journal.next_seq_ = recovered.next_seq;
  PVC_TRY_VOID(journal.begin_segment(recovered.next_segment));
  PVC_TRY_VOID(journal.release_final_segments());
  return Opened{std::move(journal), recovered.replay.take_contents()};
}

VoteJournal::VoteJournal(JournalDirectory directory, const JournalOptions& options, const JournalReplay& replay)
    : directory_(std::move(directory)),
      identity_(options.identity),
      segment_bytes_(segment_bytes_for(options.max_block_bytes)),
      state_(replay.state()),
      finished_(replay.extents().begin(), replay.extents().end()),
      boot_counter_(replay.boot_counter() + 1),
      batch_(batch_header_bytes) {}

Result<void, JournalError> VoteJournal::begin_segment(std::uint32_t segment) {
  PVC_CHECK(batch_.size() == batch_header_bytes);
  if (file_) finished_.push_back(current_);
  const auto header = encode_segment_header({segment, identity_, boot_counter_});
  append_record(batch_, {RecordType::guard, encode_guard(state_.guard())});
  append_record(batch_, {RecordType::floor, encode_floor(state_.floor())});
  seal_batch(batch_, next_seq_++);
  ByteVector content = to_vector(header);
  provchain::append(content, batch_);
  batch_.resize(batch_header_bytes);
  auto file = directory_.create_segment(segment, content, segment_bytes_);
  if (!file) return fail(file.error());
  file_ = std::move(*file);
  current_ = {.segment = segment, .newest_ballot = std::nullopt, .body_height_max = {}};
  offset_ = content.size();
  return {};
}

Result<void, JournalError> VoteJournal::append(std::span<const RecordView> records) {
  if (failure_) return std::unexpected(*failure_);
  const bool has_floor = next_floor_.has_value();
  if (has_floor) {
    PVC_TRY_VOID(add({RecordType::floor, encode_floor(*next_floor_)}));
    next_floor_.reset();
  }
  for (const RecordView& record : records) {
    PVC_CHECK(record.type == RecordType::vote || record.type == RecordType::certificate || record.type == RecordType::body);
    PVC_TRY_VOID(add(record));
  }
  PVC_TRY_VOID(write_batch());
  if (has_floor) PVC_TRY_VOID(release_final_segments());
  return {};
}

Result<void, JournalError> VoteJournal::add(const RecordView& record) {
  const std::size_t needed_bytes = record_bytes(record.payload.size());
  if (offset_ + batch_.size() + needed_bytes > segment_bytes_) {
    PVC_TRY_VOID(write_batch());
    PVC_TRY_VOID(begin_segment(current_.segment + 1));
    PVC_CHECK(offset_ + batch_.size() + needed_bytes <= segment_bytes_);
  }
  // What could not be read back must not be written.
  PVC_CHECK(state_.apply(record, false).has_value());
  append_record(batch_, record);
  current_.note(record);
  return {};
}

Result<void, JournalError> VoteJournal::write_batch() {
  if (batch_.size() == batch_header_bytes) return {};
  seal_batch(batch_, next_seq_++);
  if (const auto written = file_->write_durably(batch_, offset_); !written) return fail(written.error());
  offset_ += batch_.size();
  batch_.resize(batch_header_bytes);
  return {};
}

Result<void, JournalError> VoteJournal::release_final_segments() {
  while (!finished_.empty() && state_.is_final(finished_.front())) {
    if (const auto removed = directory_.remove(finished_.front().segment); !removed) return fail(removed.error());
    finished_.erase(finished_.begin());
  }
  return {};
}

void VoteJournal::set_floor(const JournalFloor& floor) {
  const Height lowest = next_floor_ ? next_floor_->height : state_.floor().height;
  if (floor.height >= lowest) next_floor_ = floor;
}

Result<void, JournalError> VoteJournal::fail(const JournalError& error) {
  failure_ = error;
  return std::unexpected(error);
}

}  // namespace provchain::crypto
