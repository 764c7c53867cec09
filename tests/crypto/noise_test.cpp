// SPDX-License-Identifier: Apache-2.0
#include "crypto/noise.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "crypto/ed25519.hpp"

namespace provchain::crypto {
namespace {

ByteVector unhex(const nlohmann::json& hex) {
  const std::string text = hex;
  ByteVector bytes(text.size() / 2);
  EXPECT_TRUE(from_hex(text, bytes));
  return bytes;
}

std::string vector_path() {
  const char* data = std::getenv("PROVCHAIN_TEST_DATA");
  return std::string(data != nullptr ? data : PVC_SOURCE_DIR "/../shared/data") +
         "/crypto/noise/noise_xx_25519_chachapoly_sha256.json";
}

// One handshake message from one side to the other, as bytes on the wire.
ByteVector carry(NoiseHandshake& from, NoiseHandshake& to, Bytes payload) {
  const std::size_t message = from.next_message();
  const std::size_t head = NoiseHandshake::head_bytes(message);
  ByteVector wire(head + payload.size() + NoiseHandshake::tag_bytes(message));
  EXPECT_TRUE(from.write_head(MutBytes(wire).first(head)).has_value());
  from.write_payload(payload, MutBytes(wire).subspan(head));
  ByteVector received(payload.size());
  EXPECT_TRUE(to.read_head(Bytes(wire).first(head)).has_value());
  EXPECT_TRUE(to.read_payload(Bytes(wire).subspan(head), received).has_value());
  EXPECT_EQ(received, to_vector(payload));
  return wire;
}

ByteVector carry(RecordCipher& from, RecordCipher& to, Bytes payload) {
  ByteVector wire = to_vector(payload);
  wire.resize(payload.size() + record_tag_bytes);
  EXPECT_TRUE(from.seal(MutBytes(wire).first(payload.size()), MutBytes(wire).last(record_tag_bytes)).has_value());
  ByteVector received = wire;
  EXPECT_TRUE(to.open(MutBytes(received).first(payload.size()), Bytes(received).last(record_tag_bytes)).has_value());
  EXPECT_TRUE(equal(Bytes(received).first(payload.size()), payload));
  return wire;
}

class Noise : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(init()); }
};

TEST_F(Noise, MakesTheBytesOfThePublishedVector) {
  std::ifstream file(vector_path());
  if (!file) GTEST_SKIP() << "test data not found: " << vector_path();
  const nlohmann::json vectors = nlohmann::json::parse(file);
  ASSERT_FALSE(vectors.empty());
  for (const nlohmann::json& vector : vectors) {
    const NoiseStaticKey initiator_key = noise_static_key_from(unhex(vector["init_static"]));
    const NoiseStaticKey responder_key = noise_static_key_from(unhex(vector["resp_static"]));
    const ByteVector initiator_ephemeral = unhex(vector["init_ephemeral"]);
    const ByteVector responder_ephemeral = unhex(vector["resp_ephemeral"]);
    NoiseHandshake initiator(NoiseRole::initiator, unhex(vector["init_prologue"]), initiator_key, Bytes(initiator_ephemeral));
    NoiseHandshake responder(NoiseRole::responder, unhex(vector["resp_prologue"]), responder_key, Bytes(responder_ephemeral));
    const nlohmann::json& messages = vector["messages"];
    for (std::size_t i = 0; i < NoiseHandshake::message_count; ++i) {
      const ByteVector wire =
          carry(i % 2 == 0 ? initiator : responder, i % 2 == 0 ? responder : initiator, unhex(messages[i]["payload"]));
      EXPECT_EQ(to_hex(wire), messages[i]["ciphertext"].get<std::string>()) << "message " << i;
    }
    ASSERT_TRUE(initiator.is_complete() && responder.is_complete());
    EXPECT_EQ(initiator.handshake_hash().hex(), vector["handshake_hash"].get<std::string>());
    EXPECT_EQ(responder.handshake_hash(), initiator.handshake_hash());
    NoiseTransport from_initiator = initiator.split();
    NoiseTransport from_responder = responder.split();
    for (std::size_t i = NoiseHandshake::message_count; i < messages.size(); ++i) {
      const bool by_responder = i % 2 == 1;
      const ByteVector wire =
          carry(by_responder ? from_responder.send : from_initiator.send,
                by_responder ? from_initiator.receive : from_responder.receive, unhex(messages[i]["payload"]));
      EXPECT_EQ(to_hex(wire), messages[i]["ciphertext"].get<std::string>()) << "message " << i;
    }
  }
}

TEST_F(Noise, RefusesAnEphemeralPointOfSmallOrder) {
  const NoiseStaticKey key = generate_noise_static_key();
  NoiseHandshake responder(NoiseRole::responder, {}, key);
  const ByteVector zero_point(32, 0);
  ASSERT_TRUE(responder.read_head(zero_point).has_value());
  ASSERT_TRUE(responder.read_payload({}, {}).has_value());
  ByteVector head(80);
  EXPECT_EQ(responder.write_head(head).error(), NoiseErrc::bad_key);
}

TEST_F(Noise, RefusesAMessageOfAnotherPrologue) {
  const NoiseStaticKey key = generate_noise_static_key();
  NoiseHandshake initiator(NoiseRole::initiator, as_bytes("here"), key);
  NoiseHandshake responder(NoiseRole::responder, as_bytes("there"), key);
  carry(initiator, responder, {});
  ByteVector head(80);
  ASSERT_TRUE(responder.write_head(head).has_value());
  EXPECT_EQ(initiator.read_head(head).error(), NoiseErrc::bad_tag);
}

TEST_F(Noise, RefusesShortHeadsAndPayloads) {
  const NoiseStaticKey key = generate_noise_static_key();
  NoiseHandshake initiator(NoiseRole::initiator, {}, key);
  NoiseHandshake responder(NoiseRole::responder, {}, key);
  const ByteVector short_head(31);
  EXPECT_EQ(responder.read_head(short_head).error(), NoiseErrc::bad_length);
  carry(initiator, responder, {});
  ByteVector head(80);
  ASSERT_TRUE(responder.write_head(head).has_value());
  ASSERT_TRUE(initiator.read_head(head).has_value());
  const ByteVector short_payload(15);
  EXPECT_EQ(initiator.read_payload(short_payload, {}).error(), NoiseErrc::bad_length);
}

TEST_F(Noise, NamesItsErrors) {
  EXPECT_EQ(to_string(NoiseErrc::bad_key), "public key of small order");
  EXPECT_EQ(to_string(NoiseErrc::bad_tag), "handshake message does not authenticate");
  EXPECT_EQ(to_string(NoiseErrc::bad_length), "handshake message too short");
}

}  // namespace
}  // namespace provchain::crypto
