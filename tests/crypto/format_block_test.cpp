// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/block.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "crypto/domain.hpp"
#include "crypto/merkle.hpp"
#include "tests/crypto/format_expect.hpp"
#include "tests/crypto/format_samples.hpp"

namespace provchain::crypto::format {
namespace {

TEST(BlockHeader, RoundTrips) {
  BlockHeader header = samples::block_header();
  header.tx_count = 17;
  header.body_bytes = 4711;
  header.flags = flag_epoch_end | flag_heartbeat;
  const auto decoded = decode_block_header(encode_block_header(header));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, header);
  EXPECT_EQ(block_id_of(header), block_id_of(encode_block_header(header)));
}

TEST(BlockHeader, RefusesOtherSizes) {
  const auto bytes = encode_block_header(samples::block_header());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_REFUSED(decode_block_header(Bytes(bytes).first(size)), FormatErrc::truncated, size);
  EXPECT_REFUSED(decode_block_header(with_appended(bytes, 0)), FormatErrc::trailing_bytes, 336);
}

TEST(BlockHeader, RefusesWhatVersionOneDoesNotKnow) {
  const auto bytes = encode_block_header(samples::block_header());
  EXPECT_REFUSED(decode_block_header(with_le(bytes, 0, 0U)), FormatErrc::unknown_version, 0);
  EXPECT_REFUSED(decode_block_header(with_le(bytes, 0, 2U)), FormatErrc::unknown_version, 0);
  EXPECT_REFUSED(decode_block_header(with_le(bytes, 4, 4U)), FormatErrc::unknown_flag, 4);
  EXPECT_REFUSED(decode_block_header(with_le(bytes, 4, 0x80000000U)), FormatErrc::unknown_flag, 4);
  EXPECT_REFUSED(decode_block_header(with_le(bytes, 32, 0x10000U)), FormatErrc::bad_count, 32);
  for (std::size_t offset = 72; offset < 80; ++offset)
    EXPECT_REFUSED(decode_block_header(with_byte(bytes, offset, 1)), FormatErrc::reserved_not_zero, 72);
}

TEST(BlockHeader, EveryByteThatDecodesIsInTheId) {
  const auto bytes = encode_block_header(samples::block_header());
  const BlockId id = block_id_of(bytes);
  for (std::size_t offset = 0; offset < bytes.size(); ++offset) {
    const ByteVector changed = with_byte(bytes, offset, static_cast<std::uint8_t>(bytes[offset] ^ 1));
    EXPECT_NE(block_id_of(changed), id);
    const auto decoded = decode_block_header(changed);
    if (decoded) {
      EXPECT_TRUE(equal(encode_block_header(*decoded), changed));
    }
  }
}

TEST(Block, SplitsIntoItsTransactions) {
  for (const std::uint32_t count : {0U, 1U, 5U}) {
    const ByteVector bytes = samples::block(count);
    const auto view = decode_block(bytes);
    ASSERT_TRUE(view) << to_string(view.error().code);
    ASSERT_EQ(view->transactions.size(), count);
    EXPECT_EQ(view->id, block_id_of(view->header));
    EXPECT_EQ(tx_root_of(view->transactions), view->header.tx_root);
    for (std::uint32_t i = 0; i < count; ++i) EXPECT_TRUE(equal(view->transactions[i].bytes, samples::transaction(i)));
  }
}

TEST(Block, TxRootIsTheTreeOverIdsAndSignatures) {
  const ByteVector bytes = samples::block(5);
  const auto view = decode_block(bytes);
  ASSERT_TRUE(view);
  std::vector<Hash256> leaves;
  for (const TxView& tx : view->transactions) leaves.push_back(tx_leaf_hash(tx.id, tx.signature));
  EXPECT_EQ(tx_root_of(view->transactions), merkle::root_of(merkle::TaggedHash(domain::transactions), leaves));
  EXPECT_EQ(tx_root_of({}), merkle::TaggedHash(domain::transactions).empty());
}

TEST(Block, RefusesEveryTruncationAndOneByteMore) {
  const ByteVector bytes = samples::block(2);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_REFUSED(decode_block(Bytes(bytes).first(size)), FormatErrc::truncated, size);
  EXPECT_REFUSED(decode_block(with_appended(bytes, 0)), FormatErrc::trailing_bytes, bytes.size());
}

TEST(Block, RefusesCountsThatContradictTheBody) {
  const ByteVector bytes = samples::block(2);
  EXPECT_REFUSED(decode_block(with_le(bytes, 36, 1U)), FormatErrc::bad_count, 36);
  EXPECT_REFUSED(decode_block(with_le(bytes, 36, 0U)), FormatErrc::bad_count, 36);
  EXPECT_REFUSED(decode_block(with_le(bytes, 36, UINT32_MAX)), FormatErrc::bad_count, 36);
  // The body could hold a third transaction of the smallest size, but ends where it should begin.
  ByteVector three = with_le(samples::block(5), 36, 6U);
  EXPECT_REFUSED(decode_block(three), FormatErrc::truncated, three.size());
}

TEST(Block, RefusesABodyNoBlockMayHave) {
  EXPECT_REFUSED(decode_block(with_le(samples::block(1), 48, std::uint64_t{limits::block_bytes_max} + 1)), FormatErrc::too_large,
                 48);
  EXPECT_REFUSED(decode_block(with_le(samples::block(1), 48, UINT64_MAX)), FormatErrc::too_large, 48);
}

TEST(Block, NamesThePlaceInsideTheBody) {
  const ByteVector bytes = samples::block(2);
  const std::size_t second = 336 + samples::transaction(0).size();
  EXPECT_REFUSED(decode_block(with_le(bytes, second, 9U)), FormatErrc::unknown_version, second);
  EXPECT_REFUSED(decode_block(with_le(bytes, second + 4, 9U)), FormatErrc::unknown_kind, second + 4);
}

}  // namespace
}  // namespace provchain::crypto::format
