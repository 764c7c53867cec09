// SPDX-License-Identifier: Apache-2.0
#include "engine/core/relay.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/core/effects_expect.hpp"
#include "tests/sim/fake_crypto.hpp"
#include "wire/messages.hpp"

namespace provchain::core {
namespace {

using wire::MessageKind;

class RelayTest : public ::testing::Test {
 protected:
  Now now() const { return {clock, {}}; }
  void advance(Duration span) {
    clock = clock + span;
    relay.on_tick(now(), fx);
  }
  void connect(std::uint64_t conn, std::optional<std::uint16_t> authority = {}) {
    roster.add(ConnId{conn});
    if (authority) roster.attest(ConnId{conn}, AuthorityIndex{*authority});
    relay.on_peer_ready(now(), ConnId{conn}, fx);
  }
  void lose(std::uint64_t conn) {
    roster.remove(ConnId{conn});
    relay.on_peer_gone(now(), ConnId{conn}, fx);
  }
  SharedBytes make(std::size_t payload_bytes = 64) {
    return sim::fake_transaction(genesis, {.salt = ++salt, .payload_bytes = payload_bytes});
  }
  TxId pool(const SharedBytes& bytes, std::optional<ConnId> from = {}) {
    const TxVerdict verdict = sim::fake_check(genesis, bytes.view(), {});
    EXPECT_FALSE(mempool.insert(verdict.tx, bytes, clock, Height{1}).reject);
    relay.on_pooled(now(), verdict.tx.id, from, fx);
    return verdict.tx.id;
  }
  // The ids asked from a connection since the last look.
  std::vector<TxId> asked(std::uint64_t conn) {
    std::vector<TxId> ids;
    for (const auto& message : sent_to(fx, ConnId{conn}, MessageKind::get_transactions)) {
      last_corr = message.corr;
      const auto list = wire::parse_get_transactions(message.payload.view());
      for (std::size_t i = 0; i < list->size(); ++i) ids.push_back((*list)[i]);
    }
    return ids;
  }
  std::vector<TxId> announced(std::uint64_t conn) {
    std::vector<TxId> ids;
    for (const auto& message : sent_to(fx, ConnId{conn}, MessageKind::tx_announce)) {
      const auto list = wire::parse_tx_announce(message.payload.view());
      for (std::size_t i = 0; i < list->size(); ++i) ids.push_back((*list)[i]);
    }
    return ids;
  }
  std::size_t pushed(std::uint64_t conn) { return sent_to(fx, ConnId{conn}, MessageKind::transactions).size(); }
  void announce(std::uint64_t conn, const std::vector<TxId>& ids) { relay.on_announce(now(), ConnId{conn}, ids, fx); }

