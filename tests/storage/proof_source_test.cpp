// SPDX-License-Identifier: Apache-2.0
#include "storage/proof_source.hpp"

#include <gtest/gtest.h>

#include "crypto/format/proof_verify.hpp"
#include "tests/storage/ledger_fixture.hpp"

namespace provchain::storage {
namespace {

using crypto::format::ProofBundle;
using testing::expect_done;
using testing::Lines;
using testing::tx_id_of_bytes;
using testing::value_of;

class ProofSourceTest : public testing::LedgerTest {
 protected:
  void expect_verifies(const std::optional<ProofBundle>& bundle) const {
    ASSERT_TRUE(bundle);
    const auto facts = crypto::format::verify_proof(*bundle, builder_.genesis());
    EXPECT_TRUE(facts) << to_string(facts.error());
  }
  // A block of `count` transactions with count lines each, certified.
  std::vector<ByteVector> commit_many(std::uint64_t count) {
    std::vector<ByteVector> transactions;
    for (std::uint64_t i = 0; i < count; ++i)
      transactions.push_back(builder_.transaction(lines(count), 1000 * builder_.height().value() + i));
    commit_certified(transactions);
    return transactions;
  }
  static Lines lines(std::uint64_t count) {
    Lines result;
    for (std::uint64_t i = 0; i < count; ++i) result.push_back("<urn:s> <urn:p> \"" + std::to_string(i) + "\" .");
    return result;
  }
  [[nodiscard]] ProofSource source() const { return ProofSource(*ledger_); }
};

TEST_F(ProofSourceTest, ProvesEveryBlockUnderTheNewestCertificate) {
  for (std::uint64_t i = 1; i <= 9; ++i) commit_many(1);
  for (std::uint64_t height = 1; height <= 9; ++height) expect_verifies(value_of(source().block(Height(height))));
}

TEST_F(ProofSourceTest, ProvesEveryTransactionAndEveryLine) {
  for (std::uint64_t count = 1; count <= 4; ++count) {
    for (const ByteVector& transaction : commit_many(count)) {
      expect_verifies(value_of(source().transaction(tx_id_of_bytes(transaction))));
      for (const std::string& line : lines(count)) expect_verifies(value_of(source().line(tx_id_of_bytes(transaction), line)));
    }
  }
  commit_many(1);
  EXPECT_FALSE(value_of(source().transaction(TxId{})));
}

TEST_F(ProofSourceTest, HasNoProofOfWhatIsNotThere) {
  const auto transactions = commit_many(2);
  EXPECT_FALSE(value_of(source().line(tx_id_of_bytes(transactions[0]), "<urn:s> <urn:p> \"2\" .")));
  EXPECT_FALSE(value_of(source().line(TxId{}, "<urn:s> <urn:p> \"0\" .")));
  EXPECT_FALSE(value_of(source().block(Height(2))));
  EXPECT_FALSE(value_of(source().block(Height{})));
}

TEST_F(ProofSourceTest, HasNoProofAboveTheNewestCertificate) {
  const ByteVector transaction = builder_.transaction(lines(1), 1);
  expect_done(commit({builder_.add_block(std::vector<ByteVector>{transaction})}));
  EXPECT_FALSE(value_of(source().block(Height(1))));
  EXPECT_FALSE(value_of(source().transaction(tx_id_of_bytes(transaction))));
  commit_many(1);
  expect_verifies(value_of(source().block(Height(1))));
  expect_verifies(value_of(source().transaction(tx_id_of_bytes(transaction))));
}

class ProofAcrossEpochs : public ProofSourceTest {
 protected:
  // Epochs of 4, 1, 7 and 2 authorities; the last has one block.
  void SetUp() override {
    ProofSourceTest::SetUp();
    transaction_ = commit_many(1).front();
    commit_epoch_end({7});
    commit_many(2);
    commit_epoch_end({20, 21, 22, 23, 24, 25, 26});
    commit_epoch_end({26, 100});
    commit_many(1);
    for (std::uint64_t height = 1; height <= builder_.height().value(); ++height)
      expect_verifies(value_of(source().block(Height(height))));
    bundle_ = *value_of(source().line(tx_id_of_bytes(transaction_), lines(1).front()));
    expect_verifies(bundle_);
    ASSERT_EQ(bundle_.epochs.size(), 3U);
  }
  void expect_refused(const ProofBundle& bundle, crypto::format::ProofErrc code) const {
    const auto facts = crypto::format::verify_proof(bundle, builder_.genesis());
    ASSERT_FALSE(facts);
    EXPECT_EQ(facts.error(), code);
  }

