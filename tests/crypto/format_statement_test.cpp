// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/statement.hpp"

#include <gtest/gtest.h>

#include "tests/crypto/format_expect.hpp"
#include "tests/crypto/format_samples.hpp"

namespace provchain::crypto::format {
namespace {

using samples::context;
using samples::finalize;
using samples::notarize;
using samples::nullify;

TEST(Statement, RoundTripsForEveryKind) {
  for (const Ballot& ballot : {notarize(1), finalize(7), nullify(9, 0), nullify(9, 8)}) {
    const StatementBytes bytes = encode_statement(context(), ballot);
    const auto decoded = decode_statement(bytes);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->context, context());
    EXPECT_EQ(decoded->ballot, ballot);
    EXPECT_EQ(as_text(Bytes(bytes).first(16)), "pvc/consensus/v1");
  }
}

TEST(Statement, RefusesOtherSizes) {
  const StatementBytes bytes = encode_statement(context(), notarize(1));
  EXPECT_REFUSED(decode_statement(Bytes(bytes).first(151)), FormatErrc::truncated, 151);
  EXPECT_REFUSED(decode_statement({}), FormatErrc::truncated, 0);
  EXPECT_REFUSED(decode_statement(with_appended(bytes, 0)), FormatErrc::trailing_bytes, 152);
}

TEST(Statement, RefusesAnotherTagKindOrPadding) {
  const StatementBytes bytes = encode_statement(context(), notarize(1));
  EXPECT_REFUSED(decode_statement(with_byte(bytes, 15, '2')), FormatErrc::unknown_version, 0);
  EXPECT_REFUSED(decode_statement(with_byte(bytes, 80, 0)), FormatErrc::unknown_kind, 80);
  EXPECT_REFUSED(decode_statement(with_byte(bytes, 80, 4)), FormatErrc::unknown_kind, 80);
  for (std::size_t offset = 81; offset < 88; ++offset)
    EXPECT_REFUSED(decode_statement(with_byte(bytes, offset, 1)), FormatErrc::reserved_not_zero, 81);
}

// Each of these breaks one condition of is_well_formed.
std::vector<Ballot> ill_formed() {
  std::vector<Ballot> ballots;
  const auto add = [&](Ballot ballot, auto change) {
    change(ballot);
    ballots.push_back(ballot);
  };
  add(notarize(5), [](Ballot& b) { b.view = View(0), b.parent_view = View(0); });
  add(notarize(5), [](Ballot& b) { b.parent_view = View(5); });
  add(finalize(5), [](Ballot& b) { b.parent_view = View(6); });
  add(notarize(5), [](Ballot& b) { b.height = Height(0); });
  add(finalize(5), [](Ballot& b) { b.height = Height(0); });
  add(nullify(5, 3), [](Ballot& b) { b.parent_view = View(5); });
  add(nullify(5, 3), [](Ballot& b) { b.height = Height(1); });
  add(nullify(5, 3), [](Ballot& b) { b.block_id.bytes[31] = 1; });
  add(nullify(5, 3), [](Ballot& b) { b.view = View(0), b.parent_view = View(0); });
  return ballots;
}

TEST(Statement, RefusesEveryIllFormedBallot) {
  for (const Ballot& ballot : ill_formed()) {
    EXPECT_FALSE(is_well_formed(ballot));
    EXPECT_REFUSED(decode_statement(encode_statement(context(), ballot)), FormatErrc::bad_statement, 88);
    EXPECT_REFUSED(decode_vote(encode_vote({ballot, AuthorityIndex(1), Signature{}})), FormatErrc::bad_statement, 3);
  }
}

TEST(Vote, RoundTrips) {
  for (const Ballot& ballot : {notarize(1), finalize(7), nullify(9, 4)}) {
    const Vote vote = samples::vote(ballot, 2);
    const auto decoded = decode_vote(encode_vote(vote));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, vote);
  }
  const Vote highest{notarize(1), AuthorityIndex(UINT16_MAX), Signature{}};
  EXPECT_EQ(decode_vote(encode_vote(highest))->signer, AuthorityIndex(UINT16_MAX));
}

TEST(Vote, RefusesOtherSizesAndKinds) {
  const auto bytes = encode_vote(samples::vote(notarize(1), 0));
  EXPECT_REFUSED(decode_vote(Bytes(bytes).first(130)), FormatErrc::truncated, 130);
  EXPECT_REFUSED(decode_vote(with_appended(bytes, 0)), FormatErrc::trailing_bytes, 131);
  EXPECT_REFUSED(decode_vote(with_byte(bytes, 0, 0)), FormatErrc::unknown_kind, 0);
  EXPECT_REFUSED(decode_vote(with_byte(bytes, 0, 4)), FormatErrc::unknown_kind, 0);
}

TEST(FormatErrc, TextsAreDistinct) {
  for (int i = 0; i <= static_cast<int>(FormatErrc::too_large); ++i)
    for (int j = 0; j < i; ++j) EXPECT_NE(to_string(static_cast<FormatErrc>(i)), to_string(static_cast<FormatErrc>(j)));
}

}  // namespace
}  // namespace provchain::crypto::format
