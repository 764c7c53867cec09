// SPDX-License-Identifier: Apache-2.0
#include "crypto/journal_format.hpp"

#include <algorithm>

#include "crypto/checksum.hpp"

namespace provchain::crypto {
namespace {

constexpr std::string_view kSegmentMagic = "PVCJRNL1";
constexpr std::string_view kBatchMagic = "PVCB";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kGuardBytes = 4 * sizeof(std::uint64_t) + format::statement_bytes;
constexpr std::size_t kFloorBytes = 2 * sizeof(std::uint64_t) + BlockId::kSize;

// Whether a payload of this size can be of this type. The content of certificates and blocks is not the journal's business.
bool is_possible(RecordType type, std::size_t payload_bytes) {
  switch (type) {
    case RecordType::vote:
      return payload_bytes == format::statement_bytes;
    case RecordType::certificate:
      return payload_bytes >= certificate_prefix_bytes;
    case RecordType::body:
      return payload_bytes >= format::block_header_bytes;
    case RecordType::guard:
      return payload_bytes == kGuardBytes;
    case RecordType::floor:
      return payload_bytes == kFloorBytes;
  }
  return false;  // a number read from a file that names no type
}

}  // namespace

std::array<std::uint8_t, segment_header_bytes> encode_segment_header(const SegmentHeader& header) {
  std::array<std::uint8_t, segment_header_bytes> bytes{};
  std::copy(kSegmentMagic.begin(), kSegmentMagic.end(), bytes.begin());
  store_le<std::uint32_t>(bytes, 8, kVersion);
  store_le<std::uint32_t>(bytes, 12, header.segment);
  header.identity.network_id.store(bytes, 16);
  header.identity.key.store(bytes, 48);
  header.identity.uuid.store(bytes, 80);
  store_le<std::uint64_t>(bytes, 96, header.boot_counter);
  store_le<std::uint64_t>(bytes, 104, checksum64(Bytes(bytes).first(104)));
  return bytes;
}

Result<SegmentHeader, JournalErrc> decode_segment_header(Bytes segment) {
  if (segment.size() < segment_header_bytes) return std::unexpected(JournalErrc::corrupt);
  if (!equal(segment.first(kSegmentMagic.size()), as_bytes(kSegmentMagic))) return std::unexpected(JournalErrc::corrupt);
  if (load_le<std::uint64_t>(segment, 104) != checksum64(segment.first(104))) return std::unexpected(JournalErrc::corrupt);
  if (load_le<std::uint32_t>(segment, 8) != kVersion) return std::unexpected(JournalErrc::unsupported_version);
  SegmentHeader header;
  header.segment = load_le<std::uint32_t>(segment, 12);
  header.identity.network_id = NetworkId::load(segment, 16);
  header.identity.key = PublicKey::load(segment, 48);
  header.identity.uuid = JournalUuid::load(segment, 80);
  header.boot_counter = load_le<std::uint64_t>(segment, 96);
  return header;
}

void append_record(ByteVector& records, const RecordView& record) {
  PVC_CHECK(is_possible(record.type, record.payload.size()));
  const std::size_t start = records.size();
  append_le<std::uint32_t>(records, static_cast<std::uint32_t>(record.payload.size()));
  append_le<std::uint32_t>(records, static_cast<std::uint32_t>(record.type));  // the type and three zeros
  append(records, record.payload);
  records.resize(start + record_bytes(record.payload.size()), 0);
}

std::optional<BatchHeader> decode_batch_header(Bytes bytes) {
  if (bytes.size() < batch_header_bytes) return std::nullopt;
  if (!equal(bytes.first(kBatchMagic.size()), as_bytes(kBatchMagic))) return std::nullopt;
  if (load_le<std::uint64_t>(bytes, 24) != checksum64(bytes.first(24))) return std::nullopt;
  BatchHeader header;
  header.records_bytes = load_le<std::uint32_t>(bytes, 4);
  header.seq = load_le<std::uint64_t>(bytes, 8);
  header.records_hash = load_le<std::uint64_t>(bytes, 16);
  return header;
}

void seal_batch(ByteVector& batch, std::uint64_t seq) {
  PVC_CHECK(batch.size() > batch_header_bytes);
  const MutBytes bytes = batch;
  std::copy(kBatchMagic.begin(), kBatchMagic.end(), bytes.begin());
  store_le<std::uint32_t>(bytes, 4, static_cast<std::uint32_t>(batch.size() - batch_header_bytes));
  store_le<std::uint64_t>(bytes, 8, seq);
  store_le<std::uint64_t>(bytes, 16, records_hash_of(bytes.subspan(batch_header_bytes)));
  store_le<std::uint64_t>(bytes, 24, checksum64(bytes.first(24)));
}

std::uint64_t records_hash_of(Bytes records) { return checksum64(records); }

std::optional<std::vector<RecordView>> split_records(Bytes records) {
  std::vector<RecordView> views;
  while (!records.empty()) {
    if (records.size() < record_header_bytes) return std::nullopt;
    const std::size_t payload_bytes = load_le<std::uint32_t>(records, 0);
    const std::size_t size = record_bytes(payload_bytes);
    if (size > records.size()) return std::nullopt;
    const auto type = static_cast<RecordType>(records[4]);
    if (!is_possible(type, payload_bytes)) return std::nullopt;
    if (!all_zero(records.subspan(5, 3))) return std::nullopt;
    if (!all_zero(records.subspan(record_header_bytes + payload_bytes, size - record_header_bytes - payload_bytes)))
      return std::nullopt;
    views.push_back({type, records.subspan(record_header_bytes, payload_bytes)});
    records = records.subspan(size);
  }
  if (views.empty()) return std::nullopt;
  return views;
}

ByteVector encode_floor(const JournalFloor& floor) {
  ByteVector bytes;
  append_le<std::uint64_t>(bytes, floor.view.value());
  append_le<std::uint64_t>(bytes, floor.height.value());
  append(bytes, floor.block_id.view());
  return bytes;
}

JournalFloor decode_floor(Bytes payload) {
  return {View(load_le<std::uint64_t>(payload, 0)), Height(load_le<std::uint64_t>(payload, 8)), BlockId::load(payload, 16)};
}

ByteVector encode_guard(const format::Guard& guard) {
  ByteVector bytes;
  append_le<std::uint64_t>(bytes, guard.epoch.value());
  append_le<std::uint64_t>(bytes, guard.view.value());
  append_le<std::uint64_t>(bytes, guard.step);
  append_le<std::uint64_t>(bytes, guard.highest_finalized.value());
  append(bytes, guard.last);
  return bytes;
}

format::Guard decode_guard(Bytes payload) {
  format::Guard guard;
  guard.epoch = Epoch(load_le<std::uint64_t>(payload, 0));
  guard.view = View(load_le<std::uint64_t>(payload, 8));
  guard.step = load_le<std::uint64_t>(payload, 16);
  guard.highest_finalized = View(load_le<std::uint64_t>(payload, 24));
  std::copy_n(payload.begin() + 32, format::statement_bytes, guard.last.begin());
  return guard;
}

BallotPosition position_of_certificate(Bytes payload) {
  return {Epoch(load_le<std::uint64_t>(payload, 1)), View(load_le<std::uint64_t>(payload, 9))};
}

Height height_of_body(Bytes payload) { return Height(load_le<std::uint64_t>(payload, 8)); }

}  // namespace provchain::crypto
