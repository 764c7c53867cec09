// SPDX-License-Identifier: Apache-2.0
#include "engine/node/jobs.hpp"

#include "crypto/domain.hpp"
#include "storage/rdf/tx_build.hpp"
#include "tests/storage/ledger_fixture.hpp"
#include "wire/messages.hpp"

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

TEST_F(JobsTest, ServesWhatEndedEpochs) {
  commit_epoch_end({1, 2});
  commit_epoch_end({2, 3, 4});
  commit_certified(std::vector<Lines>{{"<urn:a> <urn:p> <urn:b> ."}});
  const auto answer = serve_epochs(context(), {ConnId{1}, 7, Epoch(0), 32});
  EXPECT_EQ(answer.kind, wire::MessageKind::epochs);
  EXPECT_EQ(answer.corr, 7U);
  const auto epochs = wire::parse_epochs(answer.payload.view());
  ASSERT_TRUE(epochs);
  ASSERT_EQ(epochs->size(), 2U);
  const crypto::format::Genesis& genesis = builder_.genesis();
  crypto::format::TrustedEpoch epoch{genesis.network_id, Epoch{}, block_id_of(builder_.genesis_header()), Height{},
                                     genesis.authorities};
  for (const auto& end : *epochs) {
    const auto read = crypto::format::read_epoch_end(end, epoch);
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_TRUE(verify_certificate(read->certificate, epoch.context(), epoch.authorities));
    epoch = read->next;
  }
  EXPECT_EQ(epoch.authorities.size(), 3U);
  EXPECT_EQ(wire::parse_epochs(serve_epochs(context(), {ConnId{1}, 7, Epoch(1), 1}).payload.view())->size(), 1U);
  for (const Epoch first : {Epoch(2), Epoch(UINT64_MAX)}) {
    const auto refusal = serve_epochs(context(), {ConnId{1}, 7, first, 32});
    EXPECT_EQ(wire::parse_error(refusal.payload.view())->code, wire::PeerReason::not_found);
  }
}

}  // namespace
}  // namespace provchain::node
