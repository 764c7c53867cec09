// SPDX-License-Identifier: Apache-2.0
#include "storage/chain_store.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "base/limits.hpp"
#include "base/prng.hpp"
#include "crypto/domain.hpp"
#include "tests/storage/ledger_fixture.hpp"

namespace provchain::storage {
namespace {

using crypto::format::BlockHeader;
using testing::ChainBuilder;
using testing::code_of;
using testing::expect_done;
using testing::Lines;
using testing::value_of;

class ChainStoreTest : public testing::LedgerTest {
 protected:
  void expect_refused(const ByteVector& block, Errc code) {
    EXPECT_EQ(code_of(commit({block})), code);
    EXPECT_EQ(value_of(chain().height(value_of(chain().read()))), Height{}) << "a refused block left something behind";
  }
  [[nodiscard]] const ChainStore& chain() const { return ledger_->chain(); }
};

TEST_F(ChainStoreTest, BeginsWithTheVirtualBlock) {
  const auto txn = value_of(chain().read());
  const Tip tip = value_of(chain().tip(txn));
  EXPECT_EQ(tip.height, Height{});
  EXPECT_EQ(tip.id, crypto::format::block_id_of(builder_.genesis_header()));
  EXPECT_EQ(tip.history.size, 1U);
  EXPECT_TRUE(value_of(chain().block_at(txn, Height{})).empty());
  EXPECT_EQ(value_of(chain().header_at(txn, Height{})), builder_.genesis_header());
  EXPECT_TRUE(value_of(chain().newest_certificate(txn)).certificate.empty());
  EXPECT_EQ(value_of(chain().guard(txn)), GuardPosition{});
}

TEST_F(ChainStoreTest, AgreesWithAMapAcrossCommitsAndReopening) {
  std::map<Height, ByteVector> blocks;
  std::map<Height, ByteVector> certificates;
  Prng random(3);
  for (int round = 0; round < 12; ++round) {
    std::vector<ByteVector> batch;
    for (std::uint64_t i = 0; i <= random.below(4); ++i) {
      std::vector<Lines> datasets(random.below(3), Lines{"<urn:a> <urn:p> \"" + std::to_string(round) + "\" ."});
      batch.push_back(builder_.add_block(datasets));
      blocks[builder_.height()] = batch.back();
    }
    if (random.chance(600)) {
      certificates[builder_.height()] = builder_.certificate();
      expect_done(commit(batch, builder_.certificate()));
    } else {
      expect_done(commit(batch));
    }
    if (random.chance(300)) reopen();
  }
  const auto txn = value_of(chain().read());
  EXPECT_EQ(value_of(chain().tip(txn)).id, builder_.tip_id());
  for (const auto& [height, block] : blocks) {
    EXPECT_TRUE(equal(value_of(chain().block_at(txn, height)), block));
    EXPECT_TRUE(equal(value_of(chain().header_bytes_at(txn, height)), Bytes(block).first(336)));
    const auto expected = certificates.lower_bound(height);
    const auto found = value_of(chain().certificate_at_or_above(txn, height));
    EXPECT_EQ(found.certificate.empty(), expected == certificates.end());
    if (expected == certificates.end()) continue;
    EXPECT_EQ(found.height, expected->first);
    EXPECT_TRUE(equal(found.certificate, expected->second));
  }
  EXPECT_EQ(value_of(chain().newest_certificate(txn)).height, certificates.rbegin()->first);
  EXPECT_TRUE(value_of(chain().block_at(txn, builder_.height().next())).empty());
}

TEST_F(ChainStoreTest, KeepsTheGuardPositionWithTheBlock) {
  const GuardPosition guard{.epoch = Epoch(1), .view = View(9), .step = 2};
  expect_done(commit({builder_.add_empty_block()}, {}, guard));
  reopen();
  EXPECT_EQ(value_of(chain().guard(value_of(chain().read()))), guard);
}

TEST_F(ChainStoreTest, TheGuardPositionNeverGoesBack) {
  const GuardPosition guard{.epoch = Epoch(0), .view = View(9), .step = 2};
  expect_done(commit({builder_.add_empty_block()}, {}, guard));
  expect_done(commit({builder_.add_empty_block()}, {}, {}));  // by a node that does not vote
  expect_done(commit({builder_.add_empty_block()}, {}, {.epoch = Epoch(0), .view = View(9), .step = 1}));
  reopen();
  EXPECT_EQ(value_of(chain().guard(value_of(chain().read()))), guard);
  const GuardPosition higher{.epoch = Epoch(0), .view = View(10), .step = 1};
  expect_done(commit({builder_.add_empty_block()}, {}, higher));
  EXPECT_EQ(value_of(chain().guard(value_of(chain().read()))), higher);
}

TEST_F(ChainStoreTest, HistoryPathsLeadToTheHeadersRoot) {
  std::vector<ByteVector> blocks;
  for (int i = 0; i < 20; ++i) blocks.push_back(builder_.add_empty_block());
  expect_done(commit(blocks));
  const auto txn = value_of(chain().read());
  const crypto::merkle::TaggedHash hash(crypto::domain::history);
  for (std::uint64_t head = 1; head <= 20; ++head) {
    const BlockHeader header = *value_of(chain().header_at(txn, Height(head)));
    for (std::uint64_t height = 0; height < head; ++height) {
      const auto path = value_of(chain().inclusion_path(txn, Height(height), head));
      ASSERT_TRUE(path);
      const auto leaf = hash.leaf(crypto::format::block_id_of(*value_of(chain().header_at(txn, Height(height)))).view());
      EXPECT_TRUE(crypto::merkle::verify_inclusion(hash, leaf, height, head, *path, header.history_root));
    }
  }
  EXPECT_FALSE(value_of(chain().inclusion_path(txn, Height(5), 5)));
  EXPECT_FALSE(value_of(chain().inclusion_path(txn, Height(5), 22)));
  EXPECT_FALSE(value_of(chain().consistency_path(txn, 0, 5)));
  EXPECT_FALSE(value_of(chain().consistency_path(txn, 5, 22)));
  EXPECT_TRUE(value_of(chain().consistency_path(txn, 5, 21)));
}

TEST_F(ChainStoreTest, RefusesWhatDoesNotFollow) {
  const ByteVector block = builder_.add_block({Lines{"<urn:a> <urn:p> <urn:b> ."}});
  expect_refused(spoiled(block, [](BlockHeader& header) { header.height = Height(2); }), Errc::gap);
  expect_refused(spoiled(block, [](BlockHeader& header) { header.network_id.bytes[0] ^= 1; }), Errc::wrong_network);
  expect_refused(spoiled(block, [](BlockHeader& header) { header.parent_id.bytes[0] ^= 1; }), Errc::wrong_parent);
  expect_refused(spoiled(block, [](BlockHeader& header) { header.history_root.bytes[0] ^= 1; }), Errc::wrong_history_root);
  expect_refused(spoiled(block, [](BlockHeader& header) { header.total_txs += 1; }), Errc::wrong_totals);
  expect_refused(spoiled(block, [](BlockHeader& header) { header.total_quads += 1; }), Errc::wrong_totals);
  expect_refused(spoiled(block, [](BlockHeader& header) { header.tx_root.bytes[0] ^= 1; }), Errc::malformed_block);
  expect_refused(ByteVector(block.begin(), block.end() - 1), Errc::malformed_block);
  expect_refused({}, Errc::malformed_block);
  expect_done(commit({block}));
  EXPECT_EQ(code_of(commit({block})), Errc::gap);
}

TEST_F(ChainStoreTest, RefusesACertificateForAnotherBlock) {
  const ByteVector first = builder_.add_empty_block();
  const ByteVector certificate = builder_.certificate();
  const ByteVector second = builder_.add_empty_block();
  EXPECT_EQ(code_of(commit({first, second}, certificate)), Errc::wrong_certificate);
  EXPECT_EQ(code_of(commit({first}, ByteVector{3, 0, 0})), Errc::wrong_certificate);
  expect_done(commit({first}, certificate));
}

TEST_F(ChainStoreTest, OneBadBlockRefusesTheWholeCommit) {
  const ByteVector good = builder_.add_empty_block();
  const ByteVector bad = spoiled(builder_.add_empty_block(), [](BlockHeader& header) { header.parent_id.bytes[0] ^= 1; });
  EXPECT_EQ(code_of(commit({good, bad})), Errc::wrong_parent);
  EXPECT_TRUE(value_of(chain().block_at(value_of(chain().read()), Height(1))).empty());
}

TEST_F(ChainStoreTest, HoldsTheLargestBlock) {
  Lines lines;
  const std::string filler(1'000'000, 'x');
  for (char digit = 'a'; digit < 'a' + 16; ++digit) lines.push_back(std::string("<urn:s> <urn:p> \"") + digit + filler + "\" .");
  const ByteVector block = builder_.add_block({lines});
  ASSERT_GT(block.size(), limits::block_bytes_max - 1'000'000);
  expect_done(commit({block}));
  EXPECT_TRUE(equal(value_of(chain().block_at(value_of(chain().read()), Height(1))), block));
}

TEST_F(ChainStoreTest, FullMapKeepsTheChainAndItsTip) {
  map_bytes_ = std::uint64_t{1} << 20;
  ledger_.reset();
  std::filesystem::remove_all(options().directory);
  reopen();
  std::optional<Errc> refused;
  Height last;
  while (!refused) {
    const ByteVector block = builder_.add_block({Lines{"<urn:s> <urn:p> \"" + std::string(60'000, 'x') + "\" ."}});
    if (const auto committed = commit({block}); committed)
      last = builder_.height();
    else
      refused = committed.error().code;
  }
  EXPECT_EQ(*refused, Errc::map_full);
  reopen();
  EXPECT_EQ(value_of(chain().height(value_of(chain().read()))), last);
}

}  // namespace
}  // namespace provchain::storage
