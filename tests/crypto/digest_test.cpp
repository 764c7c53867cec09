// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.hpp"

#include <gtest/gtest.h>

#include "crypto/checksum.hpp"
#include "crypto/domain.hpp"

namespace provchain::crypto {
namespace {

TEST(Digest, IsUnkeyedBlake2b256OfTagAndBytes) {
  // Known values of BLAKE2b with 32 bytes of output, of "abc" and of nothing.
  EXPECT_EQ(hash("a", as_bytes("bc")).hex(), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  EXPECT_EQ(hash("", Bytes{}).hex(), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

TEST(Digest, PartsAreTheirConcatenation) {
  const Hash256 whole = hash("tag", as_bytes("one two three"));
  EXPECT_EQ(hash("tag", {as_bytes("one "), as_bytes("two "), as_bytes("three")}), whole);
  EXPECT_EQ(Hasher("tag").update("one ").update("").update(as_bytes("two three")).finish(), whole);
}

TEST(Digest, IntegersAreHashedLittleEndian) {
  const std::uint8_t bytes[] = {0x04, 0x03, 0x02, 0x01};
  EXPECT_EQ(Hasher("tag").update_le(std::uint32_t{0x01020304}).finish(), hash("tag", Bytes(bytes)));
}

TEST(Digest, LongInputsCrossBlocks) {
  const ByteVector bytes(1000, 0x5A);
  Hasher in_steps("tag");
  for (std::size_t offset = 0; offset < bytes.size(); offset += 37)
    in_steps.update(Bytes(bytes).subspan(offset, std::min<std::size_t>(37, bytes.size() - offset)));
  EXPECT_EQ(in_steps.finish(), hash("tag", bytes));
}

TEST(Domain, NoTagIsAPrefixOfAnother) {
  const std::string_view tags[] = {domain::genesis,          domain::transaction, domain::dataset,     domain::transactions,
                                   domain::history,          domain::header,      domain::authorities, domain::system,
                                   domain::evidence,         domain::leader,      domain::consensus,   domain::govern,
                                   domain::transaction_sign, domain::noise_id,    domain::attest,      domain::peer_record};
  for (std::size_t i = 0; i < std::size(tags); ++i)
    for (std::size_t j = 0; j < std::size(tags); ++j)
      if (i != j) {
        EXPECT_FALSE(tags[i].starts_with(tags[j])) << tags[i] << " and " << tags[j];
      }
}

TEST(Checksum, IsXxh3Of64Bits) {
  EXPECT_EQ(checksum64(Bytes{}), 0x2D06800538D394C2U);
  EXPECT_NE(checksum64(as_bytes("a")), checksum64(as_bytes("b")));
}

}  // namespace
}  // namespace provchain::crypto
