// SPDX-License-Identifier: Apache-2.0
#include "wire/sync_messages.hpp"

#include <flatbuffers/flatbuffers.h>

#include "sync_generated.h"
#include "tests/golden/golden.hpp"
#include "tests/wire/support.hpp"
#include "wire/registry.hpp"

namespace provchain::wire {
namespace {

using namespace test;

TEST(GetStatus, IsEmpty) {
  EXPECT_TRUE(parse_get_status(build_get_status().view()));
  EXPECT_EQ(refusal(parse_get_status(filled(1, 0))), "trailing_bytes");
}

TEST(Status, ComesBackAsItWasBuilt) {
  const ByteVector certificate = filled(261, 7);
  const SharedBytes payload = build_status({Height(3), Height(90), certificate});
  const auto status = parse_status(payload.view());
  ASSERT_TRUE(status);
  EXPECT_EQ(status->base, Height(3));
  EXPECT_EQ(status->height, Height(90));
  EXPECT_TRUE(equal(status->certificate, certificate));
  golden::expect_frozen("wire_status", payload.view());
  EXPECT_TRUE(parse_status(build_status({}).view()));
}

TEST(Status, RefusesAHeightWithoutCertificateAndABaseAboveIt) {
  const ByteVector certificate = filled(261, 7);
  const ByteVector long_certificate = filled(8 * 1024 + 1, 7);
  EXPECT_EQ(refusal(parse_status(build_status({Height(), Height(90), {}}).view())), "missing_field");
  EXPECT_EQ(refusal(parse_status(build_status({Height(91), Height(90), certificate}).view())), "bad_value");
  EXPECT_EQ(refusal(parse_status(build_status({Height(), Height(), certificate}).view())), "bad_value");
  EXPECT_EQ(refusal(parse_status(build_status({Height(1), Height(2), long_certificate}).view())), "bad_length");
  EXPECT_EQ(refusal(parse_status(filled(32, 0xff))), "not_verified");
}

TEST(GetHeaders, RoundTripsAndIsFrozen) {
  const GetHeaders request{Height(1000), 1560};
  const SharedBytes payload = build_get_headers(request);
  EXPECT_EQ(parse_get_headers(payload.view()).value(), request);
  golden::expect_frozen("wire_get_headers", payload.view());
}

TEST(GetHeaders, RefusesHeightZeroNoneTooManyAndOtherLengths) {
  EXPECT_EQ(refusal(parse_get_headers(build_get_headers({Height(0), 1}).view())), "bad_value");
  EXPECT_EQ(refusal(parse_get_headers(build_get_headers({Height(1), 0}).view())), "bad_count");
  EXPECT_EQ(refusal(parse_get_headers(build_get_headers({Height(1), 1561}).view())), "bad_count");
  EXPECT_EQ(refusal(parse_get_headers(build_get_headers({Height(1), 1}).view().first(11))), "truncated");
  EXPECT_EQ(refusal(parse_get_headers(with_tail(build_get_headers({Height(1), 1}), 1).view())), "trailing_bytes");
}

TEST(Headers, AreWholeHeadersWithinTheirCap) {
  const ByteVector two = filled(672, 5);
  EXPECT_TRUE(equal(parse_headers(build_headers(two).view()).value(), two));
  EXPECT_EQ(refusal(parse_headers({})), "bad_count");
  EXPECT_EQ(refusal(parse_headers(filled(337, 0))), "bad_length");
  EXPECT_EQ(refusal(parse_headers(filled(336 * 1561, 0))), "bad_count");
  EXPECT_LE(336U * headers_per_message_max, info_of(MessageKind::headers).bytes_max);
}

TEST(GetBatch, RoundTripsByHeightAndByIdAndIsFrozen) {
  const GetBatch by_height{Height(17), std::nullopt, 128, 4'194'304, Height(200)};
  const GetBatch by_id{Height(), id_of<BlockId>(0x5a), 1, 0, Height()};
  EXPECT_EQ(parse_get_batch(build_get_batch(by_height).view()).value(), by_height);
  EXPECT_EQ(parse_get_batch(build_get_batch(by_id).view()).value(), by_id);
  golden::expect_frozen("wire_get_batch_by_height", build_get_batch(by_height).view());
  golden::expect_frozen("wire_get_batch_by_id", build_get_batch(by_id).view());
}

TEST(GetBatch, RefusesBothKeysNeitherKeyAndBadCounts) {
  const auto outcome = [](const GetBatch& request) { return refusal(parse_get_batch(build_get_batch(request).view())); };
  EXPECT_EQ(outcome({Height(), std::nullopt, 1, 0, Height()}), "bad_value");
  EXPECT_EQ(outcome({Height(5), id_of<BlockId>(1), 1, 0, Height()}), "bad_value");
  EXPECT_EQ(outcome({Height(5), std::nullopt, 0, 0, Height()}), "bad_count");
  EXPECT_EQ(outcome({Height(5), std::nullopt, 129, 0, Height()}), "bad_count");
  EXPECT_EQ(outcome({Height(), id_of<BlockId>(1), 2, 0, Height()}), "bad_count");
  EXPECT_EQ(refusal(parse_get_batch(filled(64, 0x10))), "not_verified");
}

// A later version may add fields behind the ones known here; they are passed over.
TEST(GetBatch, ReadsATableWithMoreFieldsThanItKnows) {
  flatbuffers::FlatBufferBuilder builder;
  const auto start = builder.StartTable();
  builder.AddElement<std::uint64_t>(fb::GetBatch::VT_FIRST_HEIGHT, 9, 0);
  builder.AddElement<std::uint32_t>(fb::GetBatch::VT_COUNT, 3, 0);
  builder.AddElement<std::uint64_t>(fb::GetBatch::VT_HEAD_HEIGHT + 2, 77, 0);
  builder.FinishSizePrefixed(flatbuffers::Offset<fb::GetBatch>(builder.EndTable(start)));
  const SharedBytes payload = SharedBytes::copy_of({builder.GetBufferPointer(), builder.GetSize()});
  const auto request = parse_get_batch(payload.view());
  ASSERT_TRUE(request);
  EXPECT_EQ(request->first, Height(9));
  EXPECT_EQ(request->count, 3U);
}

}  // namespace
}  // namespace provchain::wire
