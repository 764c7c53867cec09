// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/evidence.hpp"

#include <gtest/gtest.h>

#include "crypto/digest.hpp"
#include "crypto/domain.hpp"
#include "tests/crypto/format_expect.hpp"
#include "tests/crypto/format_samples.hpp"

namespace provchain::crypto::format {
namespace {

using samples::nullify;

Ballot of(VoteKind kind, std::uint64_t view, std::uint8_t block) {
  return {kind, Epoch(3), View(view), View(view - 1), Height(1), samples::filled<BlockId>(block)};
}
Ballot notarize(std::uint64_t view, std::uint8_t block = 1) { return of(VoteKind::notarize, view, block); }
Ballot finalize(std::uint64_t view, std::uint8_t block = 1) { return of(VoteKind::finalize, view, block); }

ByteVector sample() { return to_vector(encode_evidence(samples::evidence(genesis_state(samples::genesis()), 2))); }

TEST(Contradiction, NamesExactlyThePairsThatNoHonestAuthoritySigns) {
  EXPECT_EQ(contradiction_of(notarize(3, 1), notarize(3, 2)), Contradiction::two_notarisations);
  EXPECT_EQ(contradiction_of(finalize(3, 1), finalize(3, 2)), Contradiction::two_finalisations);
  EXPECT_EQ(contradiction_of(finalize(3), nullify(5, 2)), Contradiction::skipped_a_finalised);
  EXPECT_EQ(contradiction_of(nullify(3, 2), finalize(3)), Contradiction::skipped_a_finalised);
  EXPECT_EQ(contradiction_of(notarize(3, 1), finalize(3, 2)), Contradiction::finalised_another);
  EXPECT_EQ(contradiction_of(nullify(3, 1), nullify(3, 2)), Contradiction::two_nullifications);
}

TEST(Contradiction, IsAbsentForWhatAnHonestAuthorityMaySign) {
  EXPECT_EQ(contradiction_of(notarize(3), notarize(3)), std::nullopt);
  EXPECT_EQ(contradiction_of(notarize(3), finalize(3)), std::nullopt);
  EXPECT_EQ(contradiction_of(notarize(3), nullify(3, 2)), std::nullopt);
  EXPECT_EQ(contradiction_of(finalize(3), nullify(5, 3)), std::nullopt);
  EXPECT_EQ(contradiction_of(finalize(6), nullify(5, 3)), std::nullopt);
  EXPECT_EQ(contradiction_of(notarize(3, 1), notarize(4, 2)), std::nullopt);
  Ballot later = notarize(3, 2);
  later.epoch = Epoch(4);
  EXPECT_EQ(contradiction_of(notarize(3, 1), later), std::nullopt);
}

TEST(Contradiction, HasAStableName) {
  EXPECT_EQ(to_string(Contradiction::two_notarisations), "two_notarisations");
  EXPECT_EQ(to_string(Contradiction::two_finalisations), "two_finalisations");
  EXPECT_EQ(to_string(Contradiction::skipped_a_finalised), "skipped_a_finalised");
  EXPECT_EQ(to_string(Contradiction::finalised_another), "finalised_another");
  EXPECT_EQ(to_string(Contradiction::two_nullifications), "two_nullifications");
}

TEST(Evidence, ComesBackAsItWas) {
  for (const auto& [a, b] : {std::pair{notarize(3, 1), notarize(3, 2)}, std::pair{finalize(3), nullify(5, 2)},
                             std::pair{nullify(3, 1), nullify(3, 2)}}) {
    const auto evidence = make_evidence(samples::context(), samples::vote(a, 1), samples::vote(b, 1));
    ASSERT_TRUE(evidence);
    EXPECT_EQ(contradiction_of(*evidence), contradiction_of(a, b));
    const auto decoded = decode_evidence(encode_evidence(*evidence));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, *evidence);
  }
}

TEST(Evidence, IsTheSameWhicheverVoteWasSeenFirst) {
  const Vote a = samples::vote(notarize(3, 1), 1);
  const Vote b = samples::vote(notarize(3, 2), 1);
  EXPECT_EQ(make_evidence(samples::context(), a, b), make_evidence(samples::context(), b, a));
  EXPECT_EQ(evidence_id_of(*make_evidence(samples::context(), a, b)), evidence_id_of(*make_evidence(samples::context(), b, a)));
}

TEST(Evidence, NeedsOneSignerAndAContradiction) {
  EXPECT_FALSE(make_evidence(samples::context(), samples::vote(notarize(3, 1), 1), samples::vote(notarize(3, 2), 2)));
  EXPECT_FALSE(make_evidence(samples::context(), samples::vote(notarize(3, 1), 1), samples::vote(finalize(3, 1), 1)));
}

TEST(Evidence, IdIsOfTheLayoutInTheNote) {
  const Evidence evidence = samples::evidence(genesis_state(samples::genesis()), 2);
  const ByteVector payload = sample();
  ByteVector bytes;
  append_le(bytes, std::uint64_t{0});
  append_le(bytes, std::uint16_t{2});
  bytes.push_back(1);
  append(bytes, Bytes(payload).first(statement_bytes));
  append(bytes, Bytes(payload).subspan(evidence_bytes / 2, statement_bytes));
  EXPECT_EQ(evidence_id_of(evidence), hash(domain::evidence, bytes));
}

TEST(Evidence, RefusesWhatIsNotExactlyOnePayload) {
  const ByteVector payload = sample();
  EXPECT_REFUSED(decode_evidence(Bytes(payload).first(evidence_bytes - 1)), FormatErrc::truncated, evidence_bytes - 1);
  EXPECT_REFUSED(decode_evidence(with_appended(payload, 0)), FormatErrc::trailing_bytes, evidence_bytes);
  EXPECT_REFUSED(decode_evidence(Bytes{}), FormatErrc::truncated, 0);
}

TEST(Evidence, RefusesStatementsThatDoNotBelongTogether) {
  const ByteVector payload = sample();
  constexpr std::size_t second = evidence_bytes / 2;
  EXPECT_REFUSED(decode_evidence(with_byte(payload, 0, 'q')), FormatErrc::unknown_version, 0);
  EXPECT_REFUSED(decode_evidence(with_byte(payload, second + 80, 4)), FormatErrc::unknown_kind, second + 80);
  EXPECT_REFUSED(decode_evidence(with_byte(payload, second + 16, 0)), FormatErrc::bad_statement, second);
  EXPECT_REFUSED(decode_evidence(with_byte(payload, second + 48, 0)), FormatErrc::bad_statement, second);
  EXPECT_REFUSED(decode_evidence(with_byte(payload, second + 152, 3)), FormatErrc::bad_statement, second + 152);
  EXPECT_REFUSED(decode_evidence(with_byte(payload, second + 88, 1)), FormatErrc::bad_statement, second);
}

TEST(Evidence, RefusesTheSameStatementTwiceAndTheWrongOrder) {
  const ByteVector payload = sample();
  const Bytes first = Bytes(payload).first(evidence_bytes / 2);
  const Bytes second = Bytes(payload).subspan(evidence_bytes / 2);
  ByteVector twice = to_vector(first);
  append(twice, first);
  EXPECT_REFUSED(decode_evidence(twice), FormatErrc::bad_statement, evidence_bytes / 2);
  ByteVector swapped = to_vector(second);
  append(swapped, first);
  EXPECT_REFUSED(decode_evidence(swapped), FormatErrc::not_ascending, evidence_bytes / 2);
}

}  // namespace
}  // namespace provchain::crypto::format
