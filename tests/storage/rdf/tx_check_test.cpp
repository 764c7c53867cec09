// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/tx_check.hpp"

#include <gtest/gtest.h>

#include "crypto/domain.hpp"
#include "crypto/ed25519.hpp"
#include "storage/rdf/canonical.hpp"
#include "storage/rdf/tx_build.hpp"

namespace provchain::storage::rdf {
namespace {

using crypto::format::BlockHeader;
using crypto::format::TxHeader;
using crypto::format::TxReject;

const std::string kTwoLines = "<urn:a> <urn:p> \"1\" .\n<urn:b> <urn:p> \"2\" <urn:g> .\n";

class TxCheck : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::init());
    author_ = crypto::key_pair_from_seed(ByteVector(32, 7));
    network_.bytes.fill(0x11);
  }

  // Signed bytes whose header is true to `payload` but for what `change` does to it.
  template <class Change>
  ByteVector transaction_with(const std::string& payload, std::uint32_t quad_count, Change change) const {
    TxHeader header;
    header.network_id = network_;
    header.author = author_.public_key;
    header.salt = 7;
    header.valid_until = Height{1'000};
    header.quad_count = quad_count;
    header.payload_bytes = static_cast<std::uint32_t>(payload.size());
    header.dataset_root = dataset_root_of(as_bytes(payload));
    change(header);
    const auto header_bytes = crypto::format::encode_tx_header(header);
    ByteVector bytes(header_bytes.begin(), header_bytes.end());
    append(bytes, as_bytes(payload));
    append(bytes, crypto::sign_tagged(author_.secret_key, crypto::domain::transaction_sign,
                                      crypto::format::tx_id_of(header_bytes).view())
                      .view());
    return bytes;
  }
  ByteVector transaction(const std::string& payload, std::uint32_t quad_count) const {
    return transaction_with(payload, quad_count, [](TxHeader&) {});
  }
  TransactionVerdict check(const ByteVector& bytes) const { return check_transaction(bytes, network_, limits_); }
  void expect_reject(const ByteVector& bytes, TxReject reject) const {
    const TransactionVerdict verdict = check(bytes);
    ASSERT_TRUE(verdict.reject.has_value());
    EXPECT_EQ(to_string(*verdict.reject), to_string(reject));
  }

  ByteVector block_of(const std::vector<ByteVector>& transactions) const {
    BlockHeader header;
    header.height = Height{1};
    header.network_id = network_;
    header.tx_count = static_cast<std::uint32_t>(transactions.size());
    std::vector<crypto::format::TxView> views;
    ByteVector body;
    for (const ByteVector& bytes : transactions) {
      views.push_back(*crypto::format::decode_transaction(bytes));
      append(body, bytes);
    }
    header.body_bytes = body.size();
    header.tx_root = crypto::format::tx_root_of(views);
    const auto header_bytes = crypto::format::encode_block_header(header);
    ByteVector block(header_bytes.begin(), header_bytes.end());
    append(block, body);
    return block;
  }
  BodyVerdict check_body(const ByteVector& block, const std::vector<bool>& known = {}) const {
    return check_block_body(block, known, network_, limits_);
  }

  crypto::KeyPair author_;
  NetworkId network_;
  TxLimits limits_;
};

TEST_F(TxCheck, FindsTheRootsOfTheWorkedExample) {
  EXPECT_EQ(dataset_root_of(as_bytes(kTwoLines)).hex(), "905bb37751b2d39a691bb8a9d38f66359530d8e400420da848887592bafb2660");
  EXPECT_EQ(kTwoLines.size(), 52U);
}

