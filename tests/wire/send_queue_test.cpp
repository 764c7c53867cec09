// SPDX-License-Identifier: Apache-2.0
#include "wire/send_queue.hpp"

#include <map>
#include <random>

#include "tests/wire/support.hpp"
#include "wire/messages.hpp"
#include "wire/record.hpp"

namespace provchain::wire {
namespace {

using namespace test;

constexpr MonoTime kStart{1'000'000};

OutMessage vote(std::uint64_t key = 0, std::uint64_t rank = 0) {
  OutMessage message = one_way(MessageKind::vote, SharedBytes::of_size(131));
  message.supersede_key = key;
  message.supersede_rank = rank;
  return message;
}
OutMessage proposal(std::size_t bytes) { return one_way(MessageKind::proposal, SharedBytes::of_size(bytes)); }
OutMessage gossip(std::size_t bytes, std::uint32_t corr = 0) {
  return request(MessageKind::get_transactions, corr, SharedBytes::of_size(bytes));
}
OutMessage bulk(std::size_t bytes) { return answer(MessageKind::batch, 1, SharedBytes::of_size(bytes)); }

MessageClass send_one(SendQueue& queue) {
  const auto pick = queue.pick();
  EXPECT_TRUE(pick);
  queue.sent();
  return pick->message_class;
}

TEST(SendQueue, IsEmptyWhenNothingIsQueued) {
  SendQueue queue(send_limits(false));
  EXPECT_FALSE(queue.pick());
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.deadline(), kNever);
}

TEST(SendQueue, SendsVotesBetweenTheRecordsOfAProposal) {
  SendQueue queue(send_limits(false));
  EXPECT_EQ(queue.enqueue(proposal(50'000), kStart), Queued::queued);
  EXPECT_EQ(send_one(queue), MessageClass::proposal);
  EXPECT_EQ(queue.enqueue(vote(), kStart), Queued::queued);
  EXPECT_EQ(send_one(queue), MessageClass::consensus);
  EXPECT_EQ(queue.pick()->offset, record::sent_payload_bytes_max);
  while (queue.pick()) queue.sent();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(MessageClass::proposal), 0U);
}

TEST(SendQueue, GivesTheSamePickUntilItIsSent) {
  SendQueue queue(send_limits(false));
  ASSERT_EQ(queue.enqueue(gossip(100), kStart), Queued::queued);
  ASSERT_EQ(queue.enqueue(bulk(100), kStart), Queued::queued);
  EXPECT_EQ(queue.pick()->message_class, queue.pick()->message_class);
  EXPECT_EQ(queue.pick()->message, queue.pick()->message);
}

TEST(SendQueue, SharesTheLineEightToTwoToFour) {
  SendQueue queue(send_limits(false));
  for (int i = 0; i < 14; ++i) ASSERT_EQ(queue.enqueue(proposal(1'000'000), kStart), Queued::queued);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(queue.enqueue(gossip(16'352), kStart), Queued::queued);
  for (int i = 0; i < 7; ++i) ASSERT_EQ(queue.enqueue(bulk(1'000'000), kStart), Queued::queued);
  std::map<MessageClass, int> records;
  for (int i = 0; i < 14 * 20; ++i) ++records[send_one(queue)];
  EXPECT_NEAR(records[MessageClass::proposal], 160, 2);  // the last record of a message is shorter than the quantum
  EXPECT_NEAR(records[MessageClass::gossip], 40, 2);
  EXPECT_NEAR(records[MessageClass::bulk], 80, 2);
}

TEST(SendQueue, GivesTheWholeLineToTheOnlyClassThatWantsIt) {
  SendQueue queue(send_limits(false));
  ASSERT_EQ(queue.enqueue(bulk(1'000'000), kStart), Queued::queued);
  int records = 0;
  for (; queue.pick(); ++records) queue.sent();
  EXPECT_EQ(records, 62);
}

TEST(SendQueue, DropsWhatANewerMessageSupersedes) {
  SendQueue queue(send_limits(false));
  ASSERT_EQ(queue.enqueue(vote(7, 1), kStart), Queued::queued);
  ASSERT_EQ(queue.enqueue(vote(8, 1), kStart), Queued::queued);
  ASSERT_EQ(queue.enqueue(vote(0, 0), kStart), Queued::queued);
  ASSERT_EQ(queue.enqueue(vote(7, 2), kStart), Queued::queued);
  EXPECT_EQ(queue.items(MessageClass::consensus), 3U);
  EXPECT_EQ(queue.superseded(), 1U);
  ASSERT_EQ(queue.enqueue(vote(7, 2), kStart), Queued::queued);  // an equal rank is not older
  EXPECT_EQ(queue.items(MessageClass::consensus), 4U);
}

TEST(SendQueue, NeverDropsAMessageThatHasBegun) {
  SendQueue queue(send_limits(false));
  OutMessage first = proposal(50'000);
  first.supersede_key = 1;
  OutMessage second = proposal(60'000);
  second.supersede_key = 1;
  second.supersede_rank = 1;
  ASSERT_EQ(queue.enqueue(first, kStart), Queued::queued);
  ASSERT_EQ(send_one(queue), MessageClass::proposal);
  ASSERT_EQ(queue.enqueue(second, kStart), Queued::queued);
  EXPECT_EQ(queue.items(MessageClass::proposal), 2U);
  EXPECT_EQ(queue.pick()->message->payload.size(), 50'000U);
}

TEST(SendQueue, DropsTheOldestGossipByBytesAndByCount) {
  SendLimits limits = send_limits(false);
  limits.gossip_items_max = 3;
  SendQueue queue(limits);
  for (std::uint32_t i = 1; i <= 3; ++i) ASSERT_EQ(queue.enqueue(gossip(10, i), kStart), Queued::queued);
  EXPECT_EQ(queue.enqueue(gossip(10, 4), kStart), Queued::dropped_older);
  EXPECT_EQ(queue.pick()->message->corr, 2U);
  EXPECT_EQ(queue.dropped(MessageClass::gossip), 1U);
  SendQueue by_bytes(send_limits(false));
  ASSERT_EQ(by_bytes.enqueue(gossip(1'500'000, 1), kStart), Queued::queued);
  EXPECT_EQ(by_bytes.enqueue(gossip(1'500'000, 2), kStart), Queued::dropped_older);
  EXPECT_EQ(by_bytes.pick()->message->corr, 2U);
}

TEST(SendQueue, RefusesBulkWhenFull) {
  SendQueue queue(send_limits(false));
  ASSERT_EQ(queue.enqueue(bulk(4'000'000), kStart), Queued::queued);
  ASSERT_EQ(queue.enqueue(bulk(4'000'000), kStart), Queued::queued);
  EXPECT_EQ(queue.enqueue(bulk(4'000'000), kStart), Queued::refused);
  EXPECT_EQ(queue.items(MessageClass::bulk), 2U);
}

TEST(SendQueue, CallsAPeerSlowWhoseVotesPileUp) {
  SendQueue queue(send_limits(false));
  Queued last = Queued::queued;
  std::size_t queued = 0;
  while ((last = queue.enqueue(vote(), kStart)) == Queued::queued) ++queued;
  EXPECT_EQ(last, Queued::slow_peer);
  EXPECT_EQ(queued, 4U * 1'048'576 / (record::bytes_around(131) + SendQueue::item_overhead_bytes));
}

TEST(SendQueue, CallsAPeerSlowWhoseFirstVoteWaitsFiveSeconds) {
  SendQueue queue(send_limits(false));
  ASSERT_EQ(queue.enqueue(vote(), kStart), Queued::queued);
  ASSERT_EQ(queue.enqueue(vote(), kStart + Duration::seconds(3)), Queued::queued);
  EXPECT_FALSE(queue.is_slow(kStart + Duration::millis(4'999)));
  EXPECT_TRUE(queue.is_slow(kStart + Duration::seconds(5)));
  ASSERT_TRUE(queue.pick());
  queue.sent();
  EXPECT_FALSE(queue.is_slow(kStart + Duration::seconds(5)));
  EXPECT_EQ(queue.deadline(), kStart + Duration::seconds(8));
}

TEST(SendQueue, TakesOneMessageLargerThanItsCapAndThenDropsOlderProposals) {
  SendLimits limits = send_limits(false);
  limits.bytes_max[1] = 100'000;
  SendQueue queue(limits);
  EXPECT_EQ(queue.enqueue(proposal(200'000), kStart), Queued::queued);
  EXPECT_EQ(queue.enqueue(proposal(50'000), kStart), Queued::dropped_older);
  EXPECT_EQ(queue.items(MessageClass::proposal), 1U);
}

TEST(SendQueue, GivesAuthoritiesMoreRoomForVotesAndProposals) {
  EXPECT_EQ(send_limits(true).bytes_max[0], 4 * send_limits(false).bytes_max[0]);
  EXPECT_EQ(send_limits(true).bytes_max[3], send_limits(false).bytes_max[3]);
}

// Whatever comes in, nothing is lost but what was counted, order within a class holds, and bytes stay within the caps.
TEST(SendQueue, KeepsItsBooksUnderARandomLoad) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    SendQueue queue(send_limits(false));
    std::array<std::uint64_t, class_count> in{};
    std::array<std::uint64_t, class_count> out{};
    std::array<std::uint32_t, class_count> last_corr{};
    std::uint32_t corr = 0;
    for (int step = 0; step < 3'000; ++step) {
      if (random() % 3 == 0) {
        const std::size_t size = 1 + random() % 60'000;
        const std::array<OutMessage, 4> choices{vote(random() % 3, random() % 5), proposal(size), gossip(size), bulk(size)};
        OutMessage message = choices[random() % 4];
        message.corr = ++corr;
        const auto index = static_cast<std::size_t>(message.kind == MessageKind::vote       ? MessageClass::consensus
                                                    : message.kind == MessageKind::proposal ? MessageClass::proposal
                                                    : message.kind == MessageKind::batch    ? MessageClass::bulk
                                                                                            : MessageClass::gossip);
        const Queued answer = queue.enqueue(std::move(message), kStart);
        if (answer == Queued::queued || answer == Queued::dropped_older) ++in[index];
        ASSERT_LE(queue.bytes(static_cast<MessageClass>(index)), send_limits(false).bytes_max[index]);
      } else if (const auto pick = queue.pick()) {
        const auto index = static_cast<std::size_t>(pick->message_class);
        if (pick->offset == 0) {
          ASSERT_GT(pick->message->corr, last_corr[index]);
        }
        last_corr[index] = pick->message->corr;
        if (pick->offset + pick->payload_bytes == pick->message->payload.size()) ++out[index];
        queue.sent();
      }
    }
    std::uint64_t lost = queue.superseded();
    std::uint64_t balance = 0;
    for (std::size_t i = 0; i < class_count; ++i) {
      lost += queue.dropped(static_cast<MessageClass>(i));
      balance += in[i] - out[i] - queue.items(static_cast<MessageClass>(i));
    }
    ASSERT_EQ(balance, lost) << "seed " << seed;
  }
}

}  // namespace
}  // namespace provchain::wire
