// SPDX-License-Identifier: Apache-2.0
#include "wire/record_decoder.hpp"

#include <random>

#include "tests/wire/link.hpp"
#include "wire/messages.hpp"

namespace provchain::wire {
namespace {

using namespace test;
using record::FrameHeader;

constexpr auto kVote = static_cast<std::uint8_t>(MessageKind::vote);
constexpr auto kCertificates = static_cast<std::uint8_t>(MessageKind::certificates);

// Forges records one after the other to a receiver of the same key.
class RecordDecoderTest : public ::testing::Test {
 protected:
  ByteVector forge(const FrameHeader& header, Bytes payload, Bytes tail = {}) {
    return test::forge(cipher_, header, payload, tail);
  }
  // A record whose pad is what its size needs.
  ByteVector padded(FrameHeader header, Bytes payload) {
    const ByteVector tail((16 - payload.size() % 16) % 16, 0);
    header.pad = static_cast<std::uint8_t>(tail.size());
    return forge(header, payload, tail);
  }
  static FrameHeader bulk(std::uint8_t flags, std::uint32_t message_bytes) {
    return {kCertificates, flags, 2, 0, message_bytes, 7, 1};
  }

  crypto::RecordCipher cipher_ = test_cipher();
  Receiver receiver_;
};

TEST_F(RecordDecoderTest, HandsOutAMessageOfOneRecordInPlace) {
  const ByteVector vote = filled(131, 9);
  ASSERT_EQ(receiver_.refusal_of(padded({kVote, 0, 0, 0, 131, 0, 1}, vote)), "accepted");
  ASSERT_EQ(receiver_.messages.size(), 1U);
  const InMessage& message = receiver_.messages[0];
  EXPECT_EQ(message.kind, MessageKind::vote);
  EXPECT_TRUE(equal(message.payload.view(), vote));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(message.payload.view().data()) % 16, 0U);
  EXPECT_GT(message.payload.references(), 1U);  // a slice of the slab
}

TEST_F(RecordDecoderTest, TakesAnEmptyPayload) {
  EXPECT_EQ(receiver_.refusal_of(forge({static_cast<std::uint8_t>(MessageKind::get_status), 0, 3, 0, 0, 5, 1}, {})), "accepted");
  ASSERT_EQ(receiver_.messages.size(), 1U);
  EXPECT_EQ(receiver_.messages[0].corr, 5U);
  EXPECT_TRUE(receiver_.messages[0].payload.empty());
}

TEST_F(RecordDecoderTest, GathersAMessageOfSeveralRecordsWhileOthersGoBetween) {
  const ByteVector payload = noise(100, 1);
  ByteVector stream = forge(bulk(record::flag_more, 100), Bytes(payload).first(48));
  append(stream, padded({kVote, 0, 0, 0, 131, 0, 1}, filled(131, 9)));
  append(stream, forge(bulk(record::flag_more, 100), Bytes(payload).subspan(48, 16)));
  append(stream, padded(bulk(0, 100), Bytes(payload).subspan(64)));
  ASSERT_EQ(receiver_.refusal_of(stream), "accepted");
  ASSERT_EQ(receiver_.messages.size(), 2U);
  EXPECT_EQ(receiver_.messages[0].kind, MessageKind::vote);
  EXPECT_TRUE(equal(receiver_.messages[1].payload.view(), payload));
  EXPECT_EQ(receiver_.decoder.gathering_bytes(), 0U);
}

TEST_F(RecordDecoderTest, RefusesABadLengthBeforeTheRecordArrives) {
  for (const std::size_t size :
       {std::size_t{2}, std::size_t{16}, std::size_t{31}, std::size_t{33}, std::size_t{40}, std::size_t{65'535}}) {
    Receiver receiver;
    const std::size_t clen = size - 2;
    const ByteVector two{static_cast<std::uint8_t>(clen >> 8), static_cast<std::uint8_t>(clen)};
    EXPECT_EQ(receiver.refusal_of(two), "bad_record_length") << size;
  }
  EXPECT_EQ(receiver_.refusal_of(ByteVector{0xff, 0xfe}), "accepted");  // 65,536: waited for
}

TEST_F(RecordDecoderTest, RefusesABrokenSeal) {
  ByteVector stream = padded({kVote, 0, 0, 0, 131, 0, 1}, filled(131, 9));
  stream[20] ^= 1;
  EXPECT_EQ(receiver_.refusal_of(stream), "bad_record_seal");
}

TEST_F(RecordDecoderTest, RepeatsItsFirstRefusalForEver) {
  EXPECT_EQ(receiver_.refusal_of(ByteVector{0, 1}), "bad_record_length");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(receiver_.refusal_of(noise(100'000, 1)), "bad_record_length");
  EXPECT_EQ(receiver_.decoder.deadline(), kNever);
}

TEST_F(RecordDecoderTest, RefusesUnknownFlagBits) {
  EXPECT_EQ(receiver_.refusal_of(padded({kVote, 0x10, 0, 0, 131, 0, 1}, filled(131, 0))), "bad_flags");
}

TEST_F(RecordDecoderTest, RefusesAnotherClassThanTheRegistrys) {
  EXPECT_EQ(receiver_.refusal_of(padded({kVote, 0, 1, 0, 131, 0, 1}, filled(131, 0))), "bad_class");
  Receiver other;
  crypto::RecordCipher cipher = test_cipher();
  EXPECT_EQ(other.refusal_of(test::forge(cipher, {kVote, 0, 4, 0, 0, 0, 1}, {})), "bad_class");
}

TEST_F(RecordDecoderTest, RefusesPadThatIsNotZero) {
  EXPECT_EQ(receiver_.refusal_of(forge({kVote, 0, 0, 13, 131, 0, 1}, filled(131, 0), filled(13, 1))), "bad_padding");
}

TEST_F(RecordDecoderTest, RefusesMorePadThanThereIsRoom) {
  EXPECT_EQ(receiver_.refusal_of(forge({kVote, 0, 0, 16, 0, 0, 1}, filled(16, 0))), "bad_padding");
  Receiver other;
  crypto::RecordCipher cipher = test_cipher();
  EXPECT_EQ(other.refusal_of(test::forge(cipher, {kVote, 0, 0, 1, 0, 0, 1}, {})), "bad_padding");
}

TEST_F(RecordDecoderTest, RefusesPadInARecordThatIsNotTheLast) {
  FrameHeader header = bulk(record::flag_more, 100);
  header.pad = 3;
  EXPECT_EQ(receiver_.refusal_of(forge(header, filled(13, 0), filled(3, 0))), "bad_padding");
}

TEST_F(RecordDecoderTest, RefusesVersionsAKindDoesNotHave) {
  EXPECT_EQ(receiver_.refusal_of(padded({kVote, 0, 0, 0, 131, 0, 2}, filled(131, 0))), "bad_version");
  Receiver zero;
  crypto::RecordCipher cipher = test_cipher();
  EXPECT_EQ(
      zero.refusal_of(test::forge(cipher, {static_cast<std::uint8_t>(MessageKind::get_batch), 0, 3, 0, 16, 0, 0}, filled(16, 0))),
      "bad_version");
}

TEST_F(RecordDecoderTest, AcceptsALaterVersionOfATable) {
  const SharedBytes payload = build_get_batch({Height(1), std::nullopt, 1, 0, Height()});
  const FrameHeader header{static_cast<std::uint8_t>(MessageKind::get_batch), 0, 3, 0,
                           static_cast<std::uint32_t>(payload.size()),        9, 2};
  ASSERT_EQ(receiver_.refusal_of(padded(header, payload.view())), "accepted");
  EXPECT_EQ(receiver_.messages[0].version, 2U);
}

TEST_F(RecordDecoderTest, RefusesATableTheVerifierRefuses) {
  const FrameHeader header{static_cast<std::uint8_t>(MessageKind::get_batch), 0, 3, 0, 64, 9, 1};
  EXPECT_EQ(receiver_.refusal_of(padded(header, filled(64, 0xee))), "not_verified");
}

TEST_F(RecordDecoderTest, RefusesIgnorableOnKindsThatMayNotBeIgnored) {
  for (const std::uint8_t id : {kVote, std::uint8_t{99}, std::uint8_t{128}, std::uint8_t{254}}) {
    Receiver receiver;
    crypto::RecordCipher cipher = test_cipher();
    EXPECT_EQ(receiver.refusal_of(test::forge(cipher, {id, record::flag_ignorable, 0, 0, 16, 0, 1}, filled(16, 0))),
              "bad_ignorable")
        << +id;
  }
}

TEST_F(RecordDecoderTest, RefusesAnIgnorableIdThatDoesNotSaySo) {
  EXPECT_EQ(receiver_.refusal_of(forge({129, 0, 0, 0, 16, 0, 1}, filled(16, 0))), "bad_ignorable");
}

TEST_F(RecordDecoderTest, PassesOverWhatMayBeIgnored) {
  for (int i = 0; i < 50; ++i)
    ASSERT_EQ(receiver_.refusal_of(forge({129, record::flag_ignorable, 2, 0, 16, 0, 9}, filled(16, 0))), "accepted");
  EXPECT_TRUE(receiver_.messages.empty() && receiver_.unknown.empty());
  EXPECT_EQ(receiver_.decoder.ignored_messages(), 50U);
}

TEST_F(RecordDecoderTest, ReportsUnknownKindsAndRefusesTheEleventhWithinAMinute) {
  const FrameHeader header{99, 0, 2, 0, 16, 77, 1};
  for (int i = 0; i < 10; ++i) ASSERT_EQ(receiver_.refusal_of(forge(header, filled(16, 0))), "accepted");
  ASSERT_EQ(receiver_.unknown.size(), 10U);
  EXPECT_EQ(receiver_.unknown[0].id, 99U);
  EXPECT_EQ(receiver_.unknown[0].corr, 77U);
  receiver_.now = receiver_.now + Duration::seconds(60);
  ASSERT_EQ(receiver_.refusal_of(forge(header, filled(16, 0))), "accepted");  // the first ten are a minute old
  for (int i = 0; i < 9; ++i) ASSERT_EQ(receiver_.refusal_of(forge(header, filled(16, 0))), "accepted");
  EXPECT_EQ(receiver_.refusal_of(forge(header, filled(16, 0))), "unknown_flood");
}

TEST_F(RecordDecoderTest, RefusesAnUnknownKindInParts) {
  EXPECT_EQ(receiver_.refusal_of(forge({99, record::flag_more, 2, 0, 64, 0, 1}, filled(16, 0))), "unknown_in_parts");
}

TEST_F(RecordDecoderTest, RefusesResponseWhereItDoesNotBelongAndItsLackWhereItDoes) {
  EXPECT_EQ(receiver_.refusal_of(padded({kVote, record::flag_response, 0, 0, 131, 0, 1}, filled(131, 0))), "bad_response_flag");
  Receiver other;
  crypto::RecordCipher cipher = test_cipher();
  EXPECT_EQ(other.refusal_of(test::forge(cipher, {static_cast<std::uint8_t>(MessageKind::pong), 0, 0, 8, 24, 0, 1}, filled(24, 0),
                                         filled(8, 0))),
            "bad_response_flag");
}

TEST_F(RecordDecoderTest, RefusesCompressionByFlag) {
  EXPECT_EQ(receiver_.refusal_of(padded({kVote, record::flag_zstd, 0, 0, 131, 0, 1}, filled(131, 0))), "zstd_not_allowed");
}

TEST_F(RecordDecoderTest, RefusesADeclaredLengthAboveTheCapBeforeGathering) {
  EXPECT_EQ(receiver_.refusal_of(forge(bulk(record::flag_more, 512 * 1024 + 1), filled(16, 0))), "message_too_large");
  EXPECT_EQ(receiver_.decoder.gathering_bytes(), 0U);
  Receiver other;
  crypto::RecordCipher cipher = test_cipher();
  EXPECT_EQ(other.refusal_of(test::forge(cipher, bulk(record::flag_more, UINT32_MAX), filled(16, 0))), "message_too_large");
}

// Four classes of announced megabytes for four small records would be a cheap way to fill a node.
TEST_F(RecordDecoderTest, AnnouncedBytesCostNothingBeforeTheyCome) {
  constexpr std::uint32_t kCap = 512 * 1024;
  constexpr std::size_t kGrowth = RecordDecoder::gather_growth;
  std::size_t come = 0;
  for (const std::size_t part : {std::size_t{16}, std::size_t{16}, std::size_t{112}, std::size_t{32'768}}) {
    ASSERT_EQ(receiver_.refusal_of(forge(bulk(record::flag_more, kCap), filled(part, 0))), "accepted");
    come += part;
    EXPECT_GE(receiver_.decoder.gathering_bytes(), come);
    EXPECT_LE(receiver_.decoder.gathering_bytes(), kGrowth * come);
    EXPECT_EQ(receiver_.memory.held_bytes(), receiver_.decoder.gathering_bytes());
  }
}

TEST_F(RecordDecoderTest, AGrowingBufferLosesNothingAndEndsAtTheMessagesSize) {
  const ByteVector payload = noise(500'000, 3);
  ByteVector stream = forge(bulk(record::flag_more, 500'000), Bytes(payload).first(16));
  for (std::size_t at = 16; at < payload.size();) {
    const std::size_t part = std::min<std::size_t>(payload.size() - at, at * 2 % 60'000 / 16 * 16 + 16);
    const bool more = at + part < payload.size();
    append(stream, padded(bulk(more ? record::flag_more : 0, 500'000), Bytes(payload).subspan(at, part)));
    at += part;
  }
  ASSERT_EQ(receiver_.refusal_of(stream), "accepted");
  ASSERT_EQ(receiver_.messages.size(), 1U);
  EXPECT_TRUE(equal(receiver_.messages[0].payload.view(), payload));
  EXPECT_EQ(receiver_.memory.held_bytes(), 0U);
}

TEST_F(RecordDecoderTest, WhatItHeldGoesWithIt) {
  ReceiveMemory memory;
  {
    RecordDecoder decoder(test_cipher(), Receiver::limits_block, memory);
    const ByteVector part = forge(bulk(record::flag_more, 100'000), filled(1'600, 0));
    ASSERT_EQ(decoder.feed(part, receiver_.now), part.size());
    ASSERT_TRUE(decoder.next(receiver_.now));
    EXPECT_GT(memory.held_bytes(), 0U);
  }
  EXPECT_EQ(memory.held_bytes(), 0U);
  EXPECT_EQ(memory.free_slabs(), 1U);
}

TEST_F(RecordDecoderTest, RefusesALengthThatChanges) {
  ASSERT_EQ(receiver_.refusal_of(forge(bulk(record::flag_more, 100), filled(16, 0))), "accepted");
  EXPECT_EQ(receiver_.refusal_of(forge(bulk(record::flag_more, 101), filled(16, 0))), "length_changed");
}

TEST_F(RecordDecoderTest, RefusesFlagsThatChange) {
  ASSERT_EQ(receiver_.refusal_of(forge(bulk(record::flag_more, 100), filled(16, 0))), "accepted");
  EXPECT_EQ(receiver_.refusal_of(forge(bulk(record::flag_more | record::flag_response, 100), filled(16, 0))), "header_changed");
}

TEST_F(RecordDecoderTest, RefusesASecondMessageInAClassThatHasOneOpen) {
  ASSERT_EQ(receiver_.refusal_of(forge(bulk(record::flag_more, 100), filled(16, 0))), "accepted");
  FrameHeader other = bulk(record::flag_more, 100);
  other.corr = 8;
  EXPECT_EQ(receiver_.refusal_of(forge(other, filled(16, 0))), "second_message");
  Receiver receiver;
  crypto::RecordCipher cipher = test_cipher();
  ASSERT_EQ(receiver.refusal_of(test::forge(cipher, bulk(record::flag_more, 100), filled(16, 0))), "accepted");
  EXPECT_EQ(receiver.refusal_of(test::forge(cipher, {99, 0, 2, 0, 16, 0, 1}, filled(16, 0))), "second_message");
}

TEST_F(RecordDecoderTest, RefusesMoreWithoutBytes) {
  EXPECT_EQ(receiver_.refusal_of(forge(bulk(record::flag_more, 100), {})), "more_without_bytes");
}

TEST_F(RecordDecoderTest, RefusesMoreOnTheLastBytes) {
  EXPECT_EQ(receiver_.refusal_of(forge(bulk(record::flag_more, 32), filled(32, 0))), "more_after_end");
}

TEST_F(RecordDecoderTest, RefusesAnEndWhileBytesAreMissing) {
  EXPECT_EQ(receiver_.refusal_of(forge(bulk(0, 100), filled(16, 0))), "ended_early");
  Receiver other;
  crypto::RecordCipher cipher = test_cipher();
  ASSERT_EQ(other.refusal_of(test::forge(cipher, bulk(record::flag_more, 100), filled(16, 0))), "accepted");
  EXPECT_EQ(other.refusal_of(test::forge(cipher, bulk(0, 100), filled(16, 0))), "ended_early");
}

TEST_F(RecordDecoderTest, RefusesMoreBytesThanDeclared) {
  EXPECT_EQ(receiver_.refusal_of(forge(bulk(0, 15), filled(16, 0))), "too_many_bytes");
  Receiver other;
  crypto::RecordCipher cipher = test_cipher();
  ASSERT_EQ(other.refusal_of(test::forge(cipher, bulk(record::flag_more, 20), filled(16, 0))), "accepted");
  EXPECT_EQ(other.refusal_of(test::forge(cipher, bulk(record::flag_more, 20), filled(16, 0))), "too_many_bytes");
}

TEST_F(RecordDecoderTest, NamesARecordThatDrips) {
  EXPECT_EQ(receiver_.decoder.deadline(), kNever);
  ASSERT_EQ(receiver_.refusal_of(ByteVector{0}), "accepted");
  const MonoTime began = receiver_.now;
  receiver_.now = began + Duration::seconds(14);
  ASSERT_EQ(receiver_.refusal_of(ByteVector{62}), "accepted");  // a later byte does not buy time
  EXPECT_EQ(receiver_.decoder.deadline(), began + RecordDecoder::record_time_max);
  EXPECT_FALSE(receiver_.decoder.overdue(began + Duration::millis(14'999)));
  EXPECT_EQ(receiver_.decoder.overdue(began + Duration::seconds(15))->code, Errc::record_timeout);
}

TEST_F(RecordDecoderTest, NamesAMessageBelow64KiBPerSecondAfterFiveSeconds) {
  ASSERT_EQ(receiver_.refusal_of(forge(bulk(record::flag_more, 500'000), filled(32'768, 0))), "accepted");
  const MonoTime due = receiver_.now + Duration::millis(5'500);
  EXPECT_EQ(receiver_.decoder.deadline(), due);
  EXPECT_FALSE(receiver_.decoder.overdue(due + Duration::micros(-1)));
  EXPECT_EQ(receiver_.decoder.overdue(due)->code, Errc::message_too_slow);
}

TEST_F(RecordDecoderTest, NeverWritesUnderAMessageSomebodyHolds) {
  for (int i = 0; i < 3000; ++i) {
    const ByteVector vote = filled(131, static_cast<std::uint8_t>(i));
    ASSERT_EQ(receiver_.refusal_of(padded({kVote, 0, 0, 0, 131, 0, 1}, vote)), "accepted");
  }
  ASSERT_EQ(receiver_.messages.size(), 3000U);
  for (std::size_t i = 0; i < 3000; ++i) {
    ASSERT_TRUE(equal(receiver_.messages[i].payload.view(), filled(131, static_cast<std::uint8_t>(i)))) << i;
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(receiver_.messages[i].payload.view().data()) % 16, 0U);
  }
}

TEST_F(RecordDecoderTest, GivesItsSlabBackWhenIdle) {
  ASSERT_EQ(receiver_.refusal_of(padded({kVote, 0, 0, 0, 131, 0, 1}, filled(131, 1))), "accepted");
  receiver_.decoder.release_idle();
  EXPECT_EQ(receiver_.messages[0].payload.references(), 1U);
  ASSERT_EQ(receiver_.refusal_of(padded({kVote, 0, 0, 0, 131, 0, 1}, filled(131, 2))), "accepted");
  EXPECT_EQ(receiver_.messages.size(), 2U);
}

// A link that carries one small message after the other does not allocate a slab for each.
TEST_F(RecordDecoderTest, TakesTheSameSlabAgainAfterItWasIdle) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(receiver_.refusal_of(padded({kVote, 0, 0, 0, 131, 0, 1}, filled(131, 1))), "accepted");
    receiver_.messages.clear();
    receiver_.decoder.release_idle();
    EXPECT_EQ(receiver_.memory.free_slabs(), 1U);
  }
}

// The sizes a socket happens to deliver must not matter.
TEST_F(RecordDecoderTest, DecodesTheSameWhateverTheSplit) {
  RecordEncoder encoder(test_cipher());
  ByteVector stream;
  for (std::size_t i = 0; i < 12; ++i) {
    OutMessage message =
        answer(MessageKind::certificates, static_cast<std::uint32_t>(i), SharedBytes::copy_of(noise(1 + i * 9'001, i)));
    append(stream, seal_all(encoder, message));
    append(stream, seal_all(encoder, one_way(MessageKind::vote, SharedBytes::copy_of(noise(131, i)))));
  }
  Receiver whole;
  ASSERT_EQ(whole.refusal_of(stream), "accepted");
  std::mt19937_64 random(7);
  for (int round = 0; round < 5; ++round) {
    Receiver split;
    Bytes rest = stream;
    while (!rest.empty()) {
      const std::size_t chunk = std::min<std::size_t>(rest.size(), 1 + random() % (round == 0 ? 7 : 40'000));
      ASSERT_FALSE(split.feed(rest.first(chunk)));
      rest = rest.subspan(chunk);
    }
    ASSERT_EQ(split.messages.size(), whole.messages.size());
    for (std::size_t i = 0; i < split.messages.size(); ++i) {
      EXPECT_EQ(split.messages[i].kind, whole.messages[i].kind);
      EXPECT_EQ(split.messages[i].corr, whole.messages[i].corr);
      EXPECT_TRUE(equal(split.messages[i].payload.view(), whole.messages[i].payload.view()));
    }
  }
}

}  // namespace
}  // namespace provchain::wire
