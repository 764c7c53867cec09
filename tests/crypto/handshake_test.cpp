// SPDX-License-Identifier: Apache-2.0
#include "crypto/handshake.hpp"

#include <gtest/gtest.h>

#include "crypto/domain.hpp"

namespace provchain::crypto {
namespace {

NetworkId network(std::uint8_t fill) {
  NetworkId id;
  id.bytes.fill(fill);
  return id;
}

// A process with its keys.
struct Node {
  explicit Node(std::uint64_t nonce) { identity = {network(0x11), &node_key, &static_key, nonce, 1, 0b101}; }
  KeyPair node_key = generate_key_pair();
  NoiseStaticKey static_key = generate_noise_static_key();
  HandshakeIdentity identity;
  [[nodiscard]] NodeId id() const { return NodeId{node_key.public_key.bytes}; }
};

using Step = Result<std::size_t, HandshakeErrc>;

class HandshakeTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(init()); }

  Step step(Handshake& handshake, ByteVector& out) {
    out.assign(handshake_message_bytes_max, 0);
    Step written = handshake.step(out);
    out.resize(written.value_or(0));
    return written;
  }
  // What `to` makes of `message`; its answer is left in answer_.
  Step deliver(Handshake& to, Bytes message) {
    const auto taken = to.feed(message);
    if (!taken) return std::unexpected(taken.error());
    EXPECT_EQ(*taken, message.size());
    EXPECT_TRUE(to.is_step_due());
    return step(to, answer_);
  }
  // Message 1, 2 and 3 as far as they are made; the error of whoever stopped.
  Result<void, HandshakeErrc> run(Handshake& dialer, Handshake& listener) {
    PVC_TRY_VOID(step(dialer, message_[0]));
    PVC_TRY_VOID(deliver(listener, message_[0]));
    message_[1] = answer_;
    PVC_TRY_VOID(deliver(dialer, message_[1]));
    message_[2] = answer_;
    PVC_TRY_VOID(deliver(listener, message_[2]));
    return {};
  }

  Node alice_{1};
  Node bob_{2};
  ByteVector answer_;
  ByteVector message_[3];
};

TEST_F(HandshakeTest, AuthenticatesBothSidesWithMessagesOfExactSize) {
  Handshake dialer = Handshake::initiator(alice_.identity, bob_.id());
  Handshake listener = Handshake::responder(bob_.identity);
  ASSERT_TRUE(run(dialer, listener).has_value());
  EXPECT_EQ(message_[0].size(), 48U);
  EXPECT_EQ(message_[1].size(), 272U);
  EXPECT_EQ(message_[2].size(), 240U);
  EXPECT_TRUE(equal(Bytes(message_[0]).first(16), as_bytes("PVCHAIN1\x11\x11\x11\x11\x11\x11\x11\x11")));
  ASSERT_TRUE(dialer.is_complete() && listener.is_complete());
  EXPECT_EQ(dialer.peer().node_id, bob_.id());
  EXPECT_EQ(listener.peer().node_id, alice_.id());
  EXPECT_EQ(listener.peer().version, 1);
  EXPECT_EQ(listener.peer().role_flags, 1U);
  EXPECT_EQ(listener.peer().features, 0b101U);
  NoiseTransport a = dialer.transport();
  NoiseTransport b = listener.transport();
  ByteVector body = to_vector(as_bytes("after the handshake"));
  ByteVector tag(record_tag_bytes);
  ASSERT_TRUE(a.send.seal(body, tag).has_value());
  ASSERT_TRUE(b.receive.open(body, tag).has_value());
  EXPECT_EQ(as_text(body), "after the handshake");
}

TEST_F(HandshakeTest, TakesBytesOneByOneAndLeavesThoseBehindTheMessage) {
  Handshake dialer = Handshake::initiator(alice_.identity, std::nullopt);
  Handshake listener = Handshake::responder(bob_.identity);
  ASSERT_TRUE(step(dialer, message_[0]).has_value());
  EXPECT_EQ(dialer.bytes_wanted(), 272U);
  for (std::size_t i = 0; i < 48; ++i) {
    EXPECT_FALSE(listener.is_step_due());
    EXPECT_EQ(listener.bytes_wanted(), 48 - i);
    ASSERT_EQ(listener.feed(Bytes(message_[0]).subspan(i, 1)).value_or(0), 1U);
  }
  EXPECT_TRUE(listener.is_step_due());
  EXPECT_EQ(listener.feed(message_[0]).value_or(9), 0U);
}

