// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/certificate.hpp"

#include <gtest/gtest.h>

#include "tests/crypto/format_expect.hpp"
#include "tests/crypto/format_samples.hpp"

namespace provchain::crypto::format {
namespace {

using samples::context;
constexpr VoteKind kinds[] = {VoteKind::notarize, VoteKind::nullify, VoteKind::finalize};

ByteVector encoded(VoteKind kind, std::size_t count = 4) { return encode_certificate(samples::certificate(kind, count), count); }

TEST(Certificate, RoundTripsForEveryKindAndSize) {
  for (const std::size_t count : {1U, 2U, 3U, 4U, 7U, 8U, 9U, 16U, 17U, 100U}) {
    for (const VoteKind kind : kinds) {
      const Certificate certificate = samples::certificate(kind, count);
      const ByteVector bytes = encode_certificate(certificate, count);
      const auto decoded = decode_certificate(bytes, count);
      ASSERT_TRUE(decoded) << to_string(decoded.error().code);
      EXPECT_EQ(*decoded, certificate);
      EXPECT_TRUE(verify_certificate(*decoded, context(), samples::authorities(count)));
      if (kind != VoteKind::nullify) {
        EXPECT_EQ(bytes.size(), 65 + (count + 7) / 8 + 64 * quorum(count));
      }
    }
  }
}

TEST(Certificate, DistancesOfEveryLengthRoundTrip) {
  Certificate certificate = samples::certificate(VoteKind::nullify, 4);
  certificate.view = View(UINT64_MAX);
  for (int bits = 0; bits < 64; ++bits) {
    certificate.signers[0].since = View(UINT64_MAX - 1 - (bits == 0 ? 0 : (1ULL << bits) - 1));
    certificate.signers[1].since = View(UINT64_MAX - 1 - (1ULL << bits) + 1);
    certificate.signers[2].since = View(0);
    const auto decoded = decode_certificate(encode_certificate(certificate, 4), 4);
    ASSERT_TRUE(decoded) << bits;
    EXPECT_EQ(*decoded, certificate);
  }
}

TEST(Certificate, CoversFromItsGreatestSince) {
  EXPECT_EQ(covered_since(samples::certificate(VoteKind::nullify, 4)), View(999 - 9));
  EXPECT_EQ(covered_since(samples::certificate(VoteKind::finalize, 4)), View(0));
}

TEST(Certificate, RefusesEveryTruncationAndOneByteMore) {
  for (const VoteKind kind : kinds) {
    const ByteVector bytes = encoded(kind);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto decoded = decode_certificate(Bytes(bytes).first(size), 4);
      ASSERT_FALSE(decoded);
      EXPECT_EQ(decoded.error().code, FormatErrc::truncated);
    }
    EXPECT_REFUSED(decode_certificate(with_appended(bytes, 0), 4), FormatErrc::trailing_bytes, bytes.size());
  }
}

TEST(Certificate, RefusesAnAuthorityCountOutOfRange) {
  EXPECT_REFUSED(decode_certificate(encoded(VoteKind::finalize), 0), FormatErrc::bad_count, 0);
  EXPECT_REFUSED(decode_certificate(encoded(VoteKind::finalize), 101), FormatErrc::bad_count, 0);
}

TEST(Certificate, RefusesUnknownKinds) {
  EXPECT_REFUSED(decode_certificate(with_byte(encoded(VoteKind::finalize), 0, 0), 4), FormatErrc::unknown_kind, 0);
  EXPECT_REFUSED(decode_certificate(with_byte(encoded(VoteKind::finalize), 0, 4), 4), FormatErrc::unknown_kind, 0);
}

TEST(Certificate, RefusesEveryBitmapThatIsNotExactlyAQuorum) {
  const ByteVector bytes = encoded(VoteKind::finalize);
  for (int bitmap = 0; bitmap < 256; ++bitmap) {
    const auto decoded = decode_certificate(with_byte(bytes, 65, static_cast<std::uint8_t>(bitmap)), 4);
    const bool is_quorum = bitmap < 16 && std::popcount(static_cast<unsigned>(bitmap)) == 3;
    EXPECT_EQ(decoded.has_value(), is_quorum) << bitmap;
    if (!decoded) {
      EXPECT_EQ(decoded.error().code, FormatErrc::bad_bitmap);
    }
  }
}

TEST(Certificate, RefusesStatementsNobodyCanHaveSigned) {
  const ByteVector finalize = encoded(VoteKind::finalize);
  EXPECT_REFUSED(decode_certificate(with_le(finalize, 9, std::uint64_t{0}), 4), FormatErrc::bad_statement, 9);
  EXPECT_REFUSED(decode_certificate(with_le(finalize, 17, std::uint64_t{1000}), 4), FormatErrc::bad_statement, 9);
  EXPECT_REFUSED(decode_certificate(with_le(finalize, 25, std::uint64_t{0}), 4), FormatErrc::bad_statement, 9);
  const ByteVector nullify = encoded(VoteKind::nullify);
  EXPECT_REFUSED(decode_certificate(with_byte(nullify, 17, 1), 4), FormatErrc::bad_statement, 17);
  EXPECT_REFUSED(decode_certificate(with_byte(nullify, 25, 1), 4), FormatErrc::bad_statement, 9);
  EXPECT_REFUSED(decode_certificate(with_byte(nullify, 64, 1), 4), FormatErrc::bad_statement, 9);
  EXPECT_REFUSED(decode_certificate(with_le(nullify, 9, std::uint64_t{0}), 4), FormatErrc::bad_statement, 9);
}

// A NULLIFY certificate of one authority in view `view`, its distance spelt by the caller.
ByteVector nullify_of_one(std::uint64_t view, const ByteVector& distance) {
  ByteVector bytes(65, 0);
  bytes[0] = 2;
  store_le(MutBytes(bytes), 9, view);
  bytes.push_back(1);
  append(bytes, distance);
  bytes.resize(bytes.size() + 64);
  return bytes;
}

TEST(Certificate, RefusesDistancesThatAreNotMinimalOrOutOfRange) {
  EXPECT_TRUE(decode_certificate(nullify_of_one(1000, {0xE7, 0x07}), 1));                                        // 999, since = 0
  EXPECT_REFUSED(decode_certificate(nullify_of_one(1000, {0xE8, 0x07}), 1), FormatErrc::not_minimal, 66);        // beyond view 0
  EXPECT_REFUSED(decode_certificate(nullify_of_one(1000, {0x80, 0x00}), 1), FormatErrc::not_minimal, 66);        // 0 in two bytes
  EXPECT_REFUSED(decode_certificate(nullify_of_one(1000, {0xE7, 0x87, 0x00}), 1), FormatErrc::not_minimal, 66);  // 999 in three
  const ByteVector nine(9, 0xFF);
  const auto with_tenth = [&](std::uint8_t tenth) {
    ByteVector distance = nine;
    distance.push_back(tenth);
    return nullify_of_one(UINT64_MAX, distance);
  };
  EXPECT_REFUSED(decode_certificate(with_tenth(0x01), 1), FormatErrc::not_minimal, 66);  // 2^64 - 1: beyond view 0
  EXPECT_REFUSED(decode_certificate(with_tenth(0x02), 1), FormatErrc::not_minimal, 66);  // beyond 64 bits
  EXPECT_REFUSED(decode_certificate(with_tenth(0x80), 1), FormatErrc::not_minimal, 66);  // does not end
}

TEST(Certificate, VerificationIsAboutEverySignerAndTheContext) {
  const AuthorityList authorities = samples::authorities(4);
  for (const VoteKind kind : kinds) {
    const Certificate good = samples::certificate(kind, 4);
    ASSERT_TRUE(verify_certificate(good, context(), authorities));
    for (std::size_t i = 0; i < good.signers.size(); ++i) {
      Certificate bad = good;
      bad.signers[i].signature.bytes[5] ^= 1;
      EXPECT_FALSE(verify_certificate(bad, context(), authorities));
    }
    EXPECT_FALSE(verify_certificate(good, {context().network_id, samples::filled<BlockId>(0x99)}, authorities));
    EXPECT_FALSE(verify_certificate(good, {samples::filled<NetworkId>(0x99), context().anchor_id}, authorities));
    EXPECT_FALSE(verify_certificate(good, context(), samples::authorities(5)));
    EXPECT_FALSE(verify_certificate(good, context(), samples::authorities(0)));
  }
}

TEST(Certificate, OneSignerTwiceIsNoQuorum) {
  Certificate certificate = samples::certificate(VoteKind::finalize, 4);
  certificate.signers[1] = certificate.signers[0];
  EXPECT_FALSE(verify_certificate(certificate, context(), samples::authorities(4)));
  certificate.signers[1] = {AuthorityIndex(200), View(), Signature()};
  EXPECT_FALSE(verify_certificate(certificate, context(), samples::authorities(4)));
}

TEST(Certificate, NullifyVerifiesEachSignersOwnSince) {
  Certificate certificate = samples::certificate(VoteKind::nullify, 4);
  std::swap(certificate.signers[0].since, certificate.signers[1].since);
  EXPECT_FALSE(verify_certificate(certificate, context(), samples::authorities(4)));
}

}  // namespace
}  // namespace provchain::crypto::format
