// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/transaction.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.hpp"
#include "crypto/domain.hpp"
#include "crypto/merkle.hpp"
#include "tests/crypto/format_expect.hpp"
#include "tests/crypto/format_samples.hpp"

namespace provchain::crypto::format {
namespace {

TEST(Transaction, DatasetTreeAndIdAreTheCheckValuesOfTheFormatNote) {
  const merkle::TaggedHash h(domain::dataset);
  EXPECT_EQ(h.empty().hex().substr(0, 8), "fe535eff");
  EXPECT_EQ(h.empty().hex().substr(58), "235ec0");
  const Hash256 first = h.leaf(as_bytes("<urn:a> <urn:p> \"1\" ."));
  EXPECT_EQ(first.hex().substr(0, 8), "73cbe10b");
  EXPECT_EQ(first.hex().substr(58), "57061f");
  EXPECT_EQ(samples::tx_header().dataset_root.hex(), "905bb37751b2d39a691bb8a9d38f66359530d8e400420da848887592bafb2660");
  EXPECT_EQ(samples::tx_header().payload_bytes, 52U);
  EXPECT_EQ(tx_id_of(encode_tx_header(samples::tx_header())).hex(),
            "5e5897c130e8888efb31251d020ec385ae298fe30d71772d1763d86b5531db21");
}

TEST(Transaction, DecodesWhatWasEncoded) {
  const ByteVector bytes = samples::transaction(9);
  const auto view = decode_transaction(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->header.salt, 9U);
  EXPECT_EQ(view->header.valid_until, Height(1000));
  EXPECT_EQ(as_text(view->payload), samples::dataset);
  EXPECT_EQ(view->bytes.size(), bytes.size());
  EXPECT_TRUE(verify_tagged(view->header.author, domain::transaction_sign, view->id.view(), view->signature));
}

TEST(Transaction, HeaderRoundTripsForEveryKind) {
  for (const TxKind kind : {TxKind::dataset, TxKind::governance, TxKind::evidence}) {
    TxHeader header = samples::tx_header();
    header.kind = kind;
    header.quad_count = kind == TxKind::dataset ? 1 : 0;
    const auto decoded = decode_tx_header(encode_tx_header(header));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, header);
  }
}

TEST(Transaction, SplitLeavesWhatFollows) {
  ByteVector bytes = samples::transaction(1);
  const std::size_t first_bytes = bytes.size();
  append(bytes, samples::transaction(2));
  const auto first = split_transaction(bytes);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->bytes.size(), first_bytes);
  EXPECT_REFUSED(decode_transaction(bytes), FormatErrc::trailing_bytes, first_bytes);
}

TEST(Transaction, RefusesEveryTruncation) {
  const ByteVector bytes = samples::transaction(1);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_REFUSED(decode_transaction(Bytes(bytes).first(size)), FormatErrc::truncated, size);
}

TEST(Transaction, RefusesUnknownVersionAndKind) {
  for (const std::uint32_t version : {0U, 2U, 0x01000000U})
    EXPECT_REFUSED(decode_transaction(with_le(samples::transaction(1), 0, version)), FormatErrc::unknown_version, 0);
  for (const std::uint32_t kind : {0U, 4U, 0x100U})
    EXPECT_REFUSED(decode_transaction(with_le(samples::transaction(1), 4, kind)), FormatErrc::unknown_kind, 4);
}

TEST(Transaction, RefusesAQuadCountThatItsKindCannotHave) {
  EXPECT_REFUSED(decode_transaction(with_le(samples::transaction(1), 88, 0U)), FormatErrc::bad_count, 88);
  EXPECT_REFUSED(decode_transaction(with_le(samples::transaction(1), 4, 2U)), FormatErrc::bad_count, 88);
  EXPECT_REFUSED(decode_transaction(with_le(samples::transaction(1), 4, 3U)), FormatErrc::bad_count, 88);
}

TEST(Transaction, RefusesAPayloadNoBlockCanHoldBeforeItsBytesAreThere) {
  const auto payload_bytes_max = static_cast<std::uint32_t>(limits::block_bytes_max - tx_header_bytes - tx_signature_bytes);
  EXPECT_REFUSED(split_transaction(with_le(samples::transaction(1), 92, payload_bytes_max + 1)), FormatErrc::too_large, 92);
  EXPECT_REFUSED(split_transaction(with_le(samples::transaction(1), 92, UINT32_MAX)), FormatErrc::too_large, 92);
  EXPECT_REFUSED(split_transaction(with_le(samples::transaction(1), 92, payload_bytes_max)), FormatErrc::truncated,
                 samples::transaction(1).size());
}

TEST(Transaction, LeafBindsIdAndSignature) {
  const auto id = samples::filled<TxId>(1);
  const auto signature = samples::filled<Signature>(2);
  const Hash256 leaf = tx_leaf_hash(id, signature);
  EXPECT_NE(leaf, tx_leaf_hash(samples::filled<TxId>(3), signature));
  EXPECT_NE(leaf, tx_leaf_hash(id, samples::filled<Signature>(3)));
  ByteVector both = to_vector(id.view());
  append(both, signature.view());
  EXPECT_EQ(leaf, merkle::TaggedHash(domain::transactions).leaf(both));
}

TEST(TxReject, NamesAreDistinct) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < tx_reject_count; ++i) names.push_back(to_string(static_cast<TxReject>(i)));
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
  EXPECT_EQ(to_string(TxReject::duplicate), "duplicate");
}

}  // namespace
}  // namespace provchain::crypto::format
