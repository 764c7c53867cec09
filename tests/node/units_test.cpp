// SPDX-License-Identifier: Apache-2.0
#include "engine/node/units.hpp"

#include <gtest/gtest.h>

namespace provchain::node {
namespace {

TEST(Units, ReadsDurationsWithAndWithoutUnit) {
  EXPECT_EQ(parse_duration_ms("250ms"), 250U);
  EXPECT_EQ(parse_duration_ms("10s"), 10'000U);
  EXPECT_EQ(parse_duration_ms("2m"), 120'000U);
  EXPECT_EQ(parse_duration_ms("1h"), 3'600'000U);
  EXPECT_EQ(parse_duration_ms("10"), 10'000U);
  EXPECT_EQ(parse_duration_ms("0"), 0U);
}

TEST(Units, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "s", "-1", "1.5s", "01", "1 s", "1sec", "99999999999999999999", "400000h"})
    EXPECT_FALSE(parse_duration_ms(text).has_value()) << text;
}

TEST(Units, ReadsSizes) {
  EXPECT_EQ(parse_size_bytes("1048576"), 1'048'576U);
  EXPECT_EQ(parse_size_bytes("64KiB"), 65'536U);
  EXPECT_EQ(parse_size_bytes("1TiB"), std::uint64_t{1} << 40);
  EXPECT_FALSE(parse_size_bytes("1MB").has_value());
  EXPECT_FALSE(parse_size_bytes("9999999999TiB").has_value());
}

TEST(Units, SplitsHostAndPort) {
  const auto plain = parse_host_port("node1.example.com:8080");
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->host, "node1.example.com");
  EXPECT_EQ(plain->port, 8080);
  const auto v6 = parse_host_port("[::1]:7");
  ASSERT_TRUE(v6.has_value());
  EXPECT_EQ(v6->host, "::1");
}

TEST(Units, RefusesWhatIsNoHostAndPort) {
  for (const char* text : {"", "host", ":80", "host:", "host:65536", "host:x", "::1:80", "[]:80", "[::1:80"})
    EXPECT_FALSE(parse_host_port(text).has_value()) << text;
}

TEST(Units, WritesTheShortestDuration) {
  EXPECT_EQ(duration_text(250), "250ms");
  EXPECT_EQ(duration_text(10'000), "10s");
}

}  // namespace
}  // namespace provchain::node
