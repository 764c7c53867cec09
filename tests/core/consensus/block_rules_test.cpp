// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "crypto/format/block.hpp"
#include "engine/core/consensus/block_tree.hpp"
#include "engine/core/consensus/fetcher.hpp"
#include "engine/core/consensus/proposal_rules.hpp"
#include "tests/core/consensus/cluster.hpp"
#include "tests/core/consensus/epochs.hpp"
#include "wire/messages.hpp"

namespace provchain::core::consensus::test {
namespace {

using crypto::format::BlockHeader;
using crypto::merkle::Frontier;

crypto::format::ConsensusParameters parameters(std::uint64_t heartbeat_ms = 0) {
  crypto::format::ConsensusParameters values;
  values.heartbeat_ms = heartbeat_ms;
  return values;
}

// A valid child of the genesis, to be spoilt in one way by each case.
struct Child {
  explicit Child(std::uint64_t heartbeat_ms = 0)
      : genesis(test_genesis(4, parameters(heartbeat_ms))), epoch(genesis_epoch(genesis)) {
    parent = genesis_header(genesis);
    history = extend_history({}, block_id_of(parent));
    header.height = Height(1);
    header.view = View(1);
    header.proposer = epoch.leader(View(1));
    header.tx_count = 1;
    header.total_txs = 1;
    header.total_quads = 3;
    header.body_bytes = 200;
    header.timestamp_ms = parent.timestamp_ms + epoch.parameters.min_interval_ms;
    header.network_id = genesis.network_id;
    header.parent_id = block_id_of(parent);
    header.epoch_anchor_id = epoch.context.anchor_id;
    header.history_root = history_root_of(history);
    header.system_root = parent.system_root;
    header.authority_set_hash = epoch.authority_set_hash;
    header.next_authority_set_hash = epoch.authority_set_hash;
    tx.kind = crypto::format::TxKind::dataset;
    tx.valid_until = 10;
    tx.quad_count = 3;
  }
  [[nodiscard]] std::optional<HeaderFault> fault() const {
    if (const auto found = header_fault(epoch, header, parent, history, *epoch.system)) return found;
    const auto after = execute(header, parent, std::vector{tx}, epoch.system);
    return after ? std::nullopt : std::optional(after.error());
  }
  [[nodiscard]] std::optional<HeaderFault> tx_fault(const std::set<TxId>& ancestors = {}) const {
    return transactions_fault(epoch, header, parent, std::vector{tx}, ancestors, parent.height);
  }
  [[nodiscard]] TreeBlock& in(BlockTree& tree) const {
    TreeBlock* block = tree.add(block_id_of(header), header, header.view);
    EXPECT_TRUE(tree.begin_check(*block, SharedBytes::of_size(1)));
    block->transactions = {tx};
    tree.end_check(*block, BlockState::checked);
    return *block;
  }

