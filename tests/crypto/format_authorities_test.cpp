// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/authorities.hpp"

#include <gtest/gtest.h>

#include "crypto/digest.hpp"
#include "crypto/domain.hpp"
#include "tests/crypto/format_expect.hpp"
#include "tests/crypto/format_samples.hpp"

namespace provchain::crypto::format {
namespace {

TEST(Quorum, IsAllButTheToleratedFaultsAndAnyTwoShareAnHonestOne) {
  for (std::size_t n = 1; n <= 100; ++n) {
    const std::size_t q = quorum(n);
    const std::size_t f = faults_tolerated(n);
    EXPECT_EQ(q, n - f) << n;
    EXPECT_EQ(f, (n - 1) / 3) << n;
    EXPECT_GT(3 * q, 2 * n) << n;        // more than two thirds
    EXPECT_LE(3 * (q - 1), 2 * n) << n;  // and no more than needed
    EXPECT_GE(2 * q - n, f + 1) << n;    // two quorums share more than f
    EXPECT_LE(q, n) << n;
  }
  EXPECT_EQ(quorum(1), 1U);
  EXPECT_EQ(quorum(2), 2U);
  EXPECT_EQ(quorum(3), 3U);
  EXPECT_EQ(quorum(4), 3U);
  EXPECT_EQ(quorum(100), 67U);
  EXPECT_EQ(faults_tolerated(0), 0U);
}

TEST(Authorities, RoundTrip) {
  for (const std::size_t count : {1U, 4U, 100U}) {
    const AuthorityList list = samples::authorities(count);
    const auto decoded = decode_authorities(encode_authorities(list));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, list);
  }
  AuthorityList odd = samples::authorities(2);
  odd[0].name.clear();
  odd[1].name.assign(255, 'x');
  EXPECT_EQ(*decode_authorities(encode_authorities(odd)), odd);
}

TEST(Authorities, RefusesCountsOutOfRange) {
  EXPECT_REFUSED(decode_authorities(with_le(encode_authorities(samples::authorities(1)), 0, std::uint16_t{0})),
                 FormatErrc::bad_count, 0);
  EXPECT_REFUSED(decode_authorities(with_le(encode_authorities(samples::authorities(1)), 0, std::uint16_t{101})),
                 FormatErrc::bad_count, 0);
}

TEST(Authorities, RefusesEveryTruncationAndOneByteMore) {
  const ByteVector bytes = encode_authorities(samples::authorities(3));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_REFUSED(decode_authorities(Bytes(bytes).first(size)), FormatErrc::truncated, size);
  EXPECT_REFUSED(decode_authorities(with_appended(bytes, 0)), FormatErrc::trailing_bytes, bytes.size());
}

TEST(Authorities, HashCoversOrderKeysAndNames) {
  const AuthorityList list = samples::authorities(4);
  EXPECT_EQ(authority_set_hash(list), hash(domain::authorities, encode_authorities(list)));
  AuthorityList swapped = list;
  std::swap(swapped[0], swapped[1]);
  EXPECT_NE(authority_set_hash(swapped), authority_set_hash(list));
  AuthorityList renamed = list;
  renamed[3].name += "x";
  EXPECT_NE(authority_set_hash(renamed), authority_set_hash(list));
}

TEST(Authorities, AcceptableMeansOneToHundredDifferentGoodKeys) {
  EXPECT_TRUE(is_acceptable(samples::authorities(1)));
  EXPECT_TRUE(is_acceptable(samples::authorities(100)));
  EXPECT_FALSE(is_acceptable({}));
  EXPECT_FALSE(is_acceptable(samples::authorities(101)));
  AuthorityList list = samples::authorities(4);
  list[3].key = list[0].key;
  EXPECT_FALSE(is_acceptable(list));
  list[3].key = PublicKey{};  // order 4
  EXPECT_FALSE(is_acceptable(list));
  list = samples::authorities(4);
  list[0].name.assign(256, 'x');
  EXPECT_FALSE(is_acceptable(list));
}

}  // namespace
}  // namespace provchain::crypto::format
