// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.hpp"

#include <gtest/gtest.h>

namespace provchain {
namespace {

TEST(Bytes, IntegersAreLittleEndian) {
  std::uint8_t raw[12] = {};
  store_le(MutBytes(raw), 2, std::uint32_t{0xA1B2C3D4});
  EXPECT_EQ(to_hex(raw), "0000d4c3b2a1000000000000");
  EXPECT_EQ(load_le<std::uint32_t>(raw, 2), 0xA1B2C3D4U);
  store_le(MutBytes(raw), 4, UINT64_MAX - 1);
  EXPECT_EQ(load_le<std::uint64_t>(raw, 4), UINT64_MAX - 1);
  EXPECT_EQ(load_le<std::uint16_t>(raw, 3), 0xFEC3U);
  EXPECT_EQ(load_le<std::uint8_t>(raw, 4), 0xFEU);
}

TEST(Bytes, AppendsWhatLoadReads) {
  ByteVector out;
  append_le(out, std::uint16_t{0x0102});
  append_le(out, std::uint64_t{0x1122334455667788});
  append(out, as_bytes("end"));
  EXPECT_EQ(load_le<std::uint16_t>(out, 0), 0x0102U);
  EXPECT_EQ(load_le<std::uint64_t>(out, 2), 0x1122334455667788U);
  EXPECT_EQ(as_text(Bytes(out).subspan(10)), "end");
}

TEST(Bytes, EqualComparesLengthAndContent) {
  EXPECT_TRUE(equal({}, as_bytes("")));
  EXPECT_TRUE(equal(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(equal(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(equal(as_bytes("abc"), as_bytes("ab")));
}

TEST(Bytes, AllZeroOfNothingIsTrue) {
  const std::uint8_t raw[3] = {0, 0, 1};
  EXPECT_TRUE(all_zero({}));
  EXPECT_TRUE(all_zero(Bytes(raw).first(2)));
  EXPECT_FALSE(all_zero(raw));
}

TEST(Hex, RoundTripsEveryByte) {
  ByteVector all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<std::uint8_t>(byte));
  ByteVector back(all.size());
  ASSERT_TRUE(from_hex(to_hex(all), back));
  EXPECT_EQ(back, all);
}

TEST(Hex, HasOneSpellingOnly) {
  std::uint8_t out[2];
  EXPECT_TRUE(from_hex("00ff", out));
  for (const std::string_view bad :
       {"00fF", "00FF", "00f", "00ff0", "00ff00", "", "0x0f", "00 f", "g0ff", "00/f", "00:f", "00`f"})
    EXPECT_FALSE(from_hex(bad, out)) << bad;
  EXPECT_TRUE(from_hex("", MutBytes{}));
}

}  // namespace
}  // namespace provchain
