// SPDX-License-Identifier: Apache-2.0
#include "engine/core/mempool.hpp"

#include <gtest/gtest.h>

#include "base/prng.hpp"
#include "tests/sim/fake_crypto.hpp"

namespace provchain::core {
namespace {

using crypto::format::TxReject;

class MempoolTest : public ::testing::Test {
 protected:
  explicit MempoolTest(MempoolOptions options = {}) : pool(options) {}

  // A transaction of `bytes` bytes; every call a new id.
  TxId make(std::uint64_t author, std::size_t bytes, std::uint64_t valid_until = 1'000) {
    CheckedTx tx;
    tx.id = TxId{sim::fake_key("tx", ++count).bytes};
    tx.author = sim::fake_key("author", author);
    tx.valid_until = valid_until;
    tx.bytes = static_cast<std::uint32_t>(bytes);
    made[tx.id] = tx;
    return tx.id;
  }
  Mempool::Inserted insert(const TxId& id, MonoTime seen = {}) {
    return pool.insert(made[id], SharedBytes::of_size(made[id].bytes), seen, next);
  }
  TxId add(std::uint64_t author, std::size_t bytes, MonoTime seen = {}, std::uint64_t valid_until = 1'000) {
    const TxId id = make(author, bytes, valid_until);
    EXPECT_EQ(insert(id, seen).reject, std::nullopt);
    return id;
  }
  std::vector<TxId> select(std::size_t body_bytes_max, Height height = Height{1}, const std::set<TxId>& excluded = {}) const {
    std::vector<TxId> ids;
    for (const PooledTx* tx : pool.select(body_bytes_max, height, excluded)) ids.push_back(tx->checked.id);
    return ids;
  }

