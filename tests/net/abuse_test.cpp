// SPDX-License-Identifier: Apache-2.0
// Strangers and peers that break the rules: each gets nothing, costs a bounded amount, and leaves honest peers alone.
#include <gtest/gtest.h>

#include <vector>

#include "tests/net/peer_fixture.hpp"
#include "wire/control_messages.hpp"

namespace provchain::net {
namespace {

NetworkOptions impatient_options() {
  NetworkOptions options = test_options();
  options.timeouts.first_message = Duration::millis(100);
  options.timeouts.handshake = Duration::millis(300);
  options.timeouts.record = Duration::millis(200);
  return options;
}

// An honest node is still served.
void expect_serves(TestNode& node) {
  TestNode honest;
  ASSERT_TRUE(honest.network->dial(1, "127.0.0.1", node.port(), node.id()));
  EXPECT_TRUE(honest.await<Connected>().has_value());
}

// A raw peer past its handshake, and how the node ends it.
struct Intruder {
  explicit Intruder(NetworkOptions options = test_options()) : node(std::move(options)), peer(node.port()) {
    EXPECT_TRUE(peer.shake_hands());
    EXPECT_TRUE(node.await<Connected>().has_value());
  }
  CloseReason close_reason() {
    const auto closed = node.await<Closed>();
    EXPECT_TRUE(closed.has_value());
    return closed ? closed->reason : CloseReason::stopped;
  }
  TestNode node;
  RawPeer peer;
};

TEST(Abuse, GarbageInsteadOfAPreambleIsReset) {
  TestNode node;
  RawPeer stranger(node.port());
  ASSERT_TRUE(stranger.send(as_bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
  EXPECT_TRUE(stranger.is_closed_by_peer());
  EXPECT_EQ(node.counted("provchain_net_handshakes_failed_total{reason=\"wrong_network\"}"), 1U);
  expect_serves(node);
}

TEST(Abuse, APreambleFollowedByGarbageFails) {
  TestNode node;
  RawPeer stranger(node.port());
  ByteVector bytes = to_vector(as_bytes("PVCHAIN1"));
  append(bytes, test_network().view().first(8));
  bytes.resize(crypto::handshake_message_bytes_max * 2, 0);  // an all-zero point is of small order
  ASSERT_TRUE(stranger.send(bytes));
  EXPECT_TRUE(stranger.is_closed_by_peer());
  expect_serves(node);
}

TEST(Abuse, APeerOfAnotherProtocolVersionIsToldSo) {
  TestNode node;
  RawPeer peer(node.port());
  ASSERT_TRUE(peer.shake_hands(test_network(), crypto::protocol_version_max + 1));
  const auto last = peer.await_message();
  ASSERT_TRUE(last.has_value());
  ASSERT_EQ(last->kind, wire::MessageKind::disconnect);
  EXPECT_EQ(wire::parse_disconnect(last->payload.view())->reason, wire::PeerReason::version);
  EXPECT_TRUE(peer.is_closed_by_peer());
  EXPECT_EQ(node.counted("provchain_net_handshakes_failed_total{reason=\"wrong_protocol\"}"), 1U);
}

TEST(Abuse, ASilentStrangerIsClosedAtTheFirstDeadline) {
  TestNode node(impatient_options());
  RawPeer stranger(node.port());
  EXPECT_TRUE(stranger.is_closed_by_peer());
  EXPECT_EQ(node.counted("provchain_net_handshakes_failed_total{reason=\"handshake_timeout\"}"), 1U);
}

TEST(Abuse, AStrangerWhoStopsAfterMessageOneIsClosedAtTheSecondDeadline) {
  TestNode node(impatient_options());
  RawPeer stranger(node.port());
  const crypto::KeyPair key = crypto::generate_key_pair();
  const crypto::NoiseStaticKey static_key = crypto::generate_noise_static_key();
  const crypto::HandshakeIdentity identity{
      .network_id = test_network(), .node_key = &key, .static_key = &static_key, .conn_nonce = 1};
  crypto::Handshake handshake = crypto::Handshake::initiator(identity, std::nullopt);
  std::array<std::uint8_t, crypto::handshake_message_bytes_max> message;
  const auto written = handshake.step(message);
  ASSERT_TRUE(written.has_value());
  ASSERT_TRUE(stranger.send(Bytes(message).first(*written)));
  EXPECT_TRUE(stranger.is_closed_by_peer());
  EXPECT_EQ(node.counted("provchain_net_handshakes_failed_total{reason=\"handshake_timeout\"}"), 1U);
}

TEST(Abuse, ManySilentStrangersDoNotKeepAnHonestPeerOutForLong) {
  NetworkOptions options = impatient_options();
  options.limits.pending_handshakes_max = 4;
  TestNode node(std::move(options));
  std::vector<std::unique_ptr<RawPeer>> strangers;
  for (int i = 0; i < 30; ++i) strangers.push_back(std::make_unique<RawPeer>(node.port()));
  expect_serves(node);
}

TEST(Abuse, AtTheCapOfConnectionsTheNextWaitsUntilOneEnds) {
  NetworkOptions options = test_options();
  options.limits.connections_max = 2;
  TestNode node(std::move(options));
  RawPeer first(node.port());
  RawPeer second(node.port());
  ASSERT_TRUE(first.shake_hands());
  ASSERT_TRUE(second.shake_hands());
  ASSERT_TRUE(node.await<Connected>().has_value());
  ASSERT_TRUE(node.await<Connected>().has_value());
  RawPeer third(node.port());  // connects to the kernel's backlog; nobody has accepted it
  EXPECT_EQ(node.counted("provchain_net_connections"), 2U);
  first.end();
  EXPECT_TRUE(third.shake_hands());
  EXPECT_TRUE(node.await<Connected>().has_value());
}

TEST(Abuse, APeerKilledWithinARecordIsLost) {
  Intruder intruder;
  const ByteVector record = intruder.peer.seal(certificate(pattern(1'000, 1)));
  ASSERT_TRUE(intruder.peer.send(Bytes(record).first(500)));
  intruder.peer.end();
  EXPECT_EQ(intruder.close_reason(), CloseReason::connection_lost);
}

// Without care the second write to a reset connection ends the process by SIGPIPE.
TEST(Abuse, APeerThatResetsWhileItIsBeingSentToIsLost) {
  Intruder intruder;
  ASSERT_TRUE(intruder.peer.send(intruder.peer.seal(certificate(pattern(10, 1)))));
  const auto message = intruder.node.await<Message>();
  ASSERT_TRUE(message.has_value());
  for (int i = 0; i < 20; ++i) (void)intruder.node.network->send(message->conn, bulk(pattern(300'000, 1)));
  intruder.peer.end();
  for (int i = 0; i < 20; ++i) (void)intruder.node.network->send(message->conn, certificate(pattern(8'000, 1)));
  EXPECT_EQ(intruder.close_reason(), CloseReason::connection_lost);
}

TEST(Abuse, APeerThatEndsBetweenRecordsHasEnded) {
  Intruder intruder;
  ASSERT_TRUE(intruder.peer.send(intruder.peer.seal(certificate(pattern(1'000, 1)))));
  intruder.peer.end();
  EXPECT_EQ(intruder.close_reason(), CloseReason::ended_by_peer);
  EXPECT_TRUE(intruder.node.await<Message>().has_value());
}

TEST(Abuse, ARecordThatDoesNotGetOnIsClosed) {
  Intruder intruder(impatient_options());
  const ByteVector record = intruder.peer.seal(certificate(pattern(1'000, 1)));
  ASSERT_TRUE(intruder.peer.send(Bytes(record).first(1)));
  EXPECT_EQ(intruder.close_reason(), CloseReason::record_timeout);
}

TEST(Abuse, AFlippedBitIsMalformed) {
  Intruder intruder;
  ByteVector record = intruder.peer.seal(certificate(pattern(1'000, 1)));
  record[700] ^= 1;
  ASSERT_TRUE(intruder.peer.send(record));
  EXPECT_EQ(intruder.close_reason(), CloseReason::malformed);
}

TEST(Abuse, AReplayedRecordIsMalformed) {
  Intruder intruder;
  const ByteVector record = intruder.peer.seal(certificate(pattern(1'000, 1)));
  ASSERT_TRUE(intruder.peer.send(record));
  ASSERT_TRUE(intruder.peer.send(record));
  EXPECT_EQ(intruder.close_reason(), CloseReason::malformed);
}

TEST(Abuse, ADeclaredLengthAboveTheCapIsOversizedBeforeTheBodyComes) {
  Intruder intruder;
  const SharedBytes part = pattern(100, 1);
  const wire::record::FrameHeader header{.type = static_cast<std::uint8_t>(wire::MessageKind::batch),
                                         .flags = wire::record::flag_response | wire::record::flag_more,
                                         .message_class = 3,
                                         .message_bytes = 0xffffffff,
                                         .corr = 1};
  ASSERT_TRUE(intruder.peer.send(intruder.peer.seal_record(header, part.view().first(96))));
  EXPECT_EQ(intruder.close_reason(), CloseReason::oversized);
}

// Strangers who each stop in the middle of a large message: together they cost what one reactor spends on such, and the peer
// whom this node dialled keeps its half message.
TEST(Abuse, StrangersWithHalfMessagesAreEndedNewestFirstWhenTheyHoldTooMuch) {
  NetworkOptions options = test_options();
  options.limits.receive_bytes_max = 300'000;
  TestNode node(std::move(options));
  const SharedBytes part = pattern(30'000, 1);  // its buffer grows to 240,000
  const wire::record::FrameHeader header{.type = static_cast<std::uint8_t>(wire::MessageKind::batch),
                                         .flags = wire::record::flag_response | wire::record::flag_more,
                                         .message_class = 3,
                                         .message_bytes = 1'000'000,
                                         .corr = 1};
  const Bytes bytes = part.view().first(29'984);
  RawPeer first(node.port());
  ASSERT_TRUE(first.shake_hands());
  const auto first_connected = node.await<Connected>();
  ASSERT_TRUE(first.send(first.seal_record(header, bytes)));
  ASSERT_TRUE(first.send(first.seal(certificate(pattern(10, 1)))));
  ASSERT_TRUE(node.await<Message>().has_value());  // the half message has been read before
  RawPeer second(node.port());
  ASSERT_TRUE(second.shake_hands());
  const auto second_connected = node.await<Connected>();
  ASSERT_TRUE(second.send(second.seal_record(header, bytes)));
  const auto notice = second.await_message();
  ASSERT_TRUE(notice.has_value());
  EXPECT_EQ(notice->kind, wire::MessageKind::disconnect);
  EXPECT_EQ(wire::parse_disconnect(notice->payload.view())->reason, wire::PeerReason::full);
  second.end();
  const auto closed = node.await<Closed>();
  ASSERT_TRUE(closed.has_value());
  EXPECT_EQ(closed->conn, second_connected->conn);
  EXPECT_EQ(closed->reason, CloseReason::receive_memory_full);
  ASSERT_TRUE(first.send(first.seal(certificate(pattern(10, 2)))));
  const auto message = node.await<Message>();
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->conn, first_connected->conn);
}

TEST(Abuse, APeerThisNodeDialledKeepsItsPlaceBeforeAnOlderStranger) {
  NetworkOptions options = test_options();
  options.limits.receive_bytes_max = 500'000;
  TestNode node(std::move(options));
  RawPeer stranger(node.port());
  ASSERT_TRUE(stranger.shake_hands());
  const auto came = node.await<Connected>();
  const wire::record::FrameHeader header{.type = static_cast<std::uint8_t>(wire::MessageKind::batch),
                                         .flags = wire::record::flag_response | wire::record::flag_more,
                                         .message_class = 3,
                                         .message_bytes = 1'000'000,
                                         .corr = 1};
  ASSERT_TRUE(stranger.send(stranger.seal_record(header, pattern(29'984, 1).view())));
  ASSERT_TRUE(stranger.send(stranger.seal(certificate(pattern(10, 1)))));
  ASSERT_TRUE(node.await<Message>().has_value());
  TestNode friendly;
  ASSERT_TRUE(node.network->dial(1, "127.0.0.1", friendly.port(), friendly.id()));
  const auto dialled = node.await<Connected>();
  const auto there = friendly.await<Connected>();
  ASSERT_TRUE(dialled.has_value() && there.has_value());
  const SharedBytes sent = pattern(400'000, 2);
  ASSERT_EQ(friendly.network->send(there->conn, bulk(sent)), SendStatus::queued);
  const auto message = node.await<Message>();
  ASSERT_TRUE(message.has_value());
  EXPECT_TRUE(equal(message->message.payload.view(), sent.view()));
  stranger.end();
  const auto closed = node.await<Closed>();
  ASSERT_TRUE(closed.has_value());
  EXPECT_EQ(closed->conn, came->conn);
  EXPECT_EQ(closed->reason, CloseReason::receive_memory_full);
}

TEST(Abuse, ATableThatDoesNotVerifyIsMalformed) {
  Intruder intruder;
  const SharedBytes payload = pattern(64, 1);
  const wire::record::FrameHeader header{
      .type = static_cast<std::uint8_t>(wire::MessageKind::proposal), .message_class = 1, .message_bytes = 64};
  ASSERT_TRUE(intruder.peer.send(intruder.peer.seal_record(header, payload.view())));
  EXPECT_EQ(intruder.close_reason(), CloseReason::malformed);
}

}  // namespace
}  // namespace provchain::net
