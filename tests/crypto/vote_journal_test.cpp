// SPDX-License-Identifier: Apache-2.0
#include "crypto/vote_journal.hpp"

#include <cerrno>

#include "tests/crypto/journal_fixture.hpp"

namespace provchain::crypto::journal_test {
namespace {

namespace fs = std::filesystem;

using VoteJournalTest = JournalTest;

TEST_F(VoteJournalTest, GivesBackWhatWasAppended) {
  const ByteVector block = body(42, 1000);
  const ByteVector certificate = encode_certificate(samples::certificate(format::VoteKind::notarize, 4), 4);
  {
    auto opened = create();
    ASSERT_TRUE(opened.has_value());
    EXPECT_TRUE(opened->contents.votes.empty());
    const auto vote = statement(samples::notarize(5));
    const std::vector<RecordView> records{
        {RecordType::body, block}, {RecordType::certificate, certificate}, {RecordType::vote, vote}};
    ASSERT_TRUE(opened->journal.append(records).has_value());
    ASSERT_TRUE(append_vote(opened->journal, samples::finalize(5)).has_value());
  }
  for (std::uint64_t boot = 2; boot < 4; ++boot) {
    const auto opened = reopen();
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(opened->contents.votes, (std::vector{statement(samples::notarize(5)), statement(samples::finalize(5))}));
    EXPECT_EQ(opened->contents.certificates, std::vector<ByteVector>{certificate});
    ASSERT_EQ(opened->contents.bodies.size(), 1U);
    EXPECT_TRUE(equal(opened->contents.bodies[0].view(), block));
    EXPECT_EQ(opened->contents.guard.view, View(5));
    EXPECT_EQ(opened->contents.guard, opened->journal.guard());
    EXPECT_EQ(opened->journal.boot_counter(), boot);
  }
}

TEST_F(VoteJournalTest, IsMadeOnlyWhenAskedToAndOnlyOnce) {
  EXPECT_EQ(refusal(), JournalErrc::missing);
  ASSERT_TRUE(create().has_value());
  EXPECT_EQ(create().error().code, JournalErrc::exists);
  options_.directory += "/nowhere";
  EXPECT_EQ(refusal(), JournalErrc::missing);
}

TEST_F(VoteJournalTest, IsNotMadeAnewForANodeThatHasVoted) {
  options_.chain_guard = {Epoch(0), View(1), 1};
  EXPECT_EQ(create().error().code, JournalErrc::behind_chain);
}

TEST_F(VoteJournalTest, IsHeldByOneProcessAtATime) {
  const auto opened = create();
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(refusal(), JournalErrc::locked);
}

TEST_F(VoteJournalTest, BelongsToOneNetworkKeyAndKeyFile) {
  ASSERT_TRUE(create().has_value());
  options_.identity.uuid.bytes[0] ^= 1;
  EXPECT_EQ(refusal(), JournalErrc::foreign_uuid);
  options_.identity.key.bytes[0] ^= 1;
  EXPECT_EQ(refusal(), JournalErrc::foreign_key);
  options_.identity.network_id.bytes[0] ^= 1;
  EXPECT_EQ(refusal(), JournalErrc::foreign_network);
}

TEST_F(VoteJournalTest, RefusesToStartBehindTheChainsCopyOfTheGuard) {
  {
    auto opened = create();
    ASSERT_TRUE(append_vote(opened->journal, samples::notarize(5)).has_value());
  }
  options_.chain_guard = {Epoch(3), View(5), 1};
  ASSERT_TRUE(reopen().has_value());
  options_.chain_guard = {Epoch(3), View(5), 2};
  EXPECT_EQ(refusal(), JournalErrc::behind_chain);
}

TEST_F(VoteJournalTest, ZeroesATornTailAndGoesOn) {
  {
    auto opened = create();
    ASSERT_TRUE(append_vote(opened->journal, samples::notarize(5)).has_value());
    ASSERT_TRUE(append_vote(opened->journal, samples::finalize(5)).has_value());
  }
  ByteVector bytes = get(0);
  const std::size_t end = read_segment(bytes)->end_offset;
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(end) - 100, 100, std::uint8_t{0});
  put(0, bytes);
  {
    auto opened = reopen();
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(opened->contents.votes, std::vector{statement(samples::notarize(5))});
    EXPECT_EQ(read_segment(get(0))->torn_bytes, 0U);
    ASSERT_TRUE(append_vote(opened->journal, samples::nullify(6, 0)).has_value());
  }
  EXPECT_EQ(reopen()->contents.votes, (std::vector{statement(samples::notarize(5)), statement(samples::nullify(6, 0))}));
}

TEST_F(VoteJournalTest, RefusesATornBatchInAnyButTheLastSegment) {
  const SegmentBuilder first = SegmentBuilder(0).snapshot().vote(samples::notarize(5));
  ByteVector torn = first.bytes(file_bytes);
  torn[first.end() + 8] = 1;
  format::Guard guard;
  guard.advance(samples::context(), samples::notarize(5));
  put(0, torn);
  put(1, SegmentBuilder(1, 2).snapshot(guard).bytes(file_bytes));
  EXPECT_EQ(refusal(), JournalErrc::corrupt);
}

TEST_F(VoteJournalTest, NamesASegmentThatIsMissing) {
  put(0, SegmentBuilder(0).snapshot().bytes(file_bytes));
  put(2, SegmentBuilder(2, 2).snapshot().bytes(file_bytes));
  EXPECT_EQ(refusal(), JournalErrc::gap);
}

TEST_F(VoteJournalTest, NamesABatchMissingBetweenSegments) {
  put(0, SegmentBuilder(0).snapshot().bytes(file_bytes));
  put(1, SegmentBuilder(1, 2).snapshot().bytes(file_bytes));
  EXPECT_EQ(refusal(), JournalErrc::gap);
}

TEST_F(VoteJournalTest, RefusesFilesItDidNotMake) {
  ASSERT_TRUE(create().has_value());
  std::ofstream(directory_.path() / "0000000000000001.seg.bak") << "moved aside";
  EXPECT_EQ(refusal(), JournalErrc::corrupt);
}

TEST_F(VoteJournalTest, RefusesASegmentThatWasCutOrRenamed) {
  put(0, SegmentBuilder(0).snapshot().vote(samples::notarize(5)).bytes());
  EXPECT_EQ(refusal(), JournalErrc::corrupt);
  put(0, {});
  EXPECT_EQ(refusal(), JournalErrc::corrupt);
  put(0, SegmentBuilder(7).snapshot().bytes(file_bytes));
  EXPECT_EQ(refusal(), JournalErrc::corrupt);
}

TEST_F(VoteJournalTest, ForgetsASegmentThatACrashLeftUnfinished) {
  ASSERT_TRUE(create().has_value());
  const fs::path unfinished = directory_.path() / "0000000000000001.new";
  std::ofstream(unfinished) << "half a segment";
  ASSERT_TRUE(reopen().has_value());
  EXPECT_FALSE(fs::exists(unfinished));
}

TEST_F(VoteJournalTest, DoesNotGrowWithRestartsThatDoNotVote) {
  {
    auto opened = create();
    ASSERT_TRUE(append_vote(opened->journal, samples::notarize(5)).has_value());
  }
  for (int restart = 0; restart < 5; ++restart) ASSERT_EQ(reopen()->journal.segment_count(), 2U);
  EXPECT_EQ(reopen()->contents.votes.size(), 1U);
}

TEST_F(VoteJournalTest, BeginsSegmentsWhenFullAndRemovesFinalOnes) {
  auto opened = create();
  ASSERT_TRUE(opened.has_value());
  VoteJournal& journal = opened->journal;
  for (std::uint64_t view = 1; view <= 10; ++view) {
    const ByteVector block = body(view, limits::block_bytes_default);
    const auto vote = statement(samples::notarize(view));
    const std::vector<RecordView> records{{RecordType::body, block}, {RecordType::vote, vote}};
    ASSERT_TRUE(journal.append(records).has_value());
  }
  EXPECT_EQ(journal.segment_count(), 4U);  // three blocks of 1 MiB each
  journal.set_floor({View(8), Height(7), {}});
  journal.set_floor({View(2), Height(1), {}});  // a lower one changes nothing
  EXPECT_EQ(journal.segment_count(), 4U);       // not before it is durable
  ASSERT_TRUE(append_vote(journal, samples::finalize(10)).has_value());
  EXPECT_EQ(journal.segment_count(), 2U);
  EXPECT_FALSE(fs::exists(file(0)));
  opened = reopen_after_closing(std::move(opened));
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->contents.floor.height, Height(7));
  EXPECT_EQ(opened->contents.votes.size(), 4U);   // views 8, 9, 10 and the FINALIZE
  EXPECT_EQ(opened->contents.bodies.size(), 3U);  // heights 8, 9, 10
}

