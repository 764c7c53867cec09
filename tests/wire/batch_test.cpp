// SPDX-License-Identifier: Apache-2.0
#include "wire/batch.hpp"

#include "tests/golden/golden.hpp"
#include "tests/wire/support.hpp"
#include "wire/registry.hpp"
#include "wire/zstd_frame.hpp"

namespace provchain::wire {
namespace {

using namespace test;

constexpr std::size_t kBlock = limits::block_bytes_default;

Batch sample_batch() {
  Batch batch;
  batch.first = Height(12);
  batch.path = {id_of<Hash256>(1), id_of<Hash256>(2)};
  for (std::uint8_t i = 0; i < 5; ++i) batch.blocks.push_back(block_with_body(filled(std::size_t{100} * i, i)));
  return batch;
}

TEST(Batch, ComesBackAsItWasEncoded) {
  const SharedBytes payload = encode_batch(sample_batch());
  const auto batch = decode_batch(payload.view(), kBlock);
  ASSERT_TRUE(batch) << to_string(batch.error().code);
  EXPECT_EQ(batch->first, Height(12));
  EXPECT_EQ(batch->path, sample_batch().path);
  ASSERT_EQ(batch->blocks.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_TRUE(equal(batch->blocks[i].view(), sample_batch().blocks[i].view()));
}

// Another version of zstd may write another frame; what is frozen is that this one is read, and the bytes before it.
TEST(Batch, OfTheFirstReleaseIsStillRead) {
  const ByteVector frozen = golden::frozen("wire_batch");
  const auto batch = decode_batch(frozen, kBlock);
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->blocks.size(), 5U);
  EXPECT_TRUE(equal(batch->blocks[4].view(), sample_batch().blocks[4].view()));
  EXPECT_TRUE(
      equal(Bytes(frozen).first(batch_header_bytes + 64), encode_batch(sample_batch()).view().first(batch_header_bytes + 64)));
}

TEST(Batch, RefusesEveryTruncation) {
  const SharedBytes payload = encode_batch(sample_batch());
  for (std::size_t size = 0; size < payload.size(); ++size) {
    const auto outcome = refusal(decode_batch(payload.view().first(size), kBlock));
    EXPECT_TRUE(outcome == "truncated" || outcome == "bad_frame") << size << ' ' << outcome;
  }
  EXPECT_EQ(refusal(decode_batch(with_tail(payload, 1).view(), kBlock)), "bad_frame");
}

TEST(Batch, RefusesHeaderFieldsOutOfRange) {
  const SharedBytes payload = encode_batch(sample_batch());
  const auto outcome = [&](std::size_t offset, std::uint8_t value) {
    return refusal(decode_batch(with_byte(payload, offset, value).view(), kBlock));
  };
  EXPECT_EQ(outcome(0, 0), "bad_value");
  EXPECT_EQ(outcome(8, 0), "bad_count");
  EXPECT_EQ(outcome(8, 129), "bad_count");
  EXPECT_EQ(outcome(15, 1), "plain_too_large");
  EXPECT_EQ(outcome(16, 1), "unknown_dictionary");
  EXPECT_EQ(outcome(20, 65), "bad_count");
  EXPECT_EQ(outcome(22, 1), "reserved_not_zero");
  EXPECT_EQ(outcome(12, 1), "declared_size_mismatch");
}

TEST(Batch, RefusesBlocksThatAreNotWhatIsDeclared) {
  const SharedBytes payload = encode_batch(sample_batch());
  EXPECT_EQ(refusal(decode_batch(with_byte(payload, 8, 4).view(), kBlock)), "bad_blocks");
  EXPECT_EQ(refusal(decode_batch(with_byte(payload, 8, 6).view(), kBlock)), "bad_blocks");
  Batch lying;
  lying.first = Height(1);
  SharedBytes block = block_with_body(filled(10, 0));
  store_le<std::uint64_t>(block.writable(), 48, UINT64_MAX);
  lying.blocks.push_back(block);
  EXPECT_EQ(refusal(decode_batch(encode_batch(lying).view(), kBlock)), "bad_blocks");
}

TEST(Batch, CarriesASingleBlockOfAnySizeButSeveralOnlyWithinFourMebibytes) {
  const std::size_t large = 6 * 1'048'576;
  Batch single;
  single.first = Height(1);
  single.blocks.push_back(block_with_body(noise(large, 1)));
  const SharedBytes payload = encode_batch(single);
  EXPECT_TRUE(decode_batch(payload.view(), large));
  EXPECT_LE(payload.size(), payload_cap(info_of(MessageKind::batch), large));
  EXPECT_EQ(refusal(decode_batch(payload.view(), kBlock)), "plain_too_large");
  EXPECT_EQ(refusal(decode_batch(with_byte(payload, 8, 2).view(), large)), "plain_too_large");
}

TEST(Batch, FitsItsCapWhenNothingCompresses) {
  Batch batch;
  batch.first = Height(1);
  batch.path.assign(batch_path_hashes_max, id_of<Hash256>(3));
  std::vector<SharedBytes> blocks;
  for (std::uint64_t i = 0; i < 6; ++i) blocks.push_back(block_with_body(noise(1'048'000, i)));
  blocks.resize(batch_prefix(blocks, limits::sync_batch_bytes_max));
  EXPECT_EQ(blocks.size(), 4U);
  batch.blocks = blocks;
  const SharedBytes payload = encode_batch(batch);
  EXPECT_LE(payload.size(), payload_cap(info_of(MessageKind::batch), kBlock));
  EXPECT_TRUE(decode_batch(payload.view(), kBlock));
}

// Otherwise one transaction of a million equal bytes would make a block that no peer accepts from any other.
TEST(Batch, OfBlocksThatCompressTooWellIsStillAccepted) {
  Batch batch;
  batch.first = Height(1);
  batch.blocks.push_back(block_with_body(filled(kBlock, 'a')));
  batch.blocks.push_back(block_with_body(filled(kBlock, 'a')));
  const SharedBytes payload = encode_batch(batch);
  EXPECT_TRUE(decode_batch(payload.view(), kBlock));
}

TEST(Batch, PrefixKeepsToCountAndBytesButNeverToNothing) {
  const std::vector<SharedBytes> small(200, block_with_body({}));
  EXPECT_EQ(batch_prefix(small, SIZE_MAX), limits::sync_batch_blocks_max);
  EXPECT_EQ(batch_prefix(small, 336 * 3 + 1), 3U);
  EXPECT_EQ(batch_prefix(small, 0), 1U);
  EXPECT_EQ(batch_prefix({}, 100), 0U);
}

}  // namespace
}  // namespace provchain::wire
