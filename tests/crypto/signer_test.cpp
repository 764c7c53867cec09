// SPDX-License-Identifier: Apache-2.0
#include "crypto/signer.hpp"

#include <atomic>
#include <cerrno>
#include <latch>

#include "tests/crypto/journal_fixture.hpp"

namespace provchain::crypto::journal_test {
namespace {

std::atomic<int> sync_count = 0;
std::atomic<bool> disk_fails = false;

int counted_sync(int fd) {
  sync_count.fetch_add(1);
  if (disk_fails.load()) {
    errno = EIO;
    return -1;
  }
  return ::fdatasync(fd);
}

// Collects what the signer thread says.
class Listener {
 public:
  SignerCallbacks callbacks() {
    return {[this](std::span<const VoteAnswer> answers) { take(answers); }, [this](const JournalError& error) { fail(error); }};
  }
  // The answers up to now, once there are `count` of them.
  std::vector<VoteAnswer> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return answers_.size() >= count; });
    return answers_;
  }
  // Holds the signer thread in its next callback until the guard is released.
  std::unique_lock<std::mutex> hold() { return std::unique_lock(gate_); }
  std::vector<std::size_t> turns() {
    const std::lock_guard lock(mutex_);
    return turns_;
  }
  std::vector<JournalError> failures() {
    const std::lock_guard lock(mutex_);
    return failures_;
  }
  std::atomic<int> calls = 0;

 private:
  void take(std::span<const VoteAnswer> answers) {
    calls.fetch_add(1);
    calls.notify_all();
    const std::lock_guard gate(gate_);
    const std::lock_guard lock(mutex_);
    answers_.insert(answers_.end(), answers.begin(), answers.end());
    turns_.push_back(answers.size());
    changed_.notify_all();
  }
  void fail(const JournalError& error) {
    const std::lock_guard lock(mutex_);
    failures_.push_back(error);
  }

  std::mutex gate_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<VoteAnswer> answers_;
  std::vector<std::size_t> turns_;
  std::vector<JournalError> failures_;
};

class SignerTest : public JournalTest {
 protected:
  void SetUp() override {
    JournalTest::SetUp();
    sync_count = 0;
    disk_fails = false;
    signer_options_.journal = options_;
    signer_options_.journal.create = true;
    signer_options_.journal.io.sync_data = counted_sync;
    signer_options_.node_id = samples::filled<NodeId>(0x33);
    signer_options_.attestation_not_after = Height(1000);
  }
  Signer& start() {
    signer_.reset();
    auto started = Signer::start(samples::key_pair(1), signer_options_, listener_.callbacks());
    EXPECT_TRUE(started.has_value());
    signer_ = std::move(started->signer);
    recovered_ = std::move(started->recovered);
    signer_options_.journal.create = false;
    return *signer_;
  }
  static VoteRequest request(std::uint64_t ticket, const format::Ballot& ballot) {
    return {Ticket(ticket), samples::context(), ballot, {}, {}};
  }
  static bool is_good(const VoteAnswer& answer) {
    return answer.signature && verify(samples::key_pair(1).public_key, statement(answer.ballot), *answer.signature);
  }

  Listener listener_;
  SignerOptions signer_options_;
  std::unique_ptr<Signer> signer_;
  SignerRecovered recovered_;
};

TEST_F(SignerTest, GivesBackAfterARestartWhatItSigned) {
  const ByteVector block = body(41);
  const ByteVector certificate = encode_certificate(samples::certificate(format::VoteKind::notarize, 4), 4);
  Signer& signer = start();
  EXPECT_TRUE(recovered_.votes.empty());
  EXPECT_TRUE(verify_attestation(samples::key_pair(1).public_key, samples::context().network_id, signer_options_.node_id,
                                 Height(1000), recovered_.attestation));
  VoteRequest first = request(1, samples::notarize(5));
  first.bodies.push_back(SharedBytes::copy_of(block));
  first.certificates.push_back(certificate);
  ASSERT_TRUE(signer.submit(std::move(first)));
  ASSERT_TRUE(signer.submit(request(2, samples::finalize(5))));
  const auto answers = listener_.wait_for(2);
  EXPECT_EQ(answers[0].ticket, Ticket(1));
  EXPECT_EQ(answers[1].ticket, Ticket(2));
  EXPECT_TRUE(is_good(answers[0]) && is_good(answers[1]));

  start();
  ASSERT_EQ(recovered_.votes.size(), 2U);
  EXPECT_EQ(recovered_.votes[0].signature, *answers[0].signature);
  EXPECT_EQ(recovered_.votes[1].statement.ballot, samples::finalize(5));
  EXPECT_EQ(recovered_.votes[1].signature, *answers[1].signature);
  EXPECT_EQ(recovered_.certificates, std::vector<ByteVector>{certificate});
  ASSERT_EQ(recovered_.bodies.size(), 1U);
  EXPECT_TRUE(equal(recovered_.bodies[0].view(), block));
  EXPECT_EQ(recovered_.guard.highest_finalized, View(5));
}