TEST_F(VoteJournalTest, SplitsABatchThatIsLargerThanASegmentInOrder) {
  auto opened = create();
  std::vector<ByteVector> blocks;
  std::vector<RecordView> records;
  for (std::uint64_t height = 1; height <= 6; ++height) blocks.push_back(body(height, limits::block_bytes_default));
  for (const ByteVector& block : blocks) records.push_back({RecordType::body, block});
  const auto vote = statement(samples::notarize(5));
  records.push_back({RecordType::vote, vote});
  ASSERT_TRUE(opened->journal.append(records).has_value());
  opened = reopen_after_closing(std::move(opened));
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->contents.bodies.size(), 6U);
  EXPECT_EQ(opened->contents.votes.size(), 1U);
}

// ---- a disk that fails ----

int writes_until_failure = 0;
int syncs_until_failure = 0;

ssize_t failing_write(int fd, const void* bytes, std::size_t count, off_t offset) {
  if (--writes_until_failure < 0) {
    errno = ENOSPC;
    return -1;
  }
  return ::pwrite(fd, bytes, count, offset);
}
int failing_sync(int fd) {
  if (--syncs_until_failure < 0) {
    errno = EIO;
    return -1;
  }
  return ::fdatasync(fd);
}

class FailingDisk : public JournalTest {
 protected:
  void SetUp() override {
    JournalTest::SetUp();
    options_.io = {failing_write, failing_sync};
    writes_until_failure = syncs_until_failure = 1'000'000;
  }
};