  Mempool pool;
  Height next{1};
  std::map<TxId, CheckedTx> made;
  std::uint64_t count = 0;
};

class SmallMempoolTest : public MempoolTest {
 protected:
  SmallMempoolTest() : MempoolTest({1'000, 4, 2, 600, Duration::seconds(10)}) {}
};

TEST_F(MempoolTest, FindsWhatWasInserted) {
  const TxId id = add(1, 100);
  ASSERT_NE(pool.find(id), nullptr);
  EXPECT_EQ(pool.find(id)->bytes.size(), 100U);
  EXPECT_EQ(pool.find(TxId{}), nullptr);
  EXPECT_EQ(pool.pending_bytes(), 100U);
}

TEST_F(MempoolTest, RefusesADuplicateInThePoolAmongTheFinalAndInTheChain) {
  const TxId id = add(1, 100);
  EXPECT_EQ(insert(id).reject, TxReject::duplicate);
  pool.on_final(std::vector{id}, Height{1});
  EXPECT_EQ(insert(id).reject, TxReject::duplicate);
  EXPECT_EQ(pool.recently_final(id), Height{1});
  const TxId stored = make(1, 100);
  made[stored].in_chain = Height{1};
  EXPECT_EQ(insert(stored).reject, TxReject::duplicate);
}

TEST_F(MempoolTest, HasRoomForAFewSystemTransactionsOnly) {
  const auto system = [this](std::uint64_t author) {
    const TxId id = make(author, 100);
    made[id].kind = crypto::format::TxKind::governance;
    return id;
  };
  for (std::uint64_t i = 0; i < 64; ++i) EXPECT_EQ(insert(system(i)).reject, std::nullopt);
  EXPECT_EQ(insert(system(100)).reject, TxReject::mempool_full);
  const TxId dataset = add(100, 100);
  EXPECT_EQ(pool.system_transactions().size(), 64U);
  EXPECT_FALSE(pool.system_transactions().contains(dataset));
  pool.remove(*pool.system_transactions().begin());
  EXPECT_EQ(insert(system(101)).reject, std::nullopt) << "room again";
}

TEST_F(MempoolTest, NamesAndRemovesThoseThatAreNotRightAnyMore) {
  const TxId stays = add(1, 100);
  const TxId goes = add(2, 100);
  const PublicKey expelled = made[goes].author;
  const auto failing = pool.failing([&](const CheckedTx& tx) { return tx.author != expelled; });
  EXPECT_EQ(failing, std::vector{goes});
  pool.remove(goes);
  pool.remove(goes);
  EXPECT_EQ(pool.find(goes), nullptr);
  EXPECT_NE(pool.find(stays), nullptr);
  EXPECT_EQ(pool.pending_bytes(), 100U);
}

TEST_F(MempoolTest, RefusesWhatNoLaterBlockMayInclude) {
  next = Height{6};
  EXPECT_EQ(insert(make(1, 100, 5)).reject, TxReject::expired);
  EXPECT_EQ(insert(make(1, 100, 6)).reject, std::nullopt);
}

TEST_F(SmallMempoolTest, RefusesAnAuthorAboveItsCountAndItsBytes) {
  add(1, 10);
  add(1, 10);
  EXPECT_EQ(insert(make(1, 10)).reject, TxReject::author_quota);
  add(2, 10);
  EXPECT_EQ(insert(make(2, 591)).reject, TxReject::author_quota);
  EXPECT_TRUE(pool.is_over_quota(sim::fake_key("author", 1), 1));
  EXPECT_FALSE(pool.is_over_quota(sim::fake_key("author", 2), 590));
}

TEST_F(SmallMempoolTest, AnAuthorWithNothingPendingMayHaveOneLargeTransaction) {
  add(1, 900);
  EXPECT_EQ(insert(make(1, 1)).reject, TxReject::author_quota);
}

TEST_F(SmallMempoolTest, FullGivesUpTheNewestOfTheLargestAuthor) {
  const TxId oldest = add(1, 300);
  const TxId newest = add(1, 300);
  add(2, 300);
  const TxId id = make(3, 200);
  const Mempool::Inserted inserted = insert(id);
  EXPECT_EQ(inserted.reject, std::nullopt);
  EXPECT_EQ(inserted.evicted, std::vector{newest});
  EXPECT_NE(pool.find(oldest), nullptr);
}

TEST_F(SmallMempoolTest, FullRefusesTheLargestAuthorItself) {
  add(1, 300);
  add(2, 300);
  add(3, 300);
  EXPECT_EQ(insert(make(4, 300)).reject, TxReject::mempool_full);
  EXPECT_EQ(insert(make(1, 150)).reject, TxReject::mempool_full);
}

TEST_F(MempoolTest, SelectsInTurnsAmongAuthorsOldestFirst) {
  const TxId a1 = add(1, 100);
  const TxId a2 = add(1, 100);
  const TxId b1 = add(2, 100);
  const TxId a3 = add(1, 100);
  EXPECT_EQ(select(10'000), (std::vector{a1, b1, a2, a3}));
  EXPECT_EQ(select(200), (std::vector{a1, b1}));
}

TEST_F(MempoolTest, AnAuthorWhoseNextDoesNotFitKeepsItsOrder) {
  const TxId a1 = add(1, 100);
  add(1, 250);
  add(1, 50);
  const TxId b1 = add(2, 100);
  const TxId b2 = add(2, 100);
  EXPECT_EQ(select(300), (std::vector{a1, b1, b2}));
}

TEST_F(MempoolTest, SelectsNeitherExcludedNorExpiredNorOversize) {
  const TxId early = add(1, 100, {}, 3);
  const TxId large = add(2, 500);
  const TxId fine = add(3, 100);
  EXPECT_EQ(select(200, Height{4}), std::vector{fine});
  EXPECT_EQ(select(200, Height{3}), (std::vector{early, fine}));
  EXPECT_TRUE(select(200, Height{4}, {fine}).empty());
  EXPECT_EQ(select(600, Height{4}, {fine}), std::vector{large});
}

TEST_F(MempoolTest, OldestIncludableIsTheFirstThatSelectWouldTake) {
  add(1, 500, MonoTime{1});
  const TxId second = add(2, 100, MonoTime{2});
  add(3, 100, MonoTime{3});
  EXPECT_EQ(pool.oldest_includable(1'000, Height{1}, {}), MonoTime{1});
  EXPECT_EQ(pool.oldest_includable(200, Height{1}, {}), MonoTime{2});
  EXPECT_EQ(pool.oldest_includable(200, Height{1}, {second}), MonoTime{3});
  EXPECT_EQ(pool.oldest_includable(200, Height{2'000}, {}), std::nullopt);
}

TEST_F(MempoolTest, FinalTransactionsAndThoseTheyOutlivedLeave) {
  const TxId included = add(1, 100);
  const TxId outlived = add(2, 100, {}, 5);
  const TxId waiting = add(3, 100, {}, 6);
  EXPECT_EQ(pool.on_final(std::vector{included}, Height{5}), std::vector{outlived});
  EXPECT_EQ(select(1'000, Height{6}), std::vector{waiting});
}

TEST_F(SmallMempoolTest, WhatBlocksHaveLeftOutForLongIsGivenUp) {
  const TxId old = add(1, 10, MonoTime{0});
  const TxId younger = add(2, 10, MonoTime{5});
  EXPECT_EQ(pool.age_out(MonoTime{9'999'999}), std::vector<TxId>{});
  EXPECT_EQ(pool.age_out(MonoTime{10'000'000}), std::vector{old});
  EXPECT_EQ(pool.size(), 1U);
  EXPECT_EQ(pool.age_out(MonoTime{10'000'005}), std::vector{younger});
}

TEST_F(MempoolTest, WaitingSinceNamesTheOldestFirst) {
  const TxId first = add(1, 10, MonoTime{1});
  const TxId second = add(2, 10, MonoTime{2});
  add(3, 10, MonoTime{3});
  EXPECT_EQ(pool.waiting_since(MonoTime{2}, 10), (std::vector{first, second}));
  EXPECT_EQ(pool.waiting_since(MonoTime{9}, 1), std::vector{first});
}

// The pool against a model that only counts: whatever is done, the bounds hold (the pool checks its own invariants) and the bytes
// add up.
TEST_F(SmallMempoolTest, KeepsItsBoundsUnderRandomUse) {
  Prng prng(7);
  std::vector<TxId> ids;
  for (int i = 0; i < 2'000; ++i) {
    const TxId id = make(prng.below(5), 1 + prng.below(400), 1 + prng.below(60));
    next = Height{1 + static_cast<std::uint64_t>(i) / 50};
    if (!insert(id, MonoTime{i * 1'000}).reject) ids.push_back(id);
    if (prng.chance(100) && !ids.empty()) pool.on_final(std::vector{ids[prng.below(ids.size())]}, next);
    if (prng.chance(50)) pool.age_out(MonoTime{i * 1'000});
    std::size_t bytes = 0;
    for (const PooledTx* tx : pool.select(1'000'000, Height{0}, {})) bytes += tx->bytes.size();
    ASSERT_EQ(bytes, pool.pending_bytes());
  }
}

}  // namespace
}  // namespace provchain::core
