// SPDX-License-Identifier: Apache-2.0
#include "storage/index/term_id.hpp"

#include <gtest/gtest.h>

#include "base/prng.hpp"
#include "storage/index/quad_key.hpp"

namespace provchain::storage {
namespace {

constexpr const char* kXsd = "http://www.w3.org/2001/XMLSchema#";

std::string typed(const std::string& lexical, const std::string& type) { return "\"" + lexical + "\"^^<" + kXsd + type + ">"; }

ByteVector key_of(TermId id) {
  ByteVector key;
  append_term_key(key, id);
  return key;
}

TEST(TermIdInline, GivesBackTheVerySameSpelling) {
  for (const std::string& spelling :
       {typed("0", "integer"), typed("1", "integer"), typed("-1", "integer"), typed("576460752303423487", "integer"),
        typed("-576460752303423487", "integer"), typed("true", "boolean"), typed("false", "boolean"), std::string("\"\""),
        std::string("\"a\""), std::string("\"1234567\""), std::string("\" ~ \"")}) {
    const auto id = inline_term(spelling);
    ASSERT_TRUE(id) << spelling;
    EXPECT_EQ(inline_spelling(*id), spelling);
  }
}

TEST(TermIdInline, LeavesEverythingElseToTheDictionary) {
  for (const std::string& spelling : {typed("01", "integer"),
                                      typed("+1", "integer"),
                                      typed("-0", "integer"),
                                      typed("", "integer"),
                                      typed("1 ", "integer"),
                                      typed("1x", "integer"),
                                      typed("576460752303423488", "integer"),
                                      typed("-576460752303423488", "integer"),
                                      typed("99999999999999999999", "integer"),
                                      typed("1", "boolean"),
                                      typed("True", "boolean"),
                                      typed("1", "int"),
                                      std::string("\"12345678\""),
                                      std::string("\"a\\n\""),
                                      std::string("\"\\\\\""),
                                      std::string("\"\xc3\xa9\""),
                                      std::string("\"a\"@en"),
                                      std::string("<urn:a>"),
                                      std::string("_:c14n0"),
                                      std::string("\""),
                                      std::string()})
    EXPECT_FALSE(inline_term(spelling)) << spelling;
}

TEST(TermIdInline, RefusesIdsThatNoTermHas) {
  EXPECT_FALSE(inline_spelling(make_term_id(TermTag::boolean, 2)));
  EXPECT_FALSE(inline_spelling(make_term_id(TermTag::integer, term_payload_max)));
  EXPECT_FALSE(inline_spelling(make_term_id(TermTag::short_string, 0x22)));
  EXPECT_FALSE(inline_spelling(make_term_id(TermTag::short_string, term_payload_max)));
  EXPECT_FALSE(inline_spelling(make_term_id(TermTag::short_string, 0x6100)));
  EXPECT_FALSE(inline_spelling(make_term_id(TermTag::dictionary, 1)));
  EXPECT_FALSE(inline_spelling(TermId(std::uint64_t{15} << 60)));
}

TEST(TermKey, IsWhatTheFormatSays) {
  EXPECT_EQ(key_of(make_term_id(TermTag::dictionary, 300)), (ByteVector{0x02, 0x01, 0x2c}));
  EXPECT_EQ(key_of(*inline_term("\"ab\"")), (ByteVector{0x52, 0x61, 0x62}));
  EXPECT_EQ(key_of(make_term_id(TermTag::dictionary, 0)), (ByteVector{0x00}));
}

TEST(TermKey, SortsAsTheIdsAndComesBack) {
  Prng random(5);
  for (int i = 0; i < 20'000; ++i) {
    const TermId a(random.next() >> random.below(64));
    const TermId b(random.chance(300) ? a.value() ^ (std::uint64_t{1} << random.below(64)) : random.next() >> random.below(64));
    ASSERT_EQ(key_of(a) < key_of(b), a < b);
    ByteVector key = key_of(a);
    key.push_back(0xee);
    Bytes rest = key;
    ASSERT_EQ(take_term_key(rest), a);
    ASSERT_EQ(rest.size(), 1U);
  }
}

TEST(TermKey, RefusesBytesThatAreNoKey) {
  for (const ByteVector& bytes : {ByteVector{}, ByteVector{0x01}, ByteVector{0x01, 0x00}, ByteVector{0x02, 0x00, 0x01},
                                  ByteVector{0x09, 1, 2, 3, 4, 5, 6, 7, 8, 9}, ByteVector{0x08, 0x10, 0, 0, 0, 0, 0, 0, 0}}) {
    Bytes rest = bytes;
    EXPECT_FALSE(take_term_key(rest));
  }
}

TEST(QuadKey, SortsAsItsOrderedIdsInEveryPermutation) {
  Prng random(6);
  const auto draw = [&random] { return TermId(random.below(4) << 60 | random.next() >> (8 + random.below(56))); };
  for (int i = 0; i < 5'000; ++i) {
    const QuadIds a{draw(), draw(), draw(), draw()};
    const QuadIds b{random.chance(500) ? a.subject : draw(), random.chance(500) ? a.predicate : draw(),
                    random.chance(500) ? a.object : draw(), draw()};
    for (const Permutation permutation : {Permutation::spog, Permutation::posg, Permutation::ospg, Permutation::gspo}) {
      ByteVector key_a;
      ByteVector key_b;
      append_quad_key(key_a, permutation, a);
      append_quad_key(key_b, permutation, b);
      ASSERT_EQ(key_a < key_b, ordered(permutation, a) < ordered(permutation, b));
      ASSERT_EQ(decode_quad_key(permutation, key_a), a);
      key_a.push_back(0);
      ASSERT_FALSE(decode_quad_key(permutation, key_a));
    }
  }
}

TEST(Leb128, ComesBackAndHasOneSpelling) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{300}, UINT64_MAX}) {
    ByteVector bytes;
    append_leb128(bytes, value);
    EXPECT_EQ(decode_leb128(bytes), value);
    bytes.back() |= 0x80;
    bytes.push_back(0);
    EXPECT_FALSE(decode_leb128(bytes));
  }
  EXPECT_FALSE(decode_leb128({}));
  EXPECT_FALSE(decode_leb128(ByteVector{0x80}));
  EXPECT_FALSE(decode_leb128(ByteVector{0x01, 0x01}));
  EXPECT_FALSE(decode_leb128(ByteVector(10, 0xff)));
}

}  // namespace
}  // namespace provchain::storage
