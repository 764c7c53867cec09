// SPDX-License-Identifier: Apache-2.0
#include "crypto/journal_reader.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace provchain::crypto {
namespace {

JournalError at(JournalErrc code, const SegmentHeader& header, std::size_t offset) { return {code, header.segment, offset, 0}; }

// A batch whose two hashes hold, at the front of `bytes`.
std::optional<BatchHeader> valid_batch(Bytes bytes) {
  const auto header = decode_batch_header(bytes);
  if (!header || header->records_bytes > bytes.size() - batch_header_bytes) return std::nullopt;
  if (records_hash_of(bytes.subspan(batch_header_bytes, header->records_bytes)) != header->records_hash) return std::nullopt;
  return header;
}

// Whether a valid batch later than `seq` lies anywhere in `tail`, whose own first batch is invalid. A batch that a crash tore has
// nothing behind it, because only one is ever in flight. When its header survived, its records are skipped: they hold blocks, and
// those are other people's bytes.
bool has_later_batch(Bytes tail, std::uint64_t seq) {
  std::size_t offset = 8;
  if (const auto torn = decode_batch_header(tail); torn && torn->seq == seq) offset = batch_header_bytes + torn->records_bytes;
  for (; offset + batch_header_bytes <= tail.size(); offset += 8) {
    const auto later = valid_batch(tail.subspan(offset));
    if (later && later->seq > seq) return true;
  }
  return false;
}

// The size of `bytes` without the zeros at their end. By blocks, because nearly all of a young segment is zeros.
std::size_t bytes_until_zeros(Bytes bytes) {
  static constexpr std::uint8_t zeros[4096] = {};
  std::size_t count = bytes.size();
  while (count >= sizeof zeros && equal(bytes.subspan(count - sizeof zeros, sizeof zeros), zeros)) count -= sizeof zeros;
  while (count > 0 && bytes[count - 1] == 0) --count;
  return count;
}

}  // namespace

Result<SegmentReading, JournalError> read_segment(Bytes segment) {
  const auto header = decode_segment_header(segment);
  if (!header) return std::unexpected(JournalError{header.error(), 0, 0, 0});
  SegmentReading reading;
  reading.header = *header;
  std::size_t offset = segment_header_bytes;
  while (const auto batch = valid_batch(segment.subspan(offset))) {
    if (!reading.batches.empty() && batch->seq != reading.batches.back().seq + 1)
      return std::unexpected(at(JournalErrc::gap, *header, offset));
    auto records = split_records(segment.subspan(offset + batch_header_bytes, batch->records_bytes));
    // Its hashes hold, so no crash made it.
    if (!records) return std::unexpected(at(JournalErrc::corrupt, *header, offset));
    reading.batches.push_back({batch->seq, std::move(*records)});
    offset += batch_header_bytes + batch->records_bytes;
  }
  // The snapshot was durable before the segment got its name.
  if (reading.batches.empty()) return std::unexpected(at(JournalErrc::corrupt, *header, offset));
  reading.end_offset = offset;
  reading.torn_bytes = bytes_until_zeros(segment.subspan(offset));
  if (reading.torn_bytes > 0 && has_later_batch(segment.subspan(offset), reading.batches.back().seq + 1))
    return std::unexpected(at(JournalErrc::corrupt, *header, offset));
  return reading;
}

Result<void, JournalErrc> JournalReplay::check_header(std::uint32_t segment, const SegmentHeader& header) const {
  if (header.identity.network_id != identity_.network_id) return std::unexpected(JournalErrc::foreign_network);
  if (header.identity.key != identity_.key) return std::unexpected(JournalErrc::foreign_key);
  if (header.identity.uuid != identity_.uuid) return std::unexpected(JournalErrc::foreign_uuid);
  if (header.segment != segment) return std::unexpected(JournalErrc::corrupt);
  if (extents_.empty()) return {};
  if (segment != extents_.back().segment + 1) return std::unexpected(JournalErrc::gap);
  if (header.boot_counter < boot_counter_) return std::unexpected(JournalErrc::corrupt);
  return {};
}

Result<void, JournalError> JournalReplay::add(std::uint32_t segment, const SegmentReading& reading) {
  const auto fail = [&](JournalErrc code) { return std::unexpected(JournalError{code, segment, 0, 0}); };
  if (const auto checked = check_header(segment, reading.header); !checked) return fail(checked.error());
  if (!extents_.empty() && reading.batches.front().seq != next_seq_) return fail(JournalErrc::gap);
  SegmentExtent extent{.segment = segment, .newest_ballot = std::nullopt, .body_height_max = {}};
  bool opens_segment = true;
  for (const BatchView& batch : reading.batches) {
    for (const RecordView& record : batch.records) {
      if (const auto applied = state_.apply(record, opens_segment); !applied) return fail(applied.error());
      opens_segment = false;
      extent.note(record);
      keep(record);
    }
  }
  extents_.push_back(extent);
  next_seq_ = reading.batches.back().seq + 1;
  boot_counter_ = reading.header.boot_counter;
  drop_final();
  return {};
}

void JournalReplay::keep(const RecordView& record) {
  switch (record.type) {
    case RecordType::vote: {
      format::StatementBytes statement;
      std::copy(record.payload.begin(), record.payload.end(), statement.begin());
      votes_.push_back(statement);
      return;
    }
    case RecordType::certificate:
      certificates_.push_back(to_vector(record.payload));
      return;
    case RecordType::body:
      bodies_.push_back(SharedBytes::copy_of(record.payload));
      return;
    case RecordType::guard:
    case RecordType::floor:
      return;
  }
  PVC_UNREACHABLE();
}

// After each segment, so that reading back never holds much more than what is kept.
void JournalReplay::drop_final() {
  const auto is_final = [&](RecordType type) {
    return [this, type](Bytes payload) { return !state_.is_retained({type, payload}); };
  };
  std::erase_if(votes_, is_final(RecordType::vote));
  std::erase_if(certificates_, is_final(RecordType::certificate));
  std::erase_if(bodies_, [&](const SharedBytes& body) { return is_final(RecordType::body)(body.view()); });
}

JournalContents JournalReplay::take_contents() {
  return {state_.guard(), state_.floor(), std::move(votes_), std::move(certificates_), std::move(bodies_)};
}

}  // namespace provchain::crypto