  crypto::format::Genesis genesis = sim::fake_genesis(4);
  Counters counters;
  Roster roster;
  Mempool mempool{{}};
  Admission admission{genesis, mempool, counters};
  Relay relay{mempool, admission, roster, counters};
  MonoTime clock{1'000'000};
  Effects fx;
  std::uint64_t salt = 0;
  std::uint32_t last_corr = 0;
};

TEST_F(RelayTest, AnnouncesAfterTwentyMillisecondsToThoseWhoDoNotKnow) {
  connect(1);
  connect(2);
  const TxId id = pool(make(), ConnId{1});
  EXPECT_TRUE(announced(2).empty());
  advance(Duration::millis(20));
  EXPECT_EQ(announced(2), std::vector{id});
  EXPECT_TRUE(announced(1).empty());
  fx.clear();
  advance(Duration::millis(20));
  EXPECT_TRUE(fx.empty());
}

TEST_F(RelayTest, AnnouncesAtOnceWhenSixtyFourWait) {
  connect(2);
  for (int i = 0; i < 64; ++i) pool(make(), ConnId{1});
  EXPECT_EQ(announced(2).size(), 64U);
  EXPECT_EQ(counters.value(Counter::transactions_announced), 64U);
}

TEST_F(RelayTest, ANewPeerIsToldAtOnceWhatIsPooled) {
  const TxId id = pool(make());
  advance(Duration::millis(20));
  connect(1);
  EXPECT_EQ(announced(1), std::vector{id});
}

TEST_F(RelayTest, PushesASmallSubmissionToAuthoritiesOnly) {
  connect(1);
  connect(2, 0);
  pool(make());
  EXPECT_EQ(pushed(2), 1U);
  EXPECT_EQ(pushed(1), 0U);
  pool(make(17'000));
  pool(make(), ConnId{1});  // a peer's, not ours
  EXPECT_EQ(pushed(2), 1U);
  fx.clear();
  advance(Duration::millis(20));
  EXPECT_EQ(announced(2).size(), 2U);
}

TEST_F(RelayTest, PullsWhatIsAnnouncedOnceAtATime) {
  connect(1);
  connect(2);
  const TxId id = sim::fake_id(make());
  announce(1, {id});
  EXPECT_EQ(asked(1), std::vector{id});
  announce(2, {id});
  announce(1, {id});
  EXPECT_TRUE(asked(2).empty());
  EXPECT_EQ(asked(1).size(), 1U);
  EXPECT_EQ(counters.value(Counter::transactions_requested), 1U);
}

TEST_F(RelayTest, AsksAnotherAfterTwoSecondsAndNeverTheSameTwice) {
  connect(1);
  connect(2);
  const TxId id = sim::fake_id(make());
  announce(1, {id});
  announce(2, {id});
  fx.clear();
  EXPECT_EQ(relay.next_deadline(), clock + Duration::seconds(2));
  advance(Duration::seconds(2));
  EXPECT_EQ(asked(2), std::vector{id});
  EXPECT_TRUE(asked(1).empty());
  EXPECT_EQ(counters.value(Counter::transaction_requests_timed_out), 1U);
  announce(1, {id});
  EXPECT_TRUE(asked(1).empty());
  fx.clear();
  advance(Duration::seconds(2));  // nobody is left; a later announcement starts afresh
  EXPECT_TRUE(fx.empty());
  announce(1, {id});
  EXPECT_EQ(asked(1), std::vector{id});
}

TEST_F(RelayTest, ARefusalOrALostConnectionMovesOnAtOnce) {
  connect(1);
  connect(2);
  connect(3);
  const TxId id = sim::fake_id(make());
  for (const std::uint64_t conn : {1U, 2U, 3U}) announce(conn, {id});
  asked(1);
  relay.on_refused(now(), ConnId{1}, last_corr, fx);
  EXPECT_EQ(asked(2), std::vector{id});
  lose(2);
  EXPECT_EQ(asked(3), std::vector{id});
}

TEST_F(RelayTest, ARefusalByAnotherThanTheOneAskedIsNothing) {
  connect(1);
  connect(2);
  const TxId id = sim::fake_id(make());
  announce(1, {id});
  announce(2, {id});
  asked(1);
  relay.on_refused(now(), ConnId{2}, last_corr, fx);
  EXPECT_TRUE(asked(2).empty());
}

TEST_F(RelayTest, DoesNotAskForWhatIsSettled) {
  connect(1);
  const TxId id = pool(make());
  fx.clear();
  announce(1, {id});
  EXPECT_TRUE(fx.empty());
  advance(Duration::millis(20));
  EXPECT_TRUE(announced(1).empty());  // the peer has it: it said so
}

TEST_F(RelayTest, WhatHasArrivedIsNotAskedForAgain) {
  connect(1);
  connect(2);
  const SharedBytes bytes = make();
  const TxId id = sim::fake_id(bytes);
  announce(1, {id});
  announce(2, {id});
  relay.on_received(ConnId{1}, id);
  pool(bytes, ConnId{1});
  fx.clear();
  advance(Duration::seconds(3));
  EXPECT_TRUE(asked(2).empty());
  EXPECT_TRUE(announced(2).empty());
}

TEST_F(RelayTest, ServesWhatItHasAndSaysWhenItHasNothing) {
  connect(1);
  const SharedBytes bytes = make();
  const TxId id = pool(bytes);
  fx.clear();
  relay.on_get(now(), ConnId{1}, 9, std::vector{id, TxId{}}, fx);
  const auto answers = sent_to(fx, ConnId{1}, MessageKind::transactions);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].corr, 9U);
  EXPECT_TRUE(equal(answers[0].payload.view(), bytes.view()));
  relay.on_get(now(), ConnId{1}, 10, std::vector{TxId{}}, fx);
  EXPECT_EQ(sent_to(fx, ConnId{1}, MessageKind::error).size(), 1U);
  EXPECT_EQ(counters.value(Counter::requests_refused), 1U);
}

// A request of 9 KiB must not make this node copy 64 MiB.
TEST_F(RelayTest, AnswersWithOneMessageOfWhatFits) {
  connect(1);
  std::vector<TxId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(pool(make(400'000)));
  fx.clear();
  relay.on_get(now(), ConnId{1}, 9, ids, fx);
  const auto answers = sent_to(fx, ConnId{1}, MessageKind::transactions);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_LE(answers[0].payload.size(), wire::transactions_bytes_max);
  EXPECT_EQ(wire::parse_transactions(answers[0].payload.view(), 1'048'576)->size(), 2U);
  fx.clear();
  advance(Duration::millis(20));
  EXPECT_EQ(announced(1).size(), 3U);  // what was not sent is still news to it
}

TEST_F(RelayTest, OneTransactionIsSentWithoutACopy) {
  connect(1);
  connect(2, 0);
  const SharedBytes bytes = make(1'000);
  const TxId id = pool(bytes);
  relay.on_get(now(), ConnId{1}, 9, std::vector{id}, fx);
  EXPECT_EQ(sent_to(fx, ConnId{1}, MessageKind::transactions)[0].payload.view().data(), bytes.view().data());
  EXPECT_EQ(sent_to(fx, ConnId{2}, MessageKind::transactions)[0].payload.view().data(), bytes.view().data());
}

TEST_F(RelayTest, AsksTheSamePeerAgainForWhatItsAnswerDidNotHold) {
  connect(1);
  connect(2);
  std::vector<TxId> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(sim::fake_id(make()));
  std::ranges::sort(ids);
  announce(1, ids);
  announce(2, ids);
  ASSERT_EQ(asked(1), ids);
  const std::uint32_t first_corr = last_corr;
  fx.clear();
  relay.on_received(ConnId{1}, ids[0]);
  relay.on_answered(now(), ConnId{1}, first_corr, fx);
  EXPECT_EQ(asked(1), (std::vector{ids[1], ids[2]}));
  EXPECT_NE(last_corr, first_corr);
  EXPECT_TRUE(asked(2).empty());
  fx.clear();
  relay.on_answered(now(), ConnId{1}, first_corr, fx);  // that request is settled
  EXPECT_TRUE(fx.empty());
  relay.on_refused(now(), ConnId{1}, last_corr, fx);  // it has no more of them: the other's turn
  EXPECT_EQ(asked(2), (std::vector{ids[1], ids[2]}));
  EXPECT_TRUE(asked(1).empty());
}

TEST_F(RelayTest, AnAnswerWithNothingOfWhatWasAskedIsARefusal) {
  connect(1);
  connect(2);
  const TxId id = sim::fake_id(make());
  announce(1, {id});
  announce(2, {id});
  asked(1);
  fx.clear();
  relay.on_received(ConnId{1}, sim::fake_id(make()));
  relay.on_answered(now(), ConnId{1}, last_corr, fx);
  EXPECT_TRUE(asked(1).empty());
  EXPECT_EQ(asked(2), std::vector{id});
}

TEST_F(RelayTest, ACompleteAnswerLeavesNothingToWaitFor) {
  connect(1);
  const TxId id = sim::fake_id(make());
  announce(1, {id});
  asked(1);
  fx.clear();
  relay.on_received(ConnId{1}, id);
  relay.on_answered(now(), ConnId{1}, last_corr, fx);
  EXPECT_TRUE(fx.empty());
  EXPECT_EQ(relay.next_deadline(), kNever);
}

TEST_F(RelayTest, PushesTheLeaderNoMoreThanOneMessageHolds) {
  connect(3, 1);
  for (int i = 0; i < 300; ++i) pool(make(1), ConnId{1});
  advance(Duration::millis(20));
  fx.clear();
  relay.reannounce(now(), clock, ConnId{3}, fx);
  const auto pushes = sent_to(fx, ConnId{3}, MessageKind::transactions);
  ASSERT_EQ(pushes.size(), 1U);
  EXPECT_EQ(wire::parse_transactions(pushes[0].payload.view(), 1'048'576)->size(), 256U);
}

TEST_F(RelayTest, AnnouncesTheLongWaitingAgainAndPushesThemToTheLeader) {
  connect(1);
  connect(2, 0);
  connect(3, 1);
  const TxId id = pool(make());
  advance(Duration::millis(20));
  fx.clear();
  relay.reannounce(now(), clock, ConnId{3}, fx);
  EXPECT_EQ(announced(2), std::vector{id});
  EXPECT_EQ(announced(3), std::vector{id});
  EXPECT_TRUE(announced(1).empty());
  EXPECT_EQ(pushed(3), 1U);
  EXPECT_EQ(pushed(2), 0U);
}

TEST_F(RelayTest, BoundsWhatOnePeerMayAnnounce) {
  connect(1);
  std::vector<TxId> ids;
  for (std::uint64_t i = 0; i < 6'000; ++i) ids.push_back(TxId{sim::fake_key("id", i).bytes});
  announce(1, ids);
  EXPECT_EQ(asked(1).size(), 1'024U);
  lose(1);
  EXPECT_EQ(relay.next_deadline(), kNever);
}

}  // namespace
}  // namespace provchain::core
