// SPDX-License-Identifier: Apache-2.0
// The bytes of a vote journal. Files journal/<16 hex digits of the segment number>.seg, append only; unsigned little-endian
// integers.
//
//   segment header[112]: 0 "PVCJRNL1" · 8 u32 version = 1 · 12 u32 segment · 16 network_id[32] · 48 consensus public key[32] · 80
//   journal uuid[16]
//                        96 u64 boot counter · 104 u64 XXH3-64 of 0…103
//   batch = header[32] ‖ records: 0 "PVCB" · 4 u32 bytes of the records · 8 u64 seq (+1 each, across segments) · 16 u64 XXH3-64
//   of the records
//                        24 u64 XXH3-64 of 0…23
//   record: 0 u32 payload_bytes · 4 u8 type · 5 zero[3] · 8 payload ‖ zero pad to 8
//   types: 1 VOTE statement[152] · 2 CERT certificate · 3 BODY block · 4 GUARD u64 epoch, view, step, hf ‖ statement[152] (first
//   record of a
//          segment) · 5 FLOOR u64 view, height ‖ block_id[32]
//
// Zeros where a batch header should be are the unwritten end. Pure functions, any thread.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/types.hpp"
#include "crypto/format/block_header.hpp"
#include "crypto/format/guard.hpp"
#include "crypto/journal_error.hpp"

namespace provchain::crypto {

// Whose journal it is. All three must match, or votes of one key could be forgotten by the journal of another.
struct JournalIdentity {
  NetworkId network_id;
  PublicKey key;
  JournalUuid uuid;
  bool operator==(const JournalIdentity&) const = default;
};

inline constexpr std::size_t segment_header_bytes = 112;
inline constexpr std::size_t batch_header_bytes = 32;
inline constexpr std::size_t record_header_bytes = 8;

struct SegmentHeader {
  std::uint32_t segment = 0;
  JournalIdentity identity;
  std::uint64_t boot_counter = 0;  // how many times the journal had been opened when this segment was begun
  bool operator==(const SegmentHeader&) const = default;
};
[[nodiscard]] std::array<std::uint8_t, segment_header_bytes> encode_segment_header(const SegmentHeader& header);
// The first 112 bytes of a segment; corrupt or unsupported_version.
[[nodiscard]] Result<SegmentHeader, JournalErrc> decode_segment_header(Bytes segment);

enum class RecordType : std::uint8_t { vote = 1, certificate = 2, body = 3, guard = 4, floor = 5 };

// Valid as long as the bytes it was split from, or that it is to be made from.
struct RecordView {
  RecordType type{};
  Bytes payload;
};
[[nodiscard]] constexpr std::size_t record_bytes(std::size_t payload_bytes) {
  return record_header_bytes + (payload_bytes + 7) / 8 * 8;
}
void append_record(ByteVector& records, const RecordView& record);

struct BatchHeader {
  std::uint32_t records_bytes = 0;
  std::uint64_t seq = 0;
  std::uint64_t records_hash = 0;
};
// Absent when the 32 bytes are not a batch header (its own hash does not hold).
[[nodiscard]] std::optional<BatchHeader> decode_batch_header(Bytes bytes);
// Fills the header in front of the records that follow it in `batch`.
void seal_batch(ByteVector& batch, std::uint64_t seq);
[[nodiscard]] std::uint64_t records_hash_of(Bytes records);

// The records of one batch whose hash holds. Absent when they are not well-formed: unknown type, wrong size, bytes that should be
// zero.
[[nodiscard]] std::optional<std::vector<RecordView>> split_records(Bytes records PVC_LIFETIMEBOUND);

// What is final: votes and certificates below `view` of the guard's epoch, and blocks up to `height`, are in the chain. When the
// guard enters a new epoch, whose views begin anew, `view` falls back to 0.
struct JournalFloor {
  View view;
  Height height;
  BlockId block_id;
  bool operator==(const JournalFloor&) const = default;
};
[[nodiscard]] ByteVector encode_floor(const JournalFloor& floor);
[[nodiscard]] JournalFloor decode_floor(Bytes payload);  // of a FLOOR record that split_records() gave

// What segment release and recovery need to know of a record without reading it whole.
struct BallotPosition {
  Epoch epoch;
  View view;
  auto operator<=>(const BallotPosition&) const = default;
};
inline constexpr std::size_t certificate_prefix_bytes = 65;
[[nodiscard]] BallotPosition position_of_certificate(Bytes payload);
[[nodiscard]] Height height_of_body(Bytes payload);

[[nodiscard]] ByteVector encode_guard(const format::Guard& guard);
[[nodiscard]] format::Guard decode_guard(Bytes payload);  // of a GUARD record that split_records() gave

}  // namespace provchain::crypto
