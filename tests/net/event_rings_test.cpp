// SPDX-License-Identifier: Apache-2.0
#include "engine/net/event_rings.hpp"

#include <gtest/gtest.h>

#include <string>

namespace provchain::net {
namespace {

using wire::MessageClass;
using wire::MessageKind;

// Both sides of the rings on one thread, in whatever order a case wants.
class EventRingsTest : public testing::Test {
 protected:
  static constexpr std::size_t kSlots = 8;

  EventRings::Delivery deliver(std::uint64_t conn, MessageKind kind, MessageClass message_class, std::size_t bytes = 1) {
    wire::InMessage message;
    message.kind = kind;
    message.payload = SharedBytes::of_size(bytes);
    return rings_.deliver(ConnId(conn), message_class, message);
  }
  EventRings::Delivery vote(std::uint64_t conn) { return deliver(conn, MessageKind::vote, MessageClass::consensus); }
  EventRings::Delivery proposal(std::uint64_t conn, std::size_t bytes = 1) {
    return deliver(conn, MessageKind::proposal, MessageClass::proposal, bytes);
  }
  EventRings::Delivery gossip(std::uint64_t conn) { return deliver(conn, MessageKind::tx_announce, MessageClass::gossip); }
  EventRings::Delivery batch(std::uint64_t conn) { return deliver(conn, MessageKind::batch, MessageClass::bulk); }
  void connect(std::uint64_t conn) { rings_.post(RingEvent{.event = Connected{.conn = ConnId(conn)}}); }
  void close(std::uint64_t conn) { rings_.post(RingEvent{.event = Closed{ConnId(conn), CloseReason::requested}}); }

  // The next event of a group as text: +1 connected, -1 closed, and the kind's name with the connection for a message; empty:
  // none.
  std::string poll(std::size_t group) {
    RingEvent out;
    if (!rings_.poll(group, out)) return "";
    if (const auto* connected = std::get_if<Connected>(&out.event)) return "+" + std::to_string(connected->conn.value());
    if (const auto* closed = std::get_if<Closed>(&out.event)) return "-" + std::to_string(closed->conn.value());
    const auto& message = std::get<Message>(out.event);
    return std::string(to_string(message.message.kind)) + std::to_string(message.conn.value());
  }
  // All events, groups by priority, as the Network polls them.
  std::string poll_all() {
    std::string all;
    for (std::size_t group = 0; group < EventRings::kGroups;) {
      const std::string next = poll(group);
      if (next.empty()) {
        ++group;
        continue;
      }
      all += next + ' ';
      group = 0;
    }
    return all;
  }

  // Lives longest: closed handles need one more turn of the loop.
  struct Loop {
    Loop() { uv_loop_init(&loop); }
    ~Loop() {
      uv_run(&loop, UV_RUN_DEFAULT);
      EXPECT_EQ(uv_loop_close(&loop), 0);
    }
    uv_loop_t loop{};
  };

  Loop loop_;
  Notifier notifier_;
  Waker waker_{&loop_.loop};
  EventRings rings_{kSlots, notifier_, waker_};
};

constexpr auto kDelivered = EventRings::Delivery::delivered;
constexpr auto kDropped = EventRings::Delivery::dropped;
constexpr auto kNoRoom = EventRings::Delivery::no_room;

TEST_F(EventRingsTest, VotesOvertakeProposalsAndThoseOvertakeTheRest) {
  connect(1);
  EXPECT_EQ(gossip(1), kDelivered);
  EXPECT_EQ(proposal(1), kDelivered);
  EXPECT_EQ(vote(1), kDelivered);
  EXPECT_EQ(poll_all(), "+1 vote1 proposal1 tx_announce1 ");
}

TEST_F(EventRingsTest, ConnectedComesBeforeAMessageOfAnotherRing) {
  connect(1);
  EXPECT_EQ(proposal(1), kDelivered);
  EXPECT_EQ(poll(1), "+1");
  EXPECT_EQ(poll(1), "proposal1");
}

TEST_F(EventRingsTest, ClosedComesAfterTheMessagesOfEveryRing) {
  connect(1);
  EXPECT_EQ(proposal(1), kDelivered);
  EXPECT_EQ(batch(1), kDelivered);
  close(1);
  connect(2);
  EXPECT_EQ(proposal(2), kDelivered);
  EXPECT_EQ(poll_all(), "+1 proposal1 batch1 -1 +2 proposal2 ");
}

TEST_F(EventRingsTest, DropsGossipAndKeepsAQuarterForAnswers) {
  for (int i = 0; i < 6; ++i) EXPECT_EQ(gossip(1), kDelivered);
  EXPECT_EQ(gossip(1), kDropped);
  EXPECT_EQ(batch(1), kDelivered);
  EXPECT_EQ(batch(1), kDelivered);
  EXPECT_EQ(batch(1), kNoRoom);
  EXPECT_EQ(vote(1), kDelivered);
}

TEST_F(EventRingsTest, FewLargeMessagesExhaustTheCreditsOfTheirClass) {
  EXPECT_EQ(proposal(1, event_credit_bytes[1]), kDelivered);
  EXPECT_EQ(proposal(1), kNoRoom);
  EXPECT_EQ(vote(1), kDelivered);
  EXPECT_EQ(poll(1), "proposal1");
  EXPECT_EQ(proposal(1), kDelivered);
}

TEST_F(EventRingsTest, ResumesWhenHalfEmpty) {
  for (std::size_t i = 0; i < kSlots; ++i) EXPECT_EQ(vote(1), kDelivered);
  EXPECT_EQ(vote(1), kNoRoom);
  EXPECT_FALSE(rings_.pause());
  for (std::size_t i = 0; i < kSlots / 2; ++i) {
    EXPECT_TRUE(rings_.is_paused());
    EXPECT_EQ(poll(0), "vote1");
  }
  EXPECT_FALSE(rings_.is_paused());
  EXPECT_TRUE(rings_.pause()) << "there is room already";
}

TEST_F(EventRingsTest, KeepsLifecycleEventsOfAFullRingAndLetsNothingOvertakeThem) {
  for (std::size_t i = 0; i < kSlots; ++i) EXPECT_EQ(vote(1), kDelivered);
  connect(2);
  EXPECT_TRUE(rings_.has_backlog());
  EXPECT_EQ(proposal(2), kNoRoom);
  EXPECT_EQ(poll(0), "vote1");
  EXPECT_EQ(vote(1), kNoRoom);
  rings_.flush_backlog();
  EXPECT_FALSE(rings_.has_backlog());
  EXPECT_EQ(proposal(2), kDelivered);
  EXPECT_EQ(poll_all(), "vote1 vote1 vote1 vote1 vote1 vote1 vote1 +2 proposal2 ");
}

TEST_F(EventRingsTest, NotifiesTheCoreOncePerTurnThatBroughtSomething) {
  rings_.announce();
  EXPECT_FALSE(notifier_.wait_until(MonoTime{}));
  EXPECT_EQ(vote(1), kDelivered);
  EXPECT_EQ(vote(1), kDelivered);
  EXPECT_FALSE(notifier_.wait_until(MonoTime{}));
  rings_.announce();
  EXPECT_TRUE(notifier_.wait_until(MonoTime{}));
}

}  // namespace
}  // namespace provchain::net