TEST_F(SignerTest, TakesAllWaitingVotesUnderOneSyncAndOnlyOneOfTwoThatConflict) {
  Signer& signer = start();
  {
    const auto gate = listener_.hold();
    ASSERT_TRUE(signer.submit(request(1, samples::notarize(4))));
    listener_.calls.wait(0);  // the first turn stands in its callback
    sync_count = 0;
    format::Ballot conflicting = samples::notarize(5);
    conflicting.block_id = samples::filled<BlockId>(0x22);
    ASSERT_TRUE(signer.submit(request(2, samples::notarize(5))));
    ASSERT_TRUE(signer.submit(request(3, conflicting)));
    ASSERT_TRUE(signer.submit(request(4, samples::finalize(5))));
    ASSERT_TRUE(signer.submit(request(5, samples::finalize(5))));
  }
  const auto answers = listener_.wait_for(5);
  EXPECT_EQ(listener_.turns(), (std::vector<std::size_t>{1, 4}));
  EXPECT_EQ(sync_count.load(), 1);
  EXPECT_TRUE(is_good(answers[1]));
  EXPECT_EQ(answers[2].signature.error(), SignErrc::refused_by_guard);
  EXPECT_TRUE(is_good(answers[3]));
  EXPECT_EQ(*answers[4].signature, *answers[3].signature);  // the very same statement again
  start();
  EXPECT_EQ(recovered_.votes.size(), 3U);
}

TEST_F(SignerTest, RefusesWithAFullQueueAndTakesTheRequestLater) {
  signer_options_.queue_requests_max = 2;
  Signer& signer = start();
  VoteRequest kept = request(4, samples::notarize(7));
  {
    const auto gate = listener_.hold();
    ASSERT_TRUE(signer.submit(request(1, samples::notarize(4))));
    listener_.calls.wait(0);
    ASSERT_TRUE(signer.submit(request(2, samples::notarize(5))));
    ASSERT_TRUE(signer.submit(request(3, samples::notarize(6))));
    EXPECT_FALSE(signer.submit(std::move(kept)));
  }
  listener_.wait_for(3);
  ASSERT_TRUE(signer.submit(std::move(kept)));
  EXPECT_TRUE(is_good(listener_.wait_for(4)[3]));
}

TEST_F(SignerTest, SignsNothingAfterTheDiskFailed) {
  Signer& signer = start();
  disk_fails = true;
  ASSERT_TRUE(signer.submit(request(1, samples::notarize(5))));
  EXPECT_EQ(listener_.wait_for(1)[0].signature.error(), SignErrc::journal_failed);
  disk_fails = false;
  ASSERT_TRUE(signer.submit(request(2, samples::notarize(5))));  // a repetition
  ASSERT_TRUE(signer.submit(request(3, samples::notarize(6))));
  const auto answers = listener_.wait_for(3);
  EXPECT_EQ(answers[1].signature.error(), SignErrc::journal_failed);
  EXPECT_EQ(answers[2].signature.error(), SignErrc::journal_failed);
  signer.stop();
  ASSERT_EQ(listener_.failures().size(), 1U);
  EXPECT_EQ(listener_.failures()[0].os_error, EIO);
}

TEST_F(SignerTest, RefusesOtherNetworksAndIllFormedBallots) {
  Signer& signer = start();
  VoteRequest foreign = request(1, samples::notarize(5));
  foreign.context.network_id.bytes[0] ^= 1;
  ASSERT_TRUE(signer.submit(std::move(foreign)));
  ASSERT_TRUE(signer.submit(request(2, samples::nullify(5, 5))));
  const auto answers = listener_.wait_for(2);
  EXPECT_EQ(answers[0].signature.error(), SignErrc::wrong_network);
  EXPECT_EQ(answers[1].signature.error(), SignErrc::not_a_statement);
}

TEST_F(SignerTest, AdvancesTheFloorWithTheNextVote) {
  Signer& signer = start();
  ASSERT_TRUE(signer.submit(request(1, samples::notarize(5))));
  listener_.wait_for(1);
  signer.set_floor({View(6), Height(41), samples::filled<BlockId>(0x21)});
  ASSERT_TRUE(signer.submit(request(2, samples::notarize(6))));
  listener_.wait_for(2);
  start();
  EXPECT_EQ(recovered_.floor.height, Height(41));
  ASSERT_EQ(recovered_.votes.size(), 1U);
  EXPECT_EQ(recovered_.votes[0].statement.ballot, samples::notarize(6));
}

TEST_F(SignerTest, AnswersWhatItTookBeforeItStops) {
  Signer& signer = start();
  for (std::uint64_t view = 1; view <= 20; ++view) ASSERT_TRUE(signer.submit(request(view, samples::notarize(view))));
  signer.stop();
  EXPECT_EQ(listener_.wait_for(20).size(), 20U);
  EXPECT_FALSE(signer.submit(request(21, samples::notarize(21))));
}

TEST_F(SignerTest, SaysWhyItCannotStart) {
  signer_options_.journal.create = false;
  const auto started = Signer::start(samples::key_pair(1), signer_options_, listener_.callbacks());
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, JournalErrc::missing);
}

TEST_F(SignerTest, DoesNotUseTheJournalOfAnotherKey) {
  start();
  signer_.reset();
  const auto started = Signer::start(samples::key_pair(2), signer_options_, listener_.callbacks());
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, JournalErrc::foreign_key);
}

TEST(SignErrc, HasAName) { EXPECT_EQ(to_string(SignErrc::journal_failed), "journal_failed"); }

}  // namespace
}  // namespace provchain::crypto::journal_test
