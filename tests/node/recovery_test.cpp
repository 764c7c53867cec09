// SPDX-License-Identifier: Apache-2.0
#include "engine/node/recovery.hpp"

#include <gtest/gtest.h>

#include "tests/storage/ledger_fixture.hpp"

namespace provchain::node {
namespace {

using crypto::format::SystemState;
using storage::testing::expect_done;

class RecoveryTest : public storage::testing::LedgerTest {
 protected:
  // Ends the epoch with authorities of these key numbers, as the core would.
  void end_epoch(const std::vector<std::uint8_t>& next) {
    const ByteVector block = builder_.add_epoch_end(next);
    const ByteVector authorities = builder_.authorities();
    state_.next_authorities = *crypto::format::decode_authorities(authorities);
    state_ = begin_epoch(state_, builder_.tip_id(), builder_.height(), {});
    const ByteVector encoded = encode_system_state(state_);
    expect_done(commit({block}, builder_.certificate(), {}, {.state = encoded, .next_authorities = authorities}));
  }
  [[nodiscard]] core::consensus::Recovered recover() {
    reopen();
    const auto end = read_end(ledger_->chain(), builder_.genesis());
    EXPECT_TRUE(end) << storage::describe(end.error());
    std::optional<AuthorityStart> observer;
    return recovered_of(*end, observer);
  }

  SystemState state_ = genesis_state(builder_.genesis());
};

TEST_F(RecoveryTest, ANewChainBuildsOnItsGenesis) {
  const auto recovered = recover();
  EXPECT_EQ(recovered.system, genesis_state(builder_.genesis()));
  EXPECT_FALSE(recovered.tip_certificate);
  EXPECT_EQ(recovered.turns->height(), Height(0));
}

TEST_F(RecoveryTest, ATipThatEndedAnEpochIsReadWithTheAuthoritiesThatEndedIt) {
  end_epoch({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  const auto recovered = recover();
  EXPECT_EQ(recovered.system, state_);
  ASSERT_TRUE(recovered.tip_certificate);
  EXPECT_EQ(recovered.tip_certificate->epoch, Epoch(0));
  EXPECT_EQ(recovered.tip_certificate->signers.size(), 3U);
  EXPECT_EQ(recovered.turns->authority_count(), 10U);
}

TEST_F(RecoveryTest, LaterBlocksOfTheEpochBuildOnTheStateItBeganWith) {
  end_epoch({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  end_epoch({4});
  const ByteVector block = builder_.add_empty_block();
  expect_done(commit({block}, builder_.certificate()));
  const auto recovered = recover();
  EXPECT_EQ(recovered.system, state_);
  EXPECT_EQ(recovered.system->epoch, Epoch(2));
  ASSERT_TRUE(recovered.tip_certificate);
  EXPECT_EQ(recovered.tip_certificate->signers.size(), 1U);
}

TEST_F(RecoveryTest, VotesAndCertificatesKeepTheIndexOfTheirOwnEpoch) {
  const ByteVector genesis_certificate = [] {
    storage::testing::ChainBuilder first;
    first.add_empty_block();
    return first.certificate();
  }();
  end_epoch({9, 102});
  std::optional<AuthorityStart> authority(AuthorityStart{storage::testing::authority_key(2).public_key, nullptr, {}, {}, {}});
  for (const std::uint64_t epoch : {0U, 1U, 7U}) {
    crypto::format::Ballot ballot{crypto::format::VoteKind::nullify, Epoch(epoch), View(1), View(0), Height(), BlockId()};
    authority->recovered.votes.push_back({{state_.context(), ballot}, {}});
  }
  authority->recovered.certificates.push_back(genesis_certificate);
  const auto recovered = recovered_of(*read_end(ledger_->chain(), builder_.genesis()), authority);
  ASSERT_EQ(recovered.own_votes.size(), 2U) << "of epoch 7 nobody knows the authorities";
  EXPECT_EQ(recovered.own_votes[0].signer, AuthorityIndex(2));
  EXPECT_EQ(recovered.own_votes[1].signer, AuthorityIndex(1));
  EXPECT_EQ(recovered.certificates.size(), 1U);
}

TEST_F(RecoveryTest, AStateThatCannotBeReadIsDamage) {
  const ByteVector block = builder_.add_empty_block();
  expect_done(commit({block}, builder_.certificate(), {}, {.state = as_bytes("no state"), .next_authorities = {}}));
  const auto end = read_end(ledger_->chain(), builder_.genesis());
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, storage::Errc::corrupt);
}

}  // namespace
}  // namespace provchain::node
