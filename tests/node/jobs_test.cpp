// SPDX-License-Identifier: Apache-2.0
#include "engine/node/jobs.hpp"

#include "tests/storage/ledger_fixture.hpp"

namespace provchain::node {
namespace {

using storage::testing::Lines;

class JobsTest : public storage::testing::LedgerTest {
 protected:
  CheckContext context() const {
    return {builder_.genesis().network_id, builder_.genesis().parameters.max_block_bytes, ledger_.get()};
  }
};

TEST_F(JobsTest, ABlockIsToldWhereTheChainHasItsTransactions) {
  const ByteVector block = builder_.add_block(std::vector<Lines>{{"<urn:a> <urn:p> <urn:b> ."}});
  const auto before = check_block(context(), block, {});
  ASSERT_TRUE(before) << storage::describe(before.error());
  EXPECT_EQ(before->outcome, core::BlockOutcome::valid);
  ASSERT_EQ(before->transactions.size(), 1U);
  EXPECT_FALSE(before->transactions[0].in_chain);
  storage::testing::expect_done(commit({block}, builder_.certificate()));
  EXPECT_EQ(check_block(context(), block, {})->transactions[0].in_chain, Height{1});
}

// Otherwise a block that repeats a transaction would look valid.
TEST_F(JobsTest, AStateThatCannotBeReadIsNoVerdict) {
  const ByteVector block = builder_.add_block(std::vector<Lines>{{"<urn:a> <urn:p> <urn:b> ."}});
  std::vector<storage::ReadTxn> readers;
  for (auto txn = ledger_->state().read(); txn; txn = ledger_->state().read()) readers.push_back(*std::move(txn));
  const auto verdict = check_block(context(), block, {});
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code, storage::Errc::readers_full);
}

}  // namespace
}  // namespace provchain::node
