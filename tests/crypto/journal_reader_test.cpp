// SPDX-License-Identifier: Apache-2.0
#include "crypto/journal_reader.hpp"

#include "crypto/checksum.hpp"
#include "crypto/digest.hpp"
#include "tests/crypto/journal_fixture.hpp"

namespace provchain::crypto::journal_test {
namespace {

// What a journal of this one segment gives back, or why it does not.
Result<JournalContents, JournalErrc> replay(Bytes segment) {
  const auto reading = read_segment(segment);
  if (!reading) return std::unexpected(reading.error().code);
  JournalReplay replay(identity());
  if (const auto added = replay.add(reading->header.segment, *reading); !added) return std::unexpected(added.error().code);
  return replay.take_contents();
}

SegmentBuilder three_votes() {
  return SegmentBuilder().snapshot().vote(samples::notarize(5)).vote(samples::finalize(5)).vote(samples::nullify(7, 5));
}

TEST(JournalReader, RecomputesTheGuardFromTheVotes) {
  const auto contents = replay(three_votes().bytes());
  ASSERT_TRUE(contents.has_value());
  EXPECT_EQ(contents->votes,
            (std::vector{statement(samples::notarize(5)), statement(samples::finalize(5)), statement(samples::nullify(7, 5))}));
  EXPECT_EQ(contents->guard.view, View(7));
  EXPECT_EQ(contents->guard.step, 2U);
  EXPECT_EQ(contents->guard.highest_finalized, View(5));
  EXPECT_EQ(contents->guard.last, statement(samples::nullify(7, 5)));
}

TEST(JournalReader, TakesALastBatchTornAtAnyByteForUnwritten) {
  const SegmentBuilder builder = three_votes();
  const ByteVector whole = builder.bytes();
  for (std::size_t cut = builder.start_of(3); cut < builder.end(); ++cut) {
    ByteVector torn = whole;
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(cut), torn.end(), std::uint8_t{0});
    if (torn == whole) continue;  // the batch ends with zeros
    const auto reading = read_segment(torn);
    ASSERT_TRUE(reading.has_value()) << cut;
    EXPECT_EQ(reading->end_offset, builder.start_of(3));
    EXPECT_LE(reading->end_offset + reading->torn_bytes, cut);
    ASSERT_EQ(replay(torn)->votes.size(), 2U) << cut;
  }
}

TEST(JournalReader, TakesALastBatchWhoseFrontWasNotWrittenForTorn) {
  const SegmentBuilder builder = three_votes();
  for (std::size_t hole = 8; builder.start_of(3) + hole < builder.end(); hole += 8) {
    ByteVector torn = builder.bytes();
    std::fill_n(torn.begin() + static_cast<std::ptrdiff_t>(builder.start_of(3)), hole, std::uint8_t{0});
    const auto contents = replay(torn);
    ASSERT_TRUE(contents.has_value()) << hole;
    EXPECT_EQ(contents->votes.size(), 2U);
  }
}

TEST(JournalReader, RefusesAnyFlippedByteWithAValidBatchBehindIt) {
  const SegmentBuilder builder = three_votes();
  for (std::size_t offset = 0; offset < builder.start_of(3); ++offset) {
    ByteVector damaged = builder.bytes();
    damaged[offset] ^= 0x40;
    EXPECT_EQ(replay(damaged).error(), JournalErrc::corrupt) << offset;
  }
}

TEST(JournalReader, DoesNotMistakeABlockInATornBatchForALaterBatch) {
  // Somebody sent a block that holds the bytes of a valid batch with a later number.
  ByteVector hostile = body(9);
  SegmentBuilder inner(0, 50);
  inner.vote(samples::notarize(9));
  const ByteVector inner_bytes = inner.bytes(inner.end());
  append(hostile, Bytes(inner_bytes).subspan(segment_header_bytes));
  SegmentBuilder builder;
  builder.snapshot().vote(samples::notarize(5));
  const auto vote = statement(samples::notarize(6));
  builder.batch(std::vector<RecordView>{{RecordType::body, hostile}, {RecordType::vote, vote}});
  ByteVector torn = builder.bytes();
  torn[builder.end() - 1] ^= 1;
  const auto contents = replay(torn);
  ASSERT_TRUE(contents.has_value());
  EXPECT_EQ(contents->votes.size(), 1U);
}

TEST(JournalReader, NamesABatchThatIsMissing) {
  EXPECT_EQ(replay(SegmentBuilder().snapshot().vote(samples::notarize(5)).skip_seq().vote(samples::finalize(5)).bytes()).error(),
            JournalErrc::gap);
}

TEST(JournalReader, RefusesVotesThatDoNotClimb) {
  EXPECT_EQ(replay(SegmentBuilder().snapshot().vote(samples::notarize(5)).vote(samples::notarize(4)).bytes()).error(),
            JournalErrc::guard_regression);
  EXPECT_EQ(replay(SegmentBuilder().snapshot().vote(samples::notarize(5)).vote(samples::notarize(5)).bytes()).error(),
            JournalErrc::guard_regression);
}

TEST(JournalReader, RefusesASnapshotThatIsNotFirstOrMissing) {
  EXPECT_EQ(replay(SegmentBuilder().vote(samples::notarize(5)).bytes()).error(), JournalErrc::corrupt);
  EXPECT_EQ(replay(SegmentBuilder().snapshot().snapshot().bytes()).error(), JournalErrc::corrupt);
  EXPECT_EQ(replay(SegmentBuilder().bytes()).error(), JournalErrc::corrupt);
}

TEST(JournalReader, RefusesASnapshotThatNoVotesCouldMake) {
  format::Guard guard;
  guard.advance(samples::context(), samples::notarize(5));
  format::Guard other_view = guard;
  other_view.view = View(6);
  EXPECT_EQ(replay(SegmentBuilder().snapshot(other_view).bytes()).error(), JournalErrc::corrupt);
  format::Guard no_statement = guard;
  no_statement.last = {};
  EXPECT_EQ(replay(SegmentBuilder().snapshot(no_statement).bytes()).error(), JournalErrc::corrupt);
  EXPECT_TRUE(replay(SegmentBuilder().snapshot(guard).bytes()).has_value());
}

TEST(JournalReader, ComparesLaterSnapshotsWithTheVotesBefore) {
  const ByteVector first = SegmentBuilder().snapshot().vote(samples::notarize(5)).vote(samples::finalize(5)).bytes();
  const auto second_with = [&](const format::Guard& guard) {
    const ByteVector second = SegmentBuilder(1, 3).snapshot(guard).bytes();
    JournalReplay replay(identity());
    EXPECT_TRUE(replay.add(0, *read_segment(first)).has_value());
    const auto added = replay.add(1, *read_segment(second));
    return added ? std::optional<JournalErrc>() : added.error().code;
  };
  format::Guard guard;
  guard.advance(samples::context(), samples::notarize(5));
  EXPECT_EQ(second_with(guard), JournalErrc::guard_regression);
  guard.advance(samples::context(), samples::finalize(5));
  EXPECT_EQ(second_with(guard), std::nullopt);
  guard.advance(samples::context(), samples::notarize(6));
  EXPECT_EQ(second_with(guard), JournalErrc::guard_mismatch);
}

TEST(JournalReader, RefusesAFloorThatFalls) {
  const ByteVector high = encode_floor({View(4), Height(40), {}});
  const ByteVector low = encode_floor({View(5), Height(39), {}});
  SegmentBuilder builder;
  builder.snapshot()
      .batch(std::vector<RecordView>{{RecordType::floor, high}})
      .batch(std::vector<RecordView>{{RecordType::floor, low}});
  EXPECT_EQ(replay(builder.bytes()).error(), JournalErrc::corrupt);
}

TEST(JournalReader, GivesBackOnlyWhatIsAboveTheFloor) {
  const ByteVector low = body(41);
  const ByteVector high = body(42);
  const ByteVector certificate = encode_certificate(samples::certificate(format::VoteKind::finalize, 4), 4);  // of view 1000
  const ByteVector floor = encode_floor({View(6), Height(41), {}});
  SegmentBuilder builder;
  builder.snapshot().vote(samples::notarize(5)).vote(samples::notarize(6));
  builder.batch(std::vector<RecordView>{
      {RecordType::body, low}, {RecordType::body, high}, {RecordType::certificate, certificate}, {RecordType::floor, floor}});
  const auto contents = replay(builder.bytes());
  ASSERT_TRUE(contents.has_value());
  EXPECT_EQ(contents->votes, std::vector{statement(samples::notarize(6))});
  ASSERT_EQ(contents->bodies.size(), 1U);
  EXPECT_TRUE(equal(contents->bodies[0].view(), high));
  EXPECT_EQ(contents->certificates, std::vector<ByteVector>{certificate});
  EXPECT_EQ(contents->floor.height, Height(41));
}

TEST(JournalReader, KeepsVotesOfANewEpochWhoseViewsBeginAnew) {
  format::StatementContext next_context = samples::context();
  next_context.anchor_id = samples::filled<BlockId>(0x99);
  format::Ballot first = samples::notarize(1);
  first.epoch = Epoch(4);
  const ByteVector floor = encode_floor({View(6), Height(41), {}});
  const auto vote = format::encode_statement(next_context, first);
  SegmentBuilder builder;
  builder.snapshot().vote(samples::notarize(6));
  builder.batch(std::vector<RecordView>{{RecordType::floor, floor}}).batch(std::vector<RecordView>{{RecordType::vote, vote}});
  const auto contents = replay(builder.bytes());
  ASSERT_TRUE(contents.has_value());
  EXPECT_EQ(contents->votes, std::vector{vote});
}

TEST(JournalReader, RefusesRecordsThatAreNotWellFormed) {
  const auto vote = statement(samples::notarize(5));
  ByteVector batch(batch_header_bytes);
  append_record(batch, {RecordType::vote, vote});
  const auto with = [&](std::size_t offset, std::uint8_t value) {
    ByteVector changed = batch;
    changed[batch_header_bytes + offset] = value;
    return split_records(Bytes(changed).subspan(batch_header_bytes)).has_value();
  };
  EXPECT_TRUE(with(4, 1));
  EXPECT_FALSE(with(4, 0));  // no such type
  EXPECT_FALSE(with(4, 6));
  EXPECT_FALSE(with(4, 4));    // a guard of that size
  EXPECT_FALSE(with(5, 1));    // reserved
  EXPECT_FALSE(with(0, 153));  // size
  EXPECT_FALSE(split_records({}).has_value());
}

TEST(JournalReader, NamesAnUnknownVersion) {
  ByteVector bytes = three_votes().bytes();
  bytes[8] = 2;
  store_le<std::uint64_t>(bytes, 104, checksum64(Bytes(bytes).first(104)));
  EXPECT_EQ(replay(bytes).error(), JournalErrc::unsupported_version);
}

// The bytes are a promise to the next version of this program: they change only with the version number.
TEST(JournalFormat, IsFrozen) {
  ASSERT_TRUE(init());
  const ByteVector certificate = encode_certificate(samples::certificate(format::VoteKind::nullify, 4), 4);
  const ByteVector block = body(42);
  SegmentBuilder builder = three_votes();
  builder.batch(std::vector<RecordView>{{RecordType::body, block}, {RecordType::certificate, certificate}});
  const ByteVector bytes = builder.bytes();
  EXPECT_EQ(as_text(Bytes(bytes).first(8)), "PVCJRNL1");
  EXPECT_EQ(load_le<std::uint32_t>(bytes, 8), 1U);
  EXPECT_EQ(bytes[16], 0x11);
  EXPECT_EQ(bytes[80], 0x77);
  EXPECT_EQ(load_le<std::uint64_t>(bytes, 104), checksum64(Bytes(bytes).first(104)));
  EXPECT_EQ(as_text(Bytes(bytes).subspan(112, 4)), "PVCB");
  const std::size_t vote = builder.start_of(1);
  EXPECT_EQ(load_le<std::uint32_t>(bytes, vote + 4), 160U);
  EXPECT_EQ(load_le<std::uint64_t>(bytes, vote + 8), 1U);
  EXPECT_EQ(load_le<std::uint64_t>(bytes, vote + 16), checksum64(Bytes(bytes).subspan(vote + 32, 160)));
  EXPECT_EQ(load_le<std::uint64_t>(bytes, vote + 24), checksum64(Bytes(bytes).subspan(vote, 24)));
  EXPECT_EQ(load_le<std::uint32_t>(bytes, vote + 32), 152U);
  EXPECT_EQ(bytes[vote + 36], 1);
  EXPECT_EQ(as_text(Bytes(bytes).subspan(vote + 40, 16)), "pvc/consensus/v1");
  EXPECT_EQ(builder.end(), 1616U);
  EXPECT_EQ(hash("test", bytes).hex(), "4b8d8b7522b2876f4a9aca88bd9e96f104d5d9f9649de08359b177ac25e4a50b");
}

TEST(JournalError, HasOneLineForEveryCode) {
  for (int code = 0; code <= static_cast<int>(JournalErrc::io); ++code)
    EXPECT_FALSE(to_string(static_cast<JournalErrc>(code)).empty()) << code;
}

}  // namespace
}  // namespace provchain::crypto::journal_test
