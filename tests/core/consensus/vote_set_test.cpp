// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/vote_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/prng.hpp"
#include "engine/core/consensus/certificate_book.hpp"
#include "tests/core/consensus/cluster.hpp"

namespace provchain::core::consensus::test {
namespace {

using crypto::format::Ballot;
using crypto::format::Certificate;
using crypto::format::covered_since;
using crypto::format::Vote;
using crypto::format::VoteKind;

BlockId block(std::uint8_t id) {
  BlockId value;
  value.bytes.fill(id);
  return value;
}
Ballot notarize(std::uint64_t view, std::uint8_t id = 1) {
  return {VoteKind::notarize, Epoch{}, View(view), View(view - 1), Height(1), block(id)};
}
Ballot finalize(std::uint64_t view, std::uint8_t id = 1) {
  Ballot ballot = notarize(view, id);
  ballot.kind = VoteKind::finalize;
  return ballot;
}
Ballot nullify(std::uint64_t since, std::uint64_t view) {
  return {VoteKind::nullify, Epoch{}, View(view), View(since), Height{}, BlockId{}};
}
Vote vote(std::size_t signer, const Ballot& ballot) { return sign_vote({}, signer, ballot); }

// ---- votes ----

TEST(VoteSet, MakesACertificateOfExactlyAQuorumOnOneStatement) {
  VoteSet votes(4);
  EXPECT_TRUE(votes.add(vote(0, notarize(3, 1))).stored);
  EXPECT_TRUE(votes.add(vote(1, notarize(3, 2))).stored);
  EXPECT_TRUE(votes.add(vote(2, notarize(3, 1))).stored);
  EXPECT_FALSE(votes.assemble(VoteKind::notarize, View(3)));
  EXPECT_TRUE(votes.add(vote(3, notarize(3, 1))).stored);
  const auto certificate = votes.assemble(VoteKind::notarize, View(3));
  ASSERT_TRUE(certificate);
  EXPECT_EQ(certificate->block_id, block(1));
  ASSERT_EQ(certificate->signers.size(), 3U);
  EXPECT_EQ(certificate->signers[1].authority, AuthorityIndex(2));
}

TEST(VoteSet, TakesTheSmallestSinceForASkipCertificate) {
  VoteSet votes(4);
  for (std::size_t i = 0; i < 3; ++i) (void)votes.add(vote(i, nullify(i == 1 ? 8 : 2, 9)));
  EXPECT_EQ(covered_since(*votes.assemble(VoteKind::nullify, View(9))), View(8));
  (void)votes.add(vote(3, nullify(0, 9)));
  const auto better = votes.assemble(VoteKind::nullify, View(9));
  ASSERT_TRUE(better);
  EXPECT_EQ(covered_since(*better), View(2));
  EXPECT_EQ(better->signers.size(), 3U);
  EXPECT_EQ(encode_certificate(*better, 4),
            encode_certificate(*crypto::format::decode_certificate(encode_certificate(*better, 4), 4), 4));
}

TEST(VoteSet, NeverReplacesAVoteAndReportsAnEquivocationOnce) {
  VoteSet votes(4);
  (void)votes.add(vote(0, notarize(3, 1)));
  EXPECT_EQ(votes.judge(vote(0, notarize(3, 1))), VoteSet::Judgement::known);
  EXPECT_EQ(votes.judge(vote(0, notarize(3, 2))), VoteSet::Judgement::conflicting);
  EXPECT_EQ(votes.add(vote(0, notarize(3, 2))).contradicts, vote(0, notarize(3, 1)));
  EXPECT_EQ(votes.judge(vote(0, notarize(3, 2))), VoteSet::Judgement::proven);
  EXPECT_EQ(votes.add(vote(0, notarize(3, 2))).contradicts, std::nullopt);
  EXPECT_EQ(votes.find(VoteKind::notarize, View(3), AuthorityIndex(0))->ballot, notarize(3, 1));
}

TEST(VoteSet, SeesAFinalisedViewThatItsSignerSkippedLater) {
  VoteSet votes(4);
  (void)votes.add(vote(2, finalize(5)));
  const auto added = votes.add(vote(2, nullify(3, 8)));
  EXPECT_TRUE(added.stored);
  ASSERT_TRUE(added.contradicts);
  EXPECT_EQ(added.contradicts->ballot.kind, VoteKind::finalize);
}

TEST(VoteSet, ForgetsViewsBelowTheWindow) {
  VoteSet votes(4);
  for (std::uint64_t view = 1; view <= 10; ++view) (void)votes.add(vote(0, nullify(0, view)));
  votes.forget_below(View(8));
  EXPECT_EQ(votes.size(), 3U);
  EXPECT_EQ(votes.count(VoteKind::nullify, View(7)), 0U);
  EXPECT_EQ(votes.count(VoteKind::nullify, View(8)), 1U);
}

// ---- certificates ----

Certificate skip(std::uint64_t since, std::uint64_t view) {
  Certificate certificate;
  certificate.kind = VoteKind::nullify;
  certificate.view = View(view);
  for (std::uint16_t i = 0; i < 3; ++i) certificate.signers.push_back({AuthorityIndex(i), View(since), Signature{}});
  return certificate;
}
Certificate node(VoteKind kind, std::uint64_t view, std::uint8_t id = 1) {
  Certificate certificate{kind, Epoch{}, View(view), View(view - 1), Height(1), block(id), {}};
  for (std::uint16_t i = 0; i < 3; ++i) certificate.signers.push_back({AuthorityIndex(i), View{}, Signature{}});
  return certificate;
}

TEST(CertificateBook, CoversARangeWithTheFewestSkips) {
  CertificateBook book(4);
  EXPECT_TRUE(book.add(skip(4, 6), false));
  EXPECT_TRUE(book.add(skip(6, 7), false));
  EXPECT_FALSE(book.cover(View(3), View(8))) << "view 4 is not covered";
  EXPECT_EQ(book.first_gap(View(3), View(8)), View(4));
  EXPECT_TRUE(book.add(skip(2, 5), false));
  const auto cover = book.cover(View(3), View(8));
  ASSERT_TRUE(cover);
  EXPECT_EQ(cover->size(), 3U);
  EXPECT_TRUE(book.add(skip(3, 7), false));
  EXPECT_EQ(book.cover(View(3), View(8))->size(), 1U);
  EXPECT_TRUE(book.cover(View(7), View(8))->empty());
}

TEST(CertificateBook, ReplacesAWorseSkipAndRefusesOneThatAddsNothing) {
  CertificateBook book(4);
  EXPECT_TRUE(book.add(skip(6, 7), false));
  EXPECT_TRUE(book.add(skip(2, 7), false));
  EXPECT_FALSE(book.add(skip(3, 7), false));
  EXPECT_FALSE(book.add(skip(2, 5), false)) << "the higher one covers all of it";
  EXPECT_EQ(covered_since(book.find(VoteKind::nullify, View(7))->certificate), View(2));
}

TEST(CertificateBook, NoticesTwoBlocksCertifiedInOneView) {
  CertificateBook book(4);
  EXPECT_TRUE(book.add(node(VoteKind::notarize, 3, 1), false));
  EXPECT_TRUE(book.add(node(VoteKind::finalize, 3, 1), false));
  EXPECT_FALSE(book.conflict());
  EXPECT_FALSE(book.add(node(VoteKind::notarize, 3, 2), false));
  EXPECT_TRUE(book.conflict());
}

TEST(CertificateBook, HandsEveryCertificateToTheJournalOnce) {
  CertificateBook book(4);
  (void)book.add(node(VoteKind::notarize, 3), true);
  (void)book.add(node(VoteKind::notarize, 4), false);
  (void)book.add(skip(2, 5), false);
  EXPECT_EQ(book.take_unjournalled().size(), 2U);
  EXPECT_TRUE(book.take_unjournalled().empty());
  (void)book.add(skip(1, 5), false);
  EXPECT_EQ(book.take_unjournalled().size(), 1U) << "a better one justifies votes that the worse one did not";
}

TEST(CertificateBook, IsBoundedAndForgetsWhatIsFinal) {
  CertificateBook book(4);
  for (std::uint64_t view = 1; view <= CertificateBook::per_kind_max + 10; ++view)
    (void)book.add(node(VoteKind::notarize, view), false);
  EXPECT_EQ(book.notarisations().size(), CertificateBook::per_kind_max);
  book.forget_up_to(View(CertificateBook::per_kind_max));
  EXPECT_EQ(book.notarisations().size(), 10U);
  EXPECT_EQ(book.top_node(), View(CertificateBook::per_kind_max + 10));
}

// The index by signer against the plain search through everything.
TEST(VoteSet, FindsEvidenceWhereverAFullSearchFindsIt) {
  Prng dice(3);
  for (int round = 0; round < 300; ++round) {
    VoteSet votes(4);
    std::vector<Vote> stored;
    for (int i = 0; i < 30; ++i) {
      Ballot ballot;
      ballot.kind = static_cast<VoteKind>(1 + dice.below(3));
      ballot.view = View(1 + dice.below(6));
      ballot.parent_view = View(dice.below(ballot.view.value()));
      if (ballot.kind != VoteKind::nullify) {
        ballot.height = Height(1);
        ballot.block_id.bytes[0] = static_cast<std::uint8_t>(dice.below(2));
      }
      const Vote vote{ballot, AuthorityIndex(static_cast<std::uint16_t>(dice.below(4))), {}};
      const VoteSet::Judgement judgement = votes.judge(vote);
      if (judgement == VoteSet::Judgement::proven || judgement == VoteSet::Judgement::known) continue;
      const bool conflicts = std::ranges::any_of(stored, [&](const Vote& other) {
        return other.signer == vote.signer && contradiction_of(other.ballot, ballot).has_value();
      });
      const VoteSet::Added added = votes.add(vote);
      ASSERT_EQ(added.contradicts.has_value(), conflicts);
      if (added.stored) stored.push_back(vote);
    }
  }
}

TEST(VoteSet, RemembersTheHighestVoteOfASignerWhenItsViewIsForgotten) {
  VoteSet votes(4);
  const AuthorityIndex signer(2);
  EXPECT_EQ(votes.highest_of(signer), nullptr);
  const Vote high{{VoteKind::nullify, Epoch{}, View(7), View(3), Height{}, BlockId{}}, signer, {}};
  votes.add(high);
  votes.add(Vote{{VoteKind::nullify, Epoch{}, View(5), View(3), Height{}, BlockId{}}, signer, {}});
  votes.forget_below(View(9));
  EXPECT_EQ(votes.size(), 0U);
  ASSERT_NE(votes.highest_of(signer), nullptr);
  EXPECT_EQ(votes.highest_of(signer)->ballot, high.ballot);
}

}  // namespace
}  // namespace provchain::core::consensus::test
