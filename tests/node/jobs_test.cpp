// SPDX-License-Identifier: Apache-2.0
#include "engine/node/jobs.hpp"

#include "crypto/domain.hpp"
#include "storage/rdf/tx_build.hpp"
#include "tests/storage/ledger_fixture.hpp"

namespace provchain::node {
namespace {

using storage::testing::Lines;

class JobsTest : public storage::testing::LedgerTest {
 protected:
  CheckContext context() const {
    return {builder_.genesis().network_id, builder_.genesis().parameters.max_block_bytes, ledger_.get()};
  }
  static core::CheckBlock request(const ByteVector& block) { return {Ticket(1), SharedBytes::copy_of(block), {}, {}}; }
};

TEST_F(JobsTest, ABlockIsToldWhereTheChainHasItsTransactions) {
  const ByteVector block = builder_.add_block(std::vector<Lines>{{"<urn:a> <urn:p> <urn:b> ."}});
  const auto before = check_block(context(), request(block));
  ASSERT_TRUE(before) << storage::describe(before.error());
  EXPECT_EQ(before->outcome, core::BlockOutcome::valid);
  ASSERT_EQ(before->transactions.size(), 1U);
  EXPECT_FALSE(before->transactions[0].in_chain);
  storage::testing::expect_done(commit({block}, builder_.certificate()));
  EXPECT_EQ(check_block(context(), request(block))->transactions[0].in_chain, Height{1});
}

// Otherwise a block that repeats a transaction would look valid.
TEST_F(JobsTest, AStateThatCannotBeReadIsNoVerdict) {
  const ByteVector block = builder_.add_block(std::vector<Lines>{{"<urn:a> <urn:p> <urn:b> ."}});
  std::vector<storage::ReadTxn> readers;
  for (auto txn = ledger_->state().read(); txn; txn = ledger_->state().read()) readers.push_back(*std::move(txn));
  const auto verdict = check_block(context(), request(block));
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code, storage::Errc::readers_full);
}

TEST_F(JobsTest, WhatASystemTransactionAsksForReachesTheCore) {
  const auto state = std::make_shared<const crypto::format::SystemState>(crypto::format::genesis_state(builder_.genesis()));
  crypto::format::Governance governance{{{crypto::format::ChangeKind::admit_participant, {}, ""}}, {}};
  const ByteVector message = crypto::format::approval_message(state->context(), governance.changes);
  for (std::uint8_t i = 0; i < 3; ++i) {
    const crypto::KeyPair authority = storage::testing::authority_key(i);
    governance.approvals.push_back({i, crypto::sign_tagged(authority.secret_key, crypto::domain::govern, message)});
  }
  const ByteVector bytes =
      storage::rdf::build_system_transaction(crypto::format::TxKind::governance, crypto::format::encode_governance(governance),
                                             {builder_.genesis().network_id, 1, Height{9}}, storage::testing::authority_key(0));
  core::CheckTransaction request{Ticket(1), SharedBytes::copy_of(bytes), {}};
  EXPECT_EQ(check_transaction(context(), request)->reject, crypto::format::TxReject::unsupported_kind);
  request.system = state;
  const auto verdict = check_transaction(context(), request);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->reject, std::nullopt);
  ASSERT_TRUE(verdict->tx.system);
  EXPECT_EQ(std::get<0>(verdict->tx.system->what), governance.changes);
  const ByteVector block = builder_.add_block(std::vector<ByteVector>{bytes});
  EXPECT_EQ(check_block(context(), {Ticket(1), SharedBytes::copy_of(block), {}, state})->transactions.at(0).system->checked_in,
            Epoch(0));
}

}  // namespace
}  // namespace provchain::node
