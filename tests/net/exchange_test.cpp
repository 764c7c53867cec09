// SPDX-License-Identifier: Apache-2.0
// Messages between two nodes: every size, both ways, order within a class.
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "tests/net/peer_fixture.hpp"
#include "wire/control_messages.hpp"

namespace provchain::net {
namespace {

// Around the edges of AEAD padding, of the records we send, of the largest record, of the slab; then several records.
const std::vector<std::size_t> kSizes = {1,      2,      15,     16,     17,     31,      4'095,   4'096,     16'351,   16'352,
                                         16'353, 32'704, 65'503, 65'504, 65'505, 131'071, 131'072, 1'048'576, 4'194'304};

TEST(Exchange, TellsBothSidesWhoTheyAre) {
  NetworkOptions options = test_options();
  options.role_flags = 1;
  options.features = 6;
  NetworkOptions other = test_options();
  other.features = 12;
  Pair pair(std::move(options), std::move(other));
  ASSERT_TRUE(pair.connected());
  EXPECT_EQ(pair.at_dialer->node, pair.listener.id());
  EXPECT_FALSE(pair.at_dialer->inbound);
  EXPECT_EQ(pair.at_dialer->dial, 7U);
  EXPECT_EQ(pair.at_dialer->remote_address, "127.0.0.1:" + std::to_string(pair.listener.port()));
  EXPECT_EQ(pair.at_listener->node, pair.dialer.id());
  EXPECT_TRUE(pair.at_listener->inbound);
  EXPECT_EQ(pair.at_listener->role_flags, 1U);
  EXPECT_EQ(pair.at_listener->features, 4U);
}

TEST(Exchange, DeliversEverySizeBothWaysByteForByte) {
  Pair pair;
  ASSERT_TRUE(pair.connected());
  for (const bool forward : {true, false}) {
    TestNode& from = forward ? pair.dialer : pair.listener;
    TestNode& to = forward ? pair.listener : pair.dialer;
    const ConnId at_from = forward ? pair.at_dialer->conn : pair.at_listener->conn;
    for (const std::size_t size : kSizes) {
      ASSERT_EQ(from.network->send(at_from, bulk(pattern(size, size))), SendStatus::queued) << size;
      const auto received = to.await<Message>();
      ASSERT_TRUE(received.has_value()) << size;
      EXPECT_EQ(received->message.kind, wire::MessageKind::batch);
      EXPECT_TRUE(received->message.response);
      EXPECT_EQ(received->message.corr, 1U);
      EXPECT_TRUE(equal(received->message.payload.view(), pattern(size, size).view())) << size;
    }
  }
}

// All classes at once in both directions, interleaved; what overtakes what is the scheduler's business, order within a class is
// not.
TEST(Exchange, KeepsOrderWithinEachClassWhenAllAreBusy) {
  constexpr std::uint64_t kPerClass = 300;
  Pair pair;
  ASSERT_TRUE(pair.connected());
  const auto numbered = [](std::uint64_t number, std::size_t size) {
    SharedBytes payload = pattern(size, number);
    store_le(payload.writable(), 0, number);
    return payload;
  };
  for (std::uint64_t i = 0; i < kPerClass; ++i) {
    EXPECT_EQ(pair.dialer.network->send(pair.at_dialer->conn, bulk(numbered(i, 20'000))), SendStatus::queued);
    EXPECT_EQ(pair.dialer.network->send(pair.at_dialer->conn, gossip(numbered(i, 3'000))), SendStatus::queued);
    EXPECT_EQ(pair.dialer.network->send(pair.at_dialer->conn, certificate(numbered(i, 500))), SendStatus::queued);
    EXPECT_EQ(pair.listener.network->send(pair.at_listener->conn, certificate(numbered(i, 8'000))), SendStatus::queued);
  }
  const auto check_all = [&](TestNode& node, std::map<wire::MessageKind, std::uint64_t> expected_sizes) {
    std::map<wire::MessageKind, std::uint64_t> next;
    std::uint64_t total = 0;
    const bool complete =
        node.run_until([&] { return total == kPerClass * expected_sizes.size(); },
                       [&](Event& event) {
                         auto* message = std::get_if<Message>(&event);
                         ASSERT_NE(message, nullptr);
                         const Bytes payload = message->message.payload.view();
                         const std::uint64_t number = next[message->message.kind]++;
                         ASSERT_TRUE(equal(payload, numbered(number, expected_sizes[message->message.kind]).view()));
                         ++total;
                       });
    EXPECT_TRUE(complete);
  };
  check_all(
      pair.listener,
      {{wire::MessageKind::batch, 20'000}, {wire::MessageKind::certificates, 3'000}, {wire::MessageKind::certificate, 500}});
  check_all(pair.dialer, {{wire::MessageKind::certificate, 8'000}});
}

TEST(Exchange, CountsMessagesAndBytesPerClass) {
  Pair pair;
  ASSERT_TRUE(pair.connected());
  ASSERT_EQ(pair.dialer.network->send(pair.at_dialer->conn, certificate(pattern(100, 1))), SendStatus::queued);
  ASSERT_TRUE(pair.listener.await<Message>().has_value());
  EXPECT_EQ(pair.dialer.counted("provchain_net_sent_messages_total{class=\"consensus\"}"), 1U);
  EXPECT_EQ(pair.dialer.counted("provchain_net_sent_bytes_total{class=\"consensus\"}"), 100U);
  EXPECT_EQ(pair.listener.counted("provchain_net_received_messages_total{class=\"consensus\"}"), 1U);
  EXPECT_EQ(pair.listener.counted("provchain_net_received_bytes_total{class=\"consensus\"}"), 100U);
  EXPECT_EQ(pair.listener.counted("provchain_net_handshakes_total{direction=\"inbound\"}"), 1U);
  EXPECT_EQ(pair.dialer.counted("provchain_net_handshakes_total{direction=\"outbound\"}"), 1U);
  EXPECT_EQ(pair.dialer.counted("provchain_net_connections"), 1U);
}

TEST(Exchange, AnswersAMessageOfUnknownKindWithAnError) {
  TestNode node;
  RawPeer peer(node.port());
  ASSERT_TRUE(peer.shake_hands());
  ASSERT_TRUE(node.await<Connected>().has_value());
  const SharedBytes payload = pattern(20, 1);
  ASSERT_TRUE(peer.send(peer.seal_record({.type = 90, .message_class = 2, .message_bytes = 20, .corr = 5}, payload.view())));
  const auto answer = peer.await_message();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->kind, wire::MessageKind::error);
  const auto error = wire::parse_error(answer->payload.view());
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, wire::PeerReason::unknown);
  EXPECT_EQ(error->corr, 5U);
}

}  // namespace
}  // namespace provchain::net
