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

}  // namespace
}  // namespace provchain::storage
