// SPDX-License-Identifier: Apache-2.0
#include "wire/record_encoder.hpp"

#include "tests/golden/golden.hpp"
#include "tests/wire/link.hpp"
#include "wire/messages.hpp"

namespace provchain::wire {
namespace {

using namespace test;

TEST(RecordEncoder, SealsEverySizeAroundARecordBoundary) {
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{15}, std::size_t{16}, std::size_t{17}, record::sent_payload_bytes_max - 1,
        record::sent_payload_bytes_max, record::sent_payload_bytes_max + 1, 3 * record::sent_payload_bytes_max}) {
    RecordEncoder encoder(test_cipher());
    const ByteVector payload = noise(size, size);
    const ByteVector stream = seal_all(encoder, answer(MessageKind::certificates, 3, SharedBytes::copy_of(payload)));
    EXPECT_EQ(stream.size() % 16, 0U);
    Receiver receiver;
    ASSERT_EQ(receiver.refusal_of(stream), "accepted") << size;
    ASSERT_EQ(receiver.messages.size(), 1U);
    EXPECT_TRUE(equal(receiver.messages[0].payload.view(), payload));
    EXPECT_TRUE(receiver.messages[0].response);
    EXPECT_EQ(receiver.messages[0].corr, 3U);
  }
}

TEST(RecordEncoder, PlainFrameOfAPingIsTheDocumentedExample) {
  RecordEncoder encoder(test_cipher());
  ByteVector stream = seal_all(encoder, one_way(MessageKind::ping, build_ping({1, 2, Height(3)})));
  ASSERT_EQ(stream.size(), 64U);
  golden::expect_frozen("wire_record_ping_sealed", stream);
  crypto::RecordCipher opener = test_cipher();
  ASSERT_TRUE(opener.open(MutBytes(stream).subspan(2, 46), Bytes(stream).last(16)));
  EXPECT_EQ(to_hex(Bytes(stream).first(16)),
            "003e"
            "02000008"
            "18000000"
            "00000000"
            "0100");
  EXPECT_TRUE(all_zero(Bytes(stream).subspan(40, 8)));
}

TEST(RecordEncoder, LetsAVoteGoBetweenTwoRecordsOfALongMessage) {
  RecordEncoder encoder(test_cipher());
  const OutMessage longer = answer(MessageKind::certificates, 3, SharedBytes::copy_of(noise(40'000, 1)));
  const OutMessage vote = one_way(MessageKind::vote, SharedBytes::copy_of(filled(131, 1)));
  ByteVector stream;
  for (std::size_t offset = 0; offset < longer.payload.size(); offset += record::sent_payload_bytes_max) {
    ByteVector staging(record::sent_bytes_max);
    const auto size = encoder.seal(longer, offset, staging);
    ASSERT_TRUE(size);
    append(stream, Bytes(staging).first(*size));
    append(stream, seal_all(encoder, vote));
  }
  Receiver receiver;
  ASSERT_EQ(receiver.refusal_of(stream), "accepted");
  EXPECT_EQ(receiver.messages.size(), 4U);
}

TEST(RecordEncoder, GoesOnAcrossTheChangeOfKeys) {
  RecordEncoder encoder(test_cipher());
  Receiver receiver;
  const OutMessage status = request(MessageKind::get_status, 1, SharedBytes());
  for (std::uint64_t i = 0; i < crypto::records_per_key + 2; ++i) {
    ASSERT_EQ(receiver.refusal_of(seal_all(encoder, status)), "accepted") << i;
    receiver.messages.clear();
  }
}

TEST(RecordEncoder, SaysWhenItsNoncesAreUsedUp) {
  RecordEncoder encoder(test_cipher(UINT64_MAX));
  ByteVector staging(record::sent_bytes_max);
  const auto sealed = encoder.seal(request(MessageKind::get_status, 1, SharedBytes()), 0, staging);
  EXPECT_EQ(refusal(sealed), "cipher_exhausted");
}

}  // namespace
}  // namespace provchain::wire
