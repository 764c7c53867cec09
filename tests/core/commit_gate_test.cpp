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

TEST_F(CommitGateTest, LetsNothingThroughThatContradictsTheSystemState) {
  Commit spoilt = commit(1, 1);
  auto block = crypto::format::decode_block(spoilt.blocks[0].view());
  block->header.system_root.bytes[0] ^= 1;
  ByteVector bytes = to_vector(Bytes(crypto::format::encode_block_header(block->header)));
  append(bytes, block->body);
  spoilt.blocks[0] = SharedBytes::copy_of(bytes);
  EXPECT_EQ(gate.admit(spoilt, std::nullopt), CommitGate::Admitted::invalid);
  Commit right = commit(1, 2);
  EXPECT_TRUE(takes(right, std::nullopt)) << "and nothing of it is remembered";
}

TEST_F(CommitGateTest, TheEndOfAnEpochCarriesTheNextOne) {
  crypto::format::Genesis forced = genesis;
  forced.parameters.max_epoch_blocks = 7;
  sim::ChainSample ending{forced, 6};
  ending.end_epoch(forced.authorities);
  CommitGate at_end;
  at_end.start(consensus::genesis_end(forced), consensus::Turns(4, Height{}, Height{}, View{}));
  Commit last;
  for (std::uint64_t height = 1; height <= 7; ++height) last.blocks.push_back(ending.block(Height{height}));
  last.certificate = ending.encoded_certificate(Height{7});
  ASSERT_EQ(at_end.admit(last, std::nullopt), CommitGate::Admitted::news);
  EXPECT_EQ(last.next_authorities, crypto::format::encode_authorities(forced.authorities));
  const auto next = crypto::format::decode_system_state(last.system);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->epoch, Epoch{1});
  EXPECT_EQ(next->anchor_id, ending.id(Height{7}));
  EXPECT_EQ(at_end.epoch(), Epoch{1});
  EXPECT_EQ(at_end.turns().begin(), Height{7}) << "turns count anew";
  EXPECT_EQ(at_end.tip().system->epoch, Epoch{}) << "not durable yet";
  EXPECT_EQ(at_end.on_committed(Height{7}).size(), 7U);
  EXPECT_EQ(*at_end.tip().system, *next);
}

}  // namespace
}  // namespace provchain::core
