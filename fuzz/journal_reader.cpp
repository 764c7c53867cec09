// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as a segment of a vote journal. The first byte chooses whether they are read as they are (even) or after all
// their checksums were made right (odd), so that the rules behind the checksums are reached. Oracles: what was read re-encodes to
// the bytes it was read from, and what is behind it is zeros or called torn; every recovered vote is a statement of ours, and the
// votes climb to the guard.
#include <algorithm>
#include <tuple>

#include "base/check.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/journal_reader.hpp"

namespace {

using namespace provchain;
using namespace provchain::crypto;

JournalIdentity identity() {
  JournalIdentity whose;
  whose.network_id.bytes.fill(0x11);
  whose.key.bytes.fill(0x22);
  whose.uuid.bytes.fill(0x77);
  return whose;
}

// Makes the segment header and the headers of as many batches as fit right, without touching any record.
void make_checksums_right(ByteVector& bytes) {
  if (bytes.size() < segment_header_bytes) return;
  const auto header = encode_segment_header({0, identity(), 1});
  std::ranges::copy(header, bytes.begin());
  std::uint64_t seq = 0;
  for (std::size_t offset = segment_header_bytes; offset + batch_header_bytes + record_header_bytes <= bytes.size();) {
    const std::size_t room = (bytes.size() - offset - batch_header_bytes) / 8 * 8;
    const std::size_t records_bytes = std::min<std::size_t>(room, load_le<std::uint32_t>(bytes, offset + 4) % 4096 / 8 * 8);
    if (records_bytes == 0) return;
    const Bytes range = Bytes(bytes).subspan(offset, batch_header_bytes + records_bytes);
    ByteVector batch = to_vector(range);
    seal_batch(batch, seq++);
    std::ranges::copy(batch, bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    offset += batch.size();
  }
}

ByteVector encode(const SegmentReading& reading) {
  ByteVector bytes = to_vector(encode_segment_header(reading.header));
  for (const BatchView& view : reading.batches) {
    ByteVector batch(batch_header_bytes);
    for (const RecordView& record : view.records) append_record(batch, record);
    seal_batch(batch, view.seq);
    append(bytes, batch);
  }
  return bytes;
}

void check_contents(const JournalContents& contents) {
  std::tuple<std::uint64_t, std::uint64_t, int> last{};
  for (const format::StatementBytes& bytes : contents.votes) {
    const auto statement = format::decode_statement(bytes);
    PVC_CHECK(statement.has_value());
    PVC_CHECK(statement->context.network_id == identity().network_id);
    const format::Ballot& ballot = statement->ballot;
    const std::tuple position{ballot.epoch.value(), ballot.view.value(), ballot.kind == format::VoteKind::notarize ? 1 : 2};
    PVC_CHECK(last < position);
    last = position;
  }
  if (!contents.votes.empty()) PVC_CHECK(contents.guard.last == contents.votes.back());
  for (const SharedBytes& body : contents.bodies) PVC_CHECK(height_of_body(body.view()) > contents.floor.height);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  ByteVector bytes(data + 1, data + size);
  if (data[0] % 2 == 1) make_checksums_right(bytes);
  const auto reading = read_segment(bytes);
  if (!reading) return 0;
  PVC_CHECK(reading->end_offset <= bytes.size());
  PVC_CHECK(equal(encode(*reading), Bytes(bytes).first(reading->end_offset)));
  PVC_CHECK(all_zero(Bytes(bytes).subspan(reading->end_offset + reading->torn_bytes)));
  JournalReplay replay(identity());
  if (replay.add(reading->header.segment, *reading)) check_contents(replay.take_contents());
  return 0;
}