TEST_F(HandshakeTest, JudgesThePreambleOnItsSixteenthByte) {
  Handshake listener = Handshake::responder(bob_.identity);
  ByteVector garbage = to_vector(as_bytes("GET / HTTP/1.1\r\n"));
  ASSERT_TRUE(listener.feed(Bytes(garbage).first(15)).has_value());
  EXPECT_EQ(listener.feed(Bytes(garbage).subspan(15)).error(), HandshakeErrc::wrong_preamble);
}

TEST_F(HandshakeTest, RefusesAnotherNetworkByItsPreamble) {
  alice_.identity.network_id = network(0x22);
  Handshake dialer = Handshake::initiator(alice_.identity, std::nullopt);
  Handshake listener = Handshake::responder(bob_.identity);
  EXPECT_EQ(run(dialer, listener).error(), HandshakeErrc::wrong_preamble);
}

TEST_F(HandshakeTest, RefusesANetworkThatSharesOnlyThePreamble) {
  alice_.identity.network_id.bytes[31] = 0x22;
  Handshake dialer = Handshake::initiator(alice_.identity, std::nullopt);
  Handshake listener = Handshake::responder(bob_.identity);
  EXPECT_EQ(run(dialer, listener).error(), HandshakeErrc::bad_tag);
}

TEST_F(HandshakeTest, StopsBeforeMessage3WhenAnotherNodeAnswers) {
  Handshake dialer = Handshake::initiator(alice_.identity, Node(3).id());
  Handshake listener = Handshake::responder(bob_.identity);
  EXPECT_EQ(run(dialer, listener).error(), HandshakeErrc::unexpected_peer);
  EXPECT_TRUE(message_[2].empty());
}

TEST_F(HandshakeTest, KnowsItselfByNodeIdOrByNonce) {
  Node other_address(9);
  other_address.identity.node_key = &alice_.node_key;
  Handshake dialer = Handshake::initiator(alice_.identity, std::nullopt);
  Handshake listener = Handshake::responder(other_address.identity);
  EXPECT_EQ(run(dialer, listener).error(), HandshakeErrc::self_connection);

  bob_.identity.conn_nonce = alice_.identity.conn_nonce;
  Handshake dialer_again = Handshake::initiator(alice_.identity, bob_.id());
  Handshake same_nonce = Handshake::responder(bob_.identity);
  EXPECT_EQ(run(dialer_again, same_nonce).error(), HandshakeErrc::self_connection);
}

TEST_F(HandshakeTest, ChoosesTheHighestCommonVersionOrNone) {
  alice_.identity.version_max = 3;
  bob_.identity.version_min = 2;
  bob_.identity.version_max = 5;
  Handshake dialer = Handshake::initiator(alice_.identity, bob_.id());
  Handshake listener = Handshake::responder(bob_.identity);
  ASSERT_TRUE(run(dialer, listener).has_value());
  EXPECT_EQ(dialer.peer().version, 3);
  EXPECT_EQ(listener.peer().version, 3);

  alice_.identity.version_max = 1;
  Handshake old_dialer = Handshake::initiator(alice_.identity, bob_.id());
  Handshake new_listener = Handshake::responder(bob_.identity);
  ASSERT_TRUE(run(old_dialer, new_listener).has_value());
  EXPECT_EQ(old_dialer.peer().version, 0);
  EXPECT_EQ(new_listener.peer().version, 0);
}

TEST_F(HandshakeTest, RefusesAVersionRangeThatIsNone) {
  bob_.identity.version_min = 2;
  Handshake dialer = Handshake::initiator(alice_.identity, bob_.id());
  Handshake listener = Handshake::responder(bob_.identity);
  EXPECT_EQ(run(dialer, listener).error(), HandshakeErrc::bad_version_range);
}