TEST_F(TxCheck, AcceptsWhatTheClientBuilds) {
  const std::vector<std::string_view> lines = {"<urn:a> <urn:p> \"1\" .", "<urn:b> <urn:p> \"2\" <urn:g> ."};
  const ByteVector bytes = build_transaction(lines, {network_, 7, Height{1'000}}, author_);
  EXPECT_EQ(bytes, transaction(kTwoLines, 2));
  const TransactionVerdict verdict = check(bytes);
  EXPECT_FALSE(verdict.reject.has_value());
  EXPECT_EQ(verdict.transaction.quad_count, 2U);
  EXPECT_EQ(verdict.transaction.author, author_.public_key);
  EXPECT_EQ(verdict.transaction.valid_until, Height{1'000});
  EXPECT_EQ(verdict.transaction.bytes, bytes.size());
}

TEST_F(TxCheck, RefusesEveryFaultByItsName) {
  ByteVector bytes = transaction(kTwoLines, 2);
  expect_reject({}, TxReject::malformed);
  expect_reject(ByteVector(bytes.begin(), bytes.end() - 1), TxReject::malformed);
  expect_reject(transaction_with(kTwoLines, 2, [](TxHeader& header) { header.network_id.bytes[0] ^= 1; }),
                TxReject::wrong_network);
  const auto as_kind = [](crypto::format::TxKind kind) {
    return [kind](TxHeader& header) {
      header.kind = kind;
      header.quad_count = 0;
    };
  };
  expect_reject(transaction_with(kTwoLines, 0, as_kind(crypto::format::TxKind::governance)), TxReject::unsupported_kind);
  expect_reject(transaction_with(kTwoLines, 0, as_kind(crypto::format::TxKind::evidence)), TxReject::unsupported_kind);
  expect_reject(transaction_with(kTwoLines, 2, [](TxHeader& header) { header.dataset_root.bytes[0] ^= 1; }),
                TxReject::bad_dataset_root);
  expect_reject(transaction("<urn:a> <urn:p>  \"1\" .\n", 1), TxReject::not_canonical);
  expect_reject(transaction("<urn:a> <urn:p> \"1\" .", 1), TxReject::not_canonical);
  expect_reject(transaction("", 1), TxReject::bad_quad_count);
  expect_reject(transaction("<urn:b> <urn:p> \"1\" .\n<urn:a> <urn:p> \"1\" .\n", 2), TxReject::not_sorted);
  expect_reject(transaction("<urn:a> <urn:p> _:c14n0 .\n", 1), TxReject::blank_node);
  expect_reject(transaction("<urn:a> <urn:p> \"1\" <urn:provchain:tx:00> .\n", 1), TxReject::reserved_graph);
  expect_reject(transaction(kTwoLines, 1), TxReject::bad_quad_count);
  expect_reject(transaction(kTwoLines, 3), TxReject::bad_quad_count);
  expect_reject(transaction(kTwoLines, limits::transaction_quads_max + 1), TxReject::bad_quad_count);
  expect_reject(transaction_with(kTwoLines, 2, [](TxHeader& header) { header.author = {}; }), TxReject::bad_author_key);
  expect_reject(
      transaction_with(kTwoLines, 2,
                       [](TxHeader& header) { header.author = crypto::key_pair_from_seed(ByteVector(32, 8)).public_key; }),
      TxReject::bad_signature);
  bytes.back() ^= 1;
  expect_reject(bytes, TxReject::bad_signature);
}

TEST_F(TxCheck, RefusesOneByteMoreThanABlockHolds) {
  const ByteVector bytes = transaction(kTwoLines, 2);
  limits_.transaction_bytes_max = bytes.size();
  EXPECT_FALSE(check(bytes).reject.has_value());
  limits_.transaction_bytes_max = bytes.size() - 1;
  expect_reject(bytes, TxReject::too_large);
}

TEST_F(TxCheck, SaysWhereInThePayload) {
  const TransactionVerdict verdict = check(transaction("<urn:a> <urn:p> \"1\" .\n<b> <urn:p> \"1\" .\n", 2));
  EXPECT_EQ(verdict.where, (RdfError{RdfErrc::relative_iri, {2, 1}}));
}

TEST_F(TxCheck, RefusesEveryFlippedBitOfAValidTransaction) {
  const ByteVector bytes = transaction(kTwoLines, 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    ByteVector flipped = bytes;
    flipped[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
    EXPECT_TRUE(check(flipped).reject.has_value()) << "byte " << i;
  }
}

TEST_F(TxCheck, RootsPartPayloadsOfEqualLength) {
  EXPECT_NE(dataset_root_of(as_bytes("a\n")), dataset_root_of(as_bytes("aa")));
  EXPECT_NE(dataset_root_of(as_bytes("a\n\n")), dataset_root_of(as_bytes("a\nb")));
}

TEST_F(TxCheck, ABlockIsValidWithItsTransactions) {
  const BodyVerdict verdict = check_body(block_of({transaction(kTwoLines, 2), transaction("<urn:a> <urn:p> \"1\" .\n", 1)}));
  EXPECT_EQ(verdict.outcome, BodyOutcome::valid);
  ASSERT_EQ(verdict.transactions.size(), 2U);
  EXPECT_EQ(verdict.transactions[1].quad_count, 1U);
  EXPECT_EQ(check_body(block_of({})).outcome, BodyOutcome::valid);
}

TEST_F(TxCheck, AFlippedByteOfABodyIsNeverTheBlocksFault) {
  const ByteVector block = block_of({transaction(kTwoLines, 2)});
  for (std::size_t i = crypto::format::block_header_bytes; i < block.size(); ++i) {
    ByteVector flipped = block;
    flipped[i] ^= 1;
    EXPECT_EQ(check_body(flipped).outcome, BodyOutcome::wrong_body) << "byte " << i;
  }
  EXPECT_EQ(check_body(ByteVector(block.begin(), block.end() - 1)).outcome, BodyOutcome::wrong_body);
}

TEST_F(TxCheck, ABlockThatCommitsToABadTransactionIsInvalid) {
  const auto expect_invalid = [&](const ByteVector& bad, TxReject reject) {
    const BodyVerdict verdict = check_body(block_of({transaction(kTwoLines, 2), bad}));
    EXPECT_EQ(verdict.outcome, BodyOutcome::invalid);
    EXPECT_EQ(verdict.reject, reject);
    EXPECT_TRUE(verdict.transactions.empty());
  };
  ByteVector forged = transaction(kTwoLines, 2);
  forged.back() ^= 1;
  expect_invalid(forged, TxReject::bad_signature);
  expect_invalid(transaction("<urn:a> <urn:p>  \"1\" .\n", 1), TxReject::not_canonical);
  expect_invalid(transaction("<urn:a> <urn:p> _:b .\n", 1), TxReject::blank_node);
  const auto root_over_whole_payload = [](TxHeader& header) { header.kind = crypto::format::TxKind::governance; };
  expect_invalid(transaction_with("one leaf", 0, root_over_whole_payload), TxReject::unsupported_kind);
}

TEST_F(TxCheck, ARootThatNoBodyReproducesIsAWrongBody) {
  const auto wrong_root = [](TxHeader& header) { header.dataset_root.bytes[0] ^= 1; };
  EXPECT_EQ(check_body(block_of({transaction_with(kTwoLines, 2, wrong_root)})).outcome, BodyOutcome::wrong_body);
}

TEST_F(TxCheck, KnownTransactionsAreNotCheckedAgain) {
  ByteVector forged = transaction(kTwoLines, 2);
  forged.back() ^= 1;
  EXPECT_EQ(check_body(block_of({forged}), {true}).outcome, BodyOutcome::valid);
  EXPECT_EQ(check_body(block_of({forged}), {false}).outcome, BodyOutcome::invalid);
}

TEST_F(TxCheck, BatchesAreWholeLinesWithinBothBudgets) {
  std::vector<std::string> owned;
  for (int i = 100; i < 200; ++i) owned.push_back("<urn:" + std::to_string(i) + "> <urn:p> <urn:o> .");
  const std::vector<std::string_view> lines(owned.begin(), owned.end());
  const std::size_t line_bytes = lines[0].size() + 1;
  const std::size_t envelope_bytes = crypto::format::tx_header_bytes + crypto::format::tx_signature_bytes;
  const auto by_bytes = split_into_batches(lines, {envelope_bytes + 7 * line_bytes, 1'000});
  ASSERT_TRUE(by_bytes);
  EXPECT_EQ(by_bytes->size(), 15U);
  for (const Lines batch : *by_bytes) {
    const ByteVector bytes = build_transaction(batch, {network_, 1, Height{9}}, author_);
    EXPECT_LE(bytes.size(), envelope_bytes + 7 * line_bytes);
    EXPECT_FALSE(check(bytes).reject.has_value());
  }
  const auto by_quads = split_into_batches(lines, {limits::block_bytes_default, 30});
  ASSERT_TRUE(by_quads);
  EXPECT_EQ(by_quads->size(), 4U);
  EXPECT_EQ(by_quads->back().size(), 10U);
  EXPECT_TRUE(split_into_batches({}, {})->empty());
  const auto refused = split_into_batches(lines, {envelope_bytes + line_bytes - 1, 30});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (RdfError{RdfErrc::line_exceeds_transaction, {1, 1}}));
}

}  // namespace
}  // namespace provchain::storage::rdf