  crypto::format::Genesis genesis;
  EpochSet epoch;
  BlockHeader parent;
  BlockHeader header;
  Frontier history;
  CheckedTx tx;
};

TEST(ProposalRules, AcceptAValidChild) {
  const Child child;
  EXPECT_EQ(child.fault(), std::nullopt);
  EXPECT_EQ(child.tx_fault(), std::nullopt);
}

TEST(ProposalRules, NameEveryHeaderFault) {
  const std::vector<std::pair<HeaderFault, std::function<void(Child&)>>> cases = {
      {HeaderFault::wrong_network, [](Child& c) { c.header.network_id.bytes[0] ^= 1; }},
      {HeaderFault::wrong_epoch, [](Child& c) { c.header.epoch = Epoch(1); }},
      {HeaderFault::wrong_anchor, [](Child& c) { c.header.epoch_anchor_id.bytes[0] ^= 1; }},
      {HeaderFault::wrong_height, [](Child& c) { c.header.height = Height(2); }},
      {HeaderFault::wrong_height, [](Child& c) { c.header.height = Height(0); }},
      {HeaderFault::wrong_view, [](Child& c) { c.header.view = View(0); }},
      {HeaderFault::wrong_proposer, [](Child& c) { c.header.view = View(2); }},
      {HeaderFault::unknown_flag, [](Child& c) { c.header.flags = 4; }},
      {HeaderFault::bad_epoch_end, [](Child& c) { c.header.flags = crypto::format::flag_epoch_end; }},
      {HeaderFault::too_early, [](Child& c) { --c.header.timestamp_ms; }},
      {HeaderFault::too_early, [](Child& c) { c.header.timestamp_ms = 0; }},
      {HeaderFault::too_large, [](Child& c) { c.header.body_bytes = c.epoch.parameters.max_block_bytes + 1; }},
      {HeaderFault::empty_block, [](Child& c) { c.header.tx_count = 0; }},
      {HeaderFault::empty_block, [](Child& c) { c.header.flags = crypto::format::flag_heartbeat; }},
      {HeaderFault::bad_history_root, [](Child& c) { c.header.history_root.bytes[0] ^= 1; }},
      {HeaderFault::bad_system_root, [](Child& c) { c.header.system_root.bytes[0] ^= 1; }},
      {HeaderFault::bad_authority_set, [](Child& c) { c.header.authority_set_hash.bytes[0] ^= 1; }},
      {HeaderFault::bad_next_authorities, [](Child& c) { c.header.next_authority_set_hash.bytes[0] ^= 1; }},
      {HeaderFault::system_transaction, [](Child& c) { c.tx.kind = crypto::format::TxKind::governance; }},
      {HeaderFault::epoch_over,
       [](Child& c) {
         c.parent.flags = crypto::format::flag_epoch_end;
         c.header.parent_id = block_id_of(c.parent);
       }},
      {HeaderFault::bad_totals, [](Child& c) { c.header.total_txs = 2; }},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    Child child;
    cases[i].second(child);
    EXPECT_EQ(child.fault(), cases[i].first) << "case " << i;
    EXPECT_FALSE(to_string(cases[i].first).empty());
  }
}

TEST(ProposalRules, NameEveryTransactionFault) {
  Child child;
  child.tx.valid_until = 0;
  EXPECT_EQ(child.tx_fault(), HeaderFault::expired_transaction);
  child.tx.valid_until = 1;
  EXPECT_EQ(child.tx_fault({child.tx.id}), HeaderFault::duplicate_transaction);
  child.tx.in_chain = Height(0);
  EXPECT_EQ(child.tx_fault(), HeaderFault::duplicate_transaction);
  child.tx.in_chain = Height(1);
  EXPECT_EQ(child.tx_fault(), std::nullopt) << "this very block has become final while it was checked";
  child.header.height = Height(9);
  child.tx.valid_until = 9;
  child.tx.in_chain = Height(5);
  EXPECT_EQ(child.tx_fault(), std::nullopt) << "catching up ran ahead on another branch";
  child.header.height = Height(1);
  child.tx.quad_count = 4;
  EXPECT_EQ(child.tx_fault(), HeaderFault::bad_totals);
  child.tx.quad_count = 3;
  crypto::format::SystemState closed = *child.epoch.system;
  closed.open_participation = false;
  child.epoch.system = std::make_shared<const crypto::format::SystemState>(closed);
  EXPECT_EQ(child.tx_fault(), HeaderFault::author_not_admitted);
  closed.participants = {child.tx.author};
  child.epoch.system = std::make_shared<const crypto::format::SystemState>(closed);
  EXPECT_EQ(child.tx_fault(), std::nullopt);
}

TEST(ProposalRules, AllowAnEmptyBlockOnlyAsADueHeartbeat) {
  Child child(5'000);
  child.header.tx_count = 0;
  child.header.total_txs = 0;
  child.header.total_quads = 0;
  child.header.flags = crypto::format::flag_heartbeat;
  child.header.timestamp_ms = child.parent.timestamp_ms + 4'999;
  EXPECT_EQ(child.fault(), HeaderFault::empty_block);
  ++child.header.timestamp_ms;
  EXPECT_EQ(child.fault(), std::nullopt);
}

TEST(ProposalRules, LetAProposalStandOnItsParentOrRepeatIt) {
  const Child child;
  const Node genesis{View(0), View(0), Height(0), child.header.parent_id};
  crypto::format::Ballot ballot{crypto::format::VoteKind::notarize, Epoch{}, View(1), View(0), Height(1),
                                block_id_of(child.header)};
  EXPECT_EQ(ancestry_fault(child.epoch, ballot, child.header, genesis), std::nullopt);
  const Node self{View(1), View(0), Height(1), ballot.block_id};
  ballot.view = View(2);
  EXPECT_EQ(ancestry_fault(child.epoch, ballot, child.header, self), std::nullopt) << "proposed again";
  crypto::format::Ballot of_anchor = ballot;
  of_anchor.block_id = genesis.block_id;
  of_anchor.height = genesis.height;
  EXPECT_EQ(ancestry_fault(child.epoch, of_anchor, child.parent, genesis), Reject::wrong_ancestry)
      << "the anchor is final already, by another epoch's authorities";
  EXPECT_EQ(ancestry_fault(child.epoch, ballot, child.header, genesis), Reject::wrong_header) << "a new block names another view";
  ballot.height = Height(2);
  EXPECT_EQ(ancestry_fault(child.epoch, ballot, child.header, self), Reject::wrong_ancestry);
  const Node other{View(1), View(0), Height(1), BlockId{}};
  EXPECT_EQ(ancestry_fault(child.epoch, ballot, child.header, other), Reject::wrong_ancestry);
}

TEST(ProposalRules, HoldAProposalToTheHeightOfItsBlockAndParent) {
  Child child;
  const Node genesis{View(0), View(0), Height(0), child.header.parent_id};
  crypto::format::Ballot ballot{crypto::format::VoteKind::notarize, Epoch{}, View(1), View(0), Height(2),
                                block_id_of(child.header)};
  EXPECT_EQ(ancestry_fault(child.epoch, ballot, child.header, genesis), Reject::wrong_ancestry) << "not the block's";
  child.header.height = Height(2);
  ballot.block_id = block_id_of(child.header);
  EXPECT_EQ(ancestry_fault(child.epoch, ballot, child.header, genesis), Reject::wrong_ancestry)
      << "not the one after the parent's";
  child.header.height = ballot.height = Height(0);
  ballot.block_id = block_id_of(child.header);
  EXPECT_EQ(ancestry_fault(child.epoch, ballot, child.header, genesis), Reject::wrong_ancestry)
      << "only the genesis has height 0";
}

TEST(ProposalRules, NameEachOfTheirFaults) {
  std::set<std::string_view> names;
  const auto last = static_cast<std::uint8_t>(HeaderFault::bad_next_authorities);
  for (std::uint8_t i = 0; i <= last; ++i) names.insert(to_string(static_cast<HeaderFault>(i)));
  EXPECT_EQ(names.size(), last + 1U);
}

TEST(ProposalRules, BoundProposalTimesByTheClockBothWays) {
  const auto values = parameters();
  const WallTime now{1'000'000};
  const auto judge = [&](std::uint64_t time_ms, std::int64_t bound_ms = 0) {
    return timeliness(values, time_ms, now, now, Duration::millis(bound_ms));
  };
  EXPECT_EQ(judge(1'000'500), Timeliness::timely);
  EXPECT_EQ(judge(1'000'501), Timeliness::early);
  EXPECT_EQ(judge(997'500), Timeliness::timely);
  EXPECT_EQ(judge(997'499), Timeliness::late);
  EXPECT_EQ(judge(997'499, 10'000), Timeliness::timely) << "the bound adapts, or the chain could stop";
  EXPECT_EQ(judge(UINT64_MAX), Timeliness::early);
  EXPECT_EQ(judge(0), Timeliness::late);
}

// ---- tree ----

TEST(BlockTree, JudgesAChainBelowItsParentsOnly) {
  const Child child;
  BlockTree tree({child.parent, child.header.parent_id, child.history, child.epoch.system});
  Child grandchild;
  grandchild.header.parent_id = block_id_of(child.header);
  grandchild.header.height = Height(2);
  grandchild.header.view = View(2);
  grandchild.header.proposer = child.epoch.leader(View(2));
  grandchild.header.timestamp_ms += 1'000;
  grandchild.header.total_txs = 2;
  grandchild.header.total_quads = 6;
  grandchild.header.history_root = history_root_of(extend_history(child.history, block_id_of(child.header)));
  grandchild.tx.id.bytes.fill(2);
  (void)grandchild.in(tree);
  EXPECT_TRUE(tree.judge_checked(child.epoch, {}).empty());
  EXPECT_FALSE(tree.is_valid(block_id_of(grandchild.header))) << "its parent is not known";
  EXPECT_EQ(tree.first_missing(block_id_of(grandchild.header)), block_id_of(child.header));
  (void)child.in(tree);
  EXPECT_TRUE(tree.judge_checked(child.epoch, {}).empty());
  EXPECT_TRUE(tree.is_valid(block_id_of(grandchild.header)));
  EXPECT_EQ(tree.chain_to(block_id_of(grandchild.header))->size(), 2U);
  EXPECT_EQ(tree.transactions_to(block_id_of(grandchild.header)).size(), 2U);
  tree.invariants();
}

TEST(BlockTree, AChildOfAnInvalidBlockIsInvalid) {
  Child child;
  child.header.total_quads = 9;
  BlockTree tree({child.parent, child.header.parent_id, child.history, child.epoch.system});
  (void)child.in(tree);
  Child grandchild;
  grandchild.header.parent_id = block_id_of(child.header);
  grandchild.header.height = Height(2);
  (void)grandchild.in(tree);
  EXPECT_EQ(tree.judge_checked(child.epoch, {}).size(), 2U);
  EXPECT_TRUE(tree.is_invalid(block_id_of(grandchild.header)));
}

TEST(BlockTree, FindsATransactionThatIsFinalButNotSettledYet) {
  const Child child;
  BlockTree tree({child.parent, child.header.parent_id, child.history, child.epoch.system});
  (void)child.in(tree);
  EXPECT_EQ(tree.judge_checked(child.epoch, {{Height(1), {child.tx.id}}}).size(), 1U);
}

TEST(BlockTree, MakesRoomByForgettingTheLeastUsedBlockNobodyStandsOn) {
  const Child child;
  BlockTree tree({child.parent, child.header.parent_id, child.history, child.epoch.system});
  TreeBlock& first = child.in(tree);
  first.voted = true;
  for (std::uint64_t i = 0; i < BlockTree::blocks_max + 20; ++i) {
    Child other;
    other.header.timestamp_ms += 1 + i;
    other.header.view = View(2 + i);
    (void)other.in(tree);
  }
  EXPECT_EQ(tree.size(), BlockTree::blocks_max);
  EXPECT_NE(tree.find(block_id_of(child.header)), nullptr) << "this node voted for it";
}

TEST(BlockTree, HoldsNoMoreBytesThanItMayAndNoneOfInvalidBlocks) {
  const Child child;
  BlockTree tree({child.parent, child.header.parent_id, child.history, child.epoch.system}, 100);
  for (std::uint64_t i = 0; i < 20; ++i) {
    Child other;
    other.header.view = View(2 + i);
    other.header.timestamp_ms += i;
    TreeBlock* block = tree.add(block_id_of(other.header), other.header, other.header.view);
    ASSERT_TRUE(tree.begin_check(*block, SharedBytes::of_size(30)));
    EXPECT_LE(tree.bytes(), 100U);
    if (i == 19) tree.end_check(*block, BlockState::invalid);
    tree.invariants();
  }
  EXPECT_EQ(tree.bytes(), 60U);
  TreeBlock* large = tree.add(block_id_of(child.header), child.header, View(50));
  EXPECT_FALSE(tree.begin_check(*large, SharedBytes::of_size(101)));
  EXPECT_EQ(tree.bytes(), 60U) << "what can never fit drives nothing out";
}

TEST(BlockTree, SeesABranchThatLeavesTheFinalChain) {
  const Child child;
  BlockTree tree({child.parent, child.header.parent_id, child.history, child.epoch.system});
  Child other;
  other.header.parent_id.bytes.fill(7);
  (void)other.in(tree);
  EXPECT_TRUE(tree.contradicts_end(block_id_of(other.header)));
  (void)child.in(tree);
  EXPECT_FALSE(tree.contradicts_end(block_id_of(child.header)));
}

// ---- fetching ----

std::vector<ConnId> asked(const Effects& fx) {
  std::vector<ConnId> conns;
  for (const Effect& effect : fx) conns.push_back(std::get<Send>(effect).to);
  return conns;
}

TEST(Fetcher, AsksHoldersFirstThenEverybodyOneAtATime) {
  CorrelationSource correlations(owner::consensus);
  Fetcher fetcher(1, Duration::seconds(1), correlations, 1'000);
  const std::vector<ConnId> ready = {ConnId(1), ConnId(2), ConnId(3)};
  fetcher.want(BlockId{}, {ConnId(2)}, MonoTime{500});
  Effects fx;
  fetcher.step(MonoTime{0}, ready, fx);
  EXPECT_TRUE(fx.empty()) << "the body may come by itself";
  fetcher.step(MonoTime{500}, ready, fx);
  EXPECT_EQ(asked(fx), std::vector{ConnId(2)});
  fetcher.step(MonoTime{600}, ready, fx);
  EXPECT_EQ(fx.size(), 1U);
  fetcher.on_peer_gone(ConnId(2));
  fetcher.step(MonoTime{600}, ready, fx);
  ASSERT_EQ(fx.size(), 2U) << "the next one is asked at once";
  const auto request = wire::parse_get_batch(std::get<Send>(fx[1]).message.payload.view());
  EXPECT_EQ(request->block_id, BlockId{});
}

TEST(Fetcher, TakesALateAnswerAndNoUnsolicitedOne) {
  CorrelationSource correlations(owner::consensus);
  Fetcher fetcher(1, Duration::seconds(1), correlations, 1'000);
  const std::vector<ConnId> ready = {ConnId(1), ConnId(2)};
  fetcher.want(BlockId{}, {ConnId(1)}, MonoTime{0});
  Effects fx;
  fetcher.step(MonoTime{0}, ready, fx);
  fetcher.step(MonoTime{2'000'000}, ready, fx);
  ASSERT_EQ(fx.size(), 2U);
  const std::uint32_t first = std::get<Send>(fx[0]).message.corr;
  EXPECT_EQ(fetcher.take_answer(ConnId(2), first), std::nullopt);
  EXPECT_EQ(fetcher.take_answer(ConnId(1), first), BlockId{});
  EXPECT_EQ(fetcher.take_answer(ConnId(1), first), std::nullopt);
  fetcher.keep_only({});
  EXPECT_FALSE(fetcher.wants(BlockId{}));
  EXPECT_EQ(fetcher.next_deadline(), kNever);
}

}  // namespace
}  // namespace provchain::core::consensus::test
