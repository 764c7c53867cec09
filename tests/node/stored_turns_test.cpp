// SPDX-License-Identifier: Apache-2.0
#include "engine/node/stored_turns.hpp"

#include <gtest/gtest.h>

#include "tests/storage/ledger_fixture.hpp"

namespace provchain::node {
namespace {

class StoredTurnsTest : public storage::testing::LedgerTest {};

TEST_F(StoredTurnsTest, OfANewChainAreNone) {
  const auto turns = read_turns(ledger_->chain(), genesis_state(builder_.genesis()));
  ASSERT_TRUE(turns) << storage::describe(turns.error());
  EXPECT_EQ(turns->height(), Height(0));
  EXPECT_EQ(turns->of(AuthorityIndex{0}), core::consensus::TurnCount{});
}

TEST_F(StoredTurnsTest, AreThoseOfEveryStoredHeader) {
  std::vector<ByteVector> blocks;
  for (int i = 0; i < 5; ++i) blocks.push_back(builder_.add_empty_block());  // authority 0 is the proposer of all of them
  storage::testing::expect_done(commit(blocks, builder_.certificate()));
  reopen();
  const auto turns = read_turns(ledger_->chain(), genesis_state(builder_.genesis()));
  ASSERT_TRUE(turns) << storage::describe(turns.error());
  EXPECT_EQ(turns->height(), Height(5));
  EXPECT_EQ(turns->begin(), Height(0));
  EXPECT_EQ(turns->of(AuthorityIndex{0}), (core::consensus::TurnCount{5, 0}));
  EXPECT_EQ(turns->of(AuthorityIndex{1}), core::consensus::TurnCount{});
}

}  // namespace
}  // namespace provchain::node