  ByteVector transaction_;
  ProofBundle bundle_;
};

TEST_F(ProofAcrossEpochs, ProvesUnderTheNewestEpochWhatTheFirstOneDecided) {
  const auto facts = crypto::format::verify_proof(bundle_, builder_.genesis());
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->height, Height(1));
  EXPECT_EQ(facts->epoch, Epoch(0));
  EXPECT_EQ(facts->head_height, builder_.height());
  const auto again = crypto::format::decode_proof_bundle(crypto::format::encode_proof_bundle(bundle_));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, bundle_);
}

TEST_F(ProofAcrossEpochs, EveryStepIsNeededInItsPlace) {
  using enum crypto::format::ProofErrc;
  for (std::size_t i = 0; i < bundle_.epochs.size(); ++i) {
    ProofBundle dropped = bundle_;
    dropped.epochs.erase(dropped.epochs.begin() + static_cast<std::ptrdiff_t>(i));
    expect_refused(dropped, i + 1 == bundle_.epochs.size() ? bad_head_header : bad_epoch_step);
    ProofBundle doubled = bundle_;
    doubled.epochs.insert(doubled.epochs.begin() + static_cast<std::ptrdiff_t>(i), bundle_.epochs[i]);
    expect_refused(doubled, bad_epoch_step);
  }
  for (std::size_t i = 1; i < bundle_.epochs.size(); ++i) {
    ProofBundle swapped = bundle_;
    std::swap(swapped.epochs[i - 1], swapped.epochs[i]);
    expect_refused(swapped, bad_epoch_step);
  }
}

TEST_F(ProofAcrossEpochs, ForeignSetsAndCertificatesAreRefused) {
  using enum crypto::format::ProofErrc;
  const auto spoil = [&](auto change) {
    for (std::size_t i = 0; i < bundle_.epochs.size(); ++i) {
      ProofBundle bundle = bundle_;
      change(bundle, i);
      expect_refused(bundle, bad_epoch_step);
    }
  };
  spoil([&](ProofBundle& bundle, std::size_t i) {
    bundle.epochs[i].next_authorities =
        encode_authorities(i == 2 ? builder_.genesis().authorities
                                  : crypto::format::AuthorityList{{builder_.genesis().authorities[1].key, "foreign"}});
  });
  spoil([&](ProofBundle& bundle, std::size_t i) { bundle.epochs[i].certificate = bundle_.epochs[(i + 1) % 3].certificate; });
  spoil([&](ProofBundle& bundle, std::size_t i) { bundle.epochs[i].certificate.back() ^= 1; });
  spoil([&](ProofBundle& bundle, std::size_t i) { bundle.epochs[i].header[300] ^= 1; });
  spoil([&](ProofBundle& bundle, std::size_t i) { bundle.epochs[i].header = bundle_.head.header; });
}

// The authorities that the genesis names were all removed on the way: what they sign now is worth nothing.
TEST_F(ProofAcrossEpochs, RemovedAuthoritiesCannotCertifyAHead) {
  testing::ChainBuilder rival;
  const ByteVector block = rival.add_empty_block();
  ProofBundle bundle = bundle_;
  bundle.head.header = to_vector(Bytes(block).first(crypto::format::block_header_bytes));
  bundle.head.certificate = rival.certificate();
  expect_refused(bundle, crypto::format::ProofErrc::bad_head_header);
}

}  // namespace
}  // namespace provchain::storage