TEST_F(FailingDisk, NamesAFullDiskWhenAJournalIsMade) {
  writes_until_failure = 2;
  const auto opened = create();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, JournalErrc::io);
  EXPECT_EQ(opened.error().os_error, ENOSPC);
  writes_until_failure = 1'000'000;
  EXPECT_TRUE(create().has_value());  // nothing was left that would count as a journal
}

TEST_F(FailingDisk, NeverWritesAgainAfterAFailedWrite) {
  auto opened = create();
  writes_until_failure = 0;
  EXPECT_EQ(append_vote(opened->journal, samples::notarize(5)).error().os_error, ENOSPC);
  writes_until_failure = 1'000'000;
  EXPECT_EQ(append_vote(opened->journal, samples::notarize(6)).error().os_error, ENOSPC);
}

TEST_F(FailingDisk, NeverSyncsAgainAfterAFailedSync) {
  auto opened = create();
  syncs_until_failure = 0;
  EXPECT_EQ(append_vote(opened->journal, samples::notarize(5)).error().os_error, EIO);
  syncs_until_failure = 1'000'000;
  const auto again = append_vote(opened->journal, samples::notarize(6));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, JournalErrc::io);
  EXPECT_EQ(syncs_until_failure, 1'000'000);
}

TEST_F(FailingDisk, SyncsOncePerBatch) {
  auto opened = create();
  const int before = syncs_until_failure;
  const int writes_before = writes_until_failure;
  ASSERT_TRUE(append_vote(opened->journal, samples::notarize(5)).has_value());
  EXPECT_EQ(syncs_until_failure, before - 1);
  EXPECT_EQ(writes_until_failure, writes_before - 1);
}

}  // namespace
}  // namespace provchain::crypto::journal_test
