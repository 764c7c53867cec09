// SPDX-License-Identifier: Apache-2.0
#include "engine/core/commit_gate.hpp"

#include <gtest/gtest.h>

#include "tests/core/chain_samples.hpp"

namespace provchain::core {
namespace {

class CommitGateTest : public ::testing::Test {
 protected:
  CommitGateTest() {
    gate.start(consensus::genesis_end(genesis), consensus::Turns(genesis.authorities.size(), Height{}, Height{}, View{}));
  }
  // Blocks first … last.
  Commit commit(std::uint64_t first, std::uint64_t last) const {
    Commit made;
    for (std::uint64_t height = first; height <= last; ++height) made.blocks.push_back(chain.block(Height{height}));
    return made;
  }

  bool takes(Commit& commit, const std::optional<GuardPosition>& journal) {
    return gate.admit(commit, journal) == CommitGate::Admitted::news;
  }

  crypto::format::Genesis genesis = sim::fake_genesis(4);
  sim::ChainSample chain{genesis, 6};
  CommitGate gate;
};

TEST_F(CommitGateTest, PassesEveryHeightOnce) {
  Commit first = commit(1, 3);
  ASSERT_TRUE(takes(first, std::nullopt));
  EXPECT_EQ(first.blocks.size(), 3U);
  Commit overlapping = commit(2, 5);
  ASSERT_TRUE(takes(overlapping, std::nullopt));
  EXPECT_EQ(overlapping.blocks.size(), 2U);
  Commit late = commit(4, 5);
  EXPECT_FALSE(takes(late, std::nullopt));
}

TEST_F(CommitGateTest, FillsInWhereTheJournalStands) {
  Commit first = commit(1, 1);
  const GuardPosition position{Epoch{}, View{9}, 2};
  ASSERT_TRUE(takes(first, position));
  EXPECT_EQ(first.guard, position);
  Commit second = commit(2, 2);
  second.guard = position;
  ASSERT_TRUE(takes(second, std::nullopt));
  EXPECT_EQ(second.guard, std::nullopt);
}

TEST_F(CommitGateTest, TheTipIsWhatIsDurable) {
  Commit first = commit(1, 3);
  first.certificate = ByteVector{1, 2, 3};
  ASSERT_TRUE(takes(first, std::nullopt));
  EXPECT_EQ(gate.tip().header.height, Height{0});
  const auto durable = gate.on_committed(Height{2});
  ASSERT_EQ(durable.size(), 2U);
  EXPECT_EQ(durable[0].transactions.size(), 1U);
  EXPECT_EQ(durable[0].certificate, std::nullopt);
  EXPECT_EQ(gate.tip().id, chain.id(Height{2}));
  EXPECT_EQ(gate.tip().history, chain.history(Height{2}));
  EXPECT_EQ(gate.on_committed(Height{3}).front().certificate, (ByteVector{1, 2, 3}));
  EXPECT_TRUE(gate.on_committed(Height{3}).empty());
}

}  // namespace
}  // namespace provchain::core