TEST_F(HandshakeTest, RefusesANodeIdWithoutItsKey) {
  // Bob claims Alice's friend's id but signs with his own key.
  bob_.node_key.public_key = Node(3).node_key.public_key;
  Handshake dialer = Handshake::initiator(alice_.identity, std::nullopt);
  Handshake listener = Handshake::responder(bob_.identity);
  EXPECT_EQ(run(dialer, listener).error(), HandshakeErrc::bad_identity);
}

TEST_F(HandshakeTest, RefusesReplaysOfMessages1And3) {
  Handshake dialer = Handshake::initiator(alice_.identity, bob_.id());
  Handshake listener = Handshake::responder(bob_.identity);
  ASSERT_TRUE(run(dialer, listener).has_value());
  Handshake fresh = Handshake::responder(bob_.identity);
  ASSERT_TRUE(deliver(fresh, message_[0]).has_value());
  EXPECT_NE(answer_, message_[1]);
  EXPECT_EQ(deliver(fresh, message_[2]).error(), HandshakeErrc::bad_tag);
}

TEST_F(HandshakeTest, RefusesAnyFlippedByteOfAnyMessage) {
  for (std::size_t offset = 0; offset < 272; offset += 7) {
    Handshake dialer = Handshake::initiator(alice_.identity, bob_.id());
    Handshake listener = Handshake::responder(bob_.identity);
    ASSERT_TRUE(step(dialer, message_[0]).has_value());
    ASSERT_TRUE(deliver(listener, message_[0]).has_value());
    answer_[offset] ^= 1;
    message_[1] = answer_;
    EXPECT_EQ(deliver(dialer, message_[1]).error(), HandshakeErrc::bad_tag) << offset;
  }
}

TEST_F(HandshakeTest, RefusesAnEphemeralPointOfSmallOrder) {
  Handshake dialer = Handshake::initiator(alice_.identity, bob_.id());
  ASSERT_TRUE(step(dialer, message_[0]).has_value());
  std::fill(message_[0].begin() + 16, message_[0].end(), std::uint8_t{0});
  Handshake listener = Handshake::responder(bob_.identity);
  EXPECT_EQ(deliver(listener, message_[0]).error(), HandshakeErrc::bad_key);
}

// A peer that speaks Noise well and writes its payload by hand.
TEST_F(HandshakeTest, RefusesReservedBytesThatAreNotZero) {
  Handshake dialer = Handshake::initiator(alice_.identity, bob_.id());
  ASSERT_TRUE(step(dialer, message_[0]).has_value());
  ByteVector prologue = to_vector(as_bytes("provchain-noise/1"));
  append(prologue, alice_.identity.network_id.view());
  append(prologue, Bytes(message_[0]).first(16));
  NoiseHandshake noise(NoiseRole::responder, prologue, bob_.static_key);
  ASSERT_TRUE(noise.read_head(Bytes(message_[0]).subspan(16)).has_value());
  ASSERT_TRUE(noise.read_payload({}, {}).has_value());
  ByteVector wire(272);
  ASSERT_TRUE(noise.write_head(MutBytes(wire).first(80)).has_value());
  ByteVector payload(handshake_payload_bytes);
  store_le<std::uint16_t>(payload, 0, 1);
  store_le<std::uint16_t>(payload, 2, 1);
  bob_.id().store(payload, 24);
  ByteVector signed_bytes{0x52};
  append(signed_bytes, noise.handshake_hash().view());
  sign_tagged(bob_.node_key.secret_key, domain::noise_id, signed_bytes).store(payload, 56);
  payload[175] = 1;
  noise.write_payload(payload, MutBytes(wire).subspan(80));
  EXPECT_EQ(deliver(dialer, wire).error(), HandshakeErrc::reserved_not_zero);
}

TEST_F(HandshakeTest, NamesItsErrors) {
  EXPECT_EQ(to_string(HandshakeErrc::wrong_preamble), "wrong_preamble");
  EXPECT_EQ(to_string(HandshakeErrc::unexpected_peer), "unexpected_peer");
  EXPECT_EQ(to_string(HandshakeErrc::self_connection), "self_connection");
}

}  // namespace
}  // namespace provchain::crypto
