// SPDX-License-Identifier: Apache-2.0
// A side that does not keep up: its peer comes to wait, nothing is lost and nothing grows.
#include <gtest/gtest.h>

#include "tests/net/peer_fixture.hpp"

namespace provchain::net {
namespace {

SharedBytes numbered(std::uint64_t number, std::size_t size) {
  SharedBytes payload = SharedBytes::of_size(size);
  store_le(payload.writable(), 0, number);
  return payload;
}

// Fewer event slots than messages in flight, so that the receiver pauses and resumes reading all the time.
NetworkOptions narrow_options() {
  NetworkOptions options = test_options();
  options.limits.event_ring_slots = 64;
  return options;
}

// 1 KiB is where a well-known library of this kind stalls for good: its pause and resume of reading lose a wake-up.
TEST(BackPressure, CarriesAHundredThousandMessagesThroughANarrowRing) {
#ifdef PVC_SANITIZED
  constexpr std::uint64_t kCount = 20'000;
#else
  constexpr std::uint64_t kCount = 100'000;
#endif
  Pair pair(test_options(), narrow_options());
  ASSERT_TRUE(pair.connected());
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  const MonoTime deadline = steady_now() + kPatience;
  while (received < kCount && steady_now() < deadline) {
    while (sent < kCount && pair.dialer.network->send(pair.at_dialer->conn, bulk(numbered(sent, 1'024))) == SendStatus::queued)
      ++sent;
    Event event;
    for (int i = 0; i < 256 && pair.listener.network->poll(event); ++i) {
      const auto* message = std::get_if<Message>(&event);
      ASSERT_NE(message, nullptr);
      ASSERT_EQ(load_le<std::uint64_t>(message->message.payload.view(), 0), received);
      ++received;
    }
  }
  EXPECT_EQ(received, kCount);
  EXPECT_GT(pair.listener.counted("provchain_net_read_pauses_total"), 0U);
  EXPECT_EQ(pair.dialer.counted("provchain_net_sends_dropped_total"), 0U);
}

TEST(BackPressure, StopsTheSenderOfAConsumerThatDoesNotPollAndLosesNothing) {
  Pair pair(test_options(), narrow_options());
  ASSERT_TRUE(pair.connected());
  // Until no more goes in: the ring, the sockets' buffers and the send queue are full. `full` must be lasting, so it is asked
  // again and again.
  std::uint64_t sent = 0;
  int refused_in_a_row = 0;
  const MonoTime deadline = steady_now() + kPatience;
  while (refused_in_a_row < 200 && steady_now() < deadline) {
    if (pair.dialer.network->send(pair.at_dialer->conn, bulk(numbered(sent, 65'536))) == SendStatus::queued) {
      ++sent;
      refused_in_a_row = 0;
    } else {
      ++refused_in_a_row;
      (void)pair.dialer.notifier.wait_until(steady_now() + Duration::millis(1));
    }
  }
  ASSERT_EQ(refused_in_a_row, 200);
  // The event ring holds 64 messages at most, the queue 8 MiB, the rest is in the kernel.
  EXPECT_LT(sent * 65'536, 40U << 20);
  std::uint64_t received = 0;
  EXPECT_TRUE(pair.listener.run_until([&] { return received == sent; },
                                      [&](Event& event) {
                                        const auto* message = std::get_if<Message>(&event);
                                        ASSERT_NE(message, nullptr);
                                        EXPECT_EQ(load_le<std::uint64_t>(message->message.payload.view(), 0), received);
                                        ++received;
                                      }));
  EXPECT_EQ(pair.dialer.network->send(pair.at_dialer->conn, bulk(numbered(sent, 100))), SendStatus::queued);
  EXPECT_TRUE(pair.listener.await<Message>().has_value());
}

TEST(BackPressure, DropsGossipInsteadOfStoppingVotesBehindIt) {
  Pair pair(test_options(), narrow_options());
  ASSERT_TRUE(pair.connected());
  for (std::uint64_t i = 0; i < 200; ++i) {
    ASSERT_EQ(pair.dialer.network->send(pair.at_dialer->conn, gossip(numbered(i, 100))), SendStatus::queued);
  }
  ASSERT_EQ(pair.dialer.network->send(pair.at_dialer->conn, certificate(numbered(1, 100))), SendStatus::queued);
  // The listener's ring takes 48 pieces of gossip; the certificate still comes through, without anybody polling in between.
  const auto arrived = [&] { return pair.listener.counted("provchain_net_received_messages_total{class=\"consensus\"}") == 1; };
  const MonoTime deadline = steady_now() + kPatience;
  const auto gossip_seen = [&] {
    return pair.listener.counted("provchain_net_received_messages_total{class=\"gossip\"}") +
           pair.listener.counted("provchain_net_gossip_dropped_total");
  };
  while (!(arrived() && gossip_seen() == 200) && steady_now() < deadline) {
    (void)pair.listener.notifier.wait_until(steady_now() + Duration::millis(1));
  }
  ASSERT_TRUE(arrived());
  EXPECT_EQ(pair.listener.counted("provchain_net_gossip_dropped_total"), 152U);
  Event event;
  ASSERT_TRUE(pair.listener.network->poll(event));
  EXPECT_EQ(std::get<Message>(event).message.kind, wire::MessageKind::certificate);
}

TEST(BackPressure, CountsWhatItRefusesByClass) {
  Pair pair(test_options(), narrow_options());
  ASSERT_TRUE(pair.connected());
  std::uint64_t refused = 0;
  for (int i = 0; i < 60; ++i)  // more than queue, sockets and the other side's ring hold
    if (pair.dialer.network->send(pair.at_dialer->conn, bulk(numbered(0, 1'048'576))) == SendStatus::full) ++refused;
  EXPECT_GT(refused, 0U);
  EXPECT_EQ(pair.dialer.counted("provchain_net_sends_refused_total{class=\"bulk\"}"), refused);
  EXPECT_EQ(pair.dialer.counted("provchain_net_sends_refused_total{class=\"consensus\"}"), 0U);
}

// Sends as much as goes in until the connection is closed; absent when it is not.
std::optional<Closed> send_until_closed(TestNode& node, ConnId conn, const wire::OutMessage& message) {
  std::optional<Closed> closed;
  const MonoTime deadline = steady_now() + kPatience;
  while (!closed && steady_now() < deadline) {
    for (int i = 0; i < 64 && node.network->send(conn, message) == SendStatus::queued; ++i) {
    }
    (void)node.notifier.wait_until(steady_now() + Duration::millis(1));
    for (Event event; node.network->poll(event);)
      if (const auto* found = std::get_if<Closed>(&event)) closed = *found;
  }
  return closed;
}

TEST(BackPressure, ClosesAPeerThatDoesNotTakeItsVotes) {
  TestNode node;
  RawPeer peer(node.port());
  ASSERT_TRUE(peer.shake_hands());
  const auto connected = node.await<Connected>();
  ASSERT_TRUE(connected.has_value());
  const auto closed = send_until_closed(node, connected->conn, certificate(numbered(0, 8'000)));
  ASSERT_TRUE(closed.has_value());
  EXPECT_EQ(closed->reason, CloseReason::slow_peer);
  EXPECT_EQ(node.network->send(connected->conn, certificate(numbered(0, 10))), SendStatus::not_connected);
}

TEST(BackPressure, ClosesAPeerWhoseSocketTakesNothing) {
  NetworkOptions options = test_options();
  options.timeouts.send_stall = Duration::millis(200);
  TestNode node(std::move(options));
  RawPeer peer(node.port());
  ASSERT_TRUE(peer.shake_hands());
  const auto connected = node.await<Connected>();
  ASSERT_TRUE(connected.has_value());
  const auto closed = send_until_closed(node, connected->conn, bulk(numbered(0, 1'048'576)));
  ASSERT_TRUE(closed.has_value());
  EXPECT_EQ(closed->reason, CloseReason::slow_peer);
  EXPECT_EQ(node.counted("provchain_net_closed_total{reason=\"slow_peer\"}"), 1U);
}

}  // namespace
}  // namespace provchain::net
