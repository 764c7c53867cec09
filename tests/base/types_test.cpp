// SPDX-License-Identifier: Apache-2.0
#include "base/types.hpp"

#include <gtest/gtest.h>

#include <type_traits>
#include <unordered_set>

namespace provchain {
namespace {

// Swapped arguments must not compile: one kind of number never becomes another, nor does a plain integer become one by itself.
static_assert(!std::is_convertible_v<Height, View>);
static_assert(!std::is_constructible_v<Height, View>);
static_assert(!std::is_convertible_v<std::uint64_t, Height>);
static_assert(!std::is_convertible_v<Height, std::uint64_t>);
static_assert(!std::is_convertible_v<BlockId, TxId>);
static_assert(!std::is_constructible_v<PublicKey, NodeId>);
static_assert(std::is_trivially_copyable_v<BlockId> && sizeof(BlockId) == 32);
static_assert(std::is_trivially_copyable_v<Height> && sizeof(Height) == 8);

TEST(Ordinal, CountsAndCompares) {
  EXPECT_EQ(Height().value(), 0U);
  EXPECT_EQ(Height(4).next(), Height(5));
  EXPECT_EQ(Height(4).plus(6), Height(10));
  EXPECT_EQ(Height(4).previous(), Height(3));
  EXPECT_LT(View(4), View(5));
  EXPECT_EQ(AuthorityIndex(65534).next().value(), 65535U);
}

TEST(OrdinalDeathTest, NeverWraps) {
  EXPECT_DEATH((void)Height(UINT64_MAX).next(), "check failed");
  EXPECT_DEATH((void)AuthorityIndex(UINT16_MAX).next(), "check failed");
  EXPECT_DEATH((void)Height(0).previous(), "check failed");
}

TEST(FixedBytes, LoadsAndStoresAtAnOffset) {
  ByteVector raw(40);
  for (std::size_t i = 0; i < raw.size(); ++i) raw[i] = static_cast<std::uint8_t>(i);
  const BlockId id = BlockId::load(raw, 5);
  EXPECT_EQ(id.bytes[0], 5);
  EXPECT_EQ(id.bytes[31], 36);
  ByteVector copy(40);
  id.store(copy, 8);
  EXPECT_EQ(BlockId::load(copy, 8), id);
  EXPECT_TRUE(all_zero(Bytes(copy).first(8)));
}

TEST(FixedBytes, HexIsLowerCaseAndExact) {
  const std::string hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";
  const auto id = TxId::parse_hex(hex);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->hex(), hex);
  EXPECT_FALSE(TxId::parse_hex(hex.substr(1)));
  EXPECT_FALSE(TxId::parse_hex(hex + "00"));
  EXPECT_FALSE(TxId::parse_hex("000102030405060708090A0b0c0d0e0f101112131415161718191a1b1c1d1eff"));
}

TEST(FixedBytes, OrdersBytewiseAndHashes) {
  TxId low;
  TxId high;
  low.bytes[31] = 0xFF;
  high.bytes[0] = 1;
  EXPECT_LT(low, high);
  EXPECT_TRUE(TxId().is_zero());
  EXPECT_FALSE(low.is_zero());
  EXPECT_EQ((std::unordered_set<TxId>{low, high, low}.size()), 2U);
}

}  // namespace
}  // namespace provchain
