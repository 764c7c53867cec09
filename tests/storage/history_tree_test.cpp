// SPDX-License-Identifier: Apache-2.0
#include "storage/history_tree.hpp"

#include <gtest/gtest.h>

#include "crypto/domain.hpp"
#include "tests/storage/ledger_fixture.hpp"

namespace provchain::storage::history_tree {
namespace {

using storage::testing::expect_done;
using storage::testing::value_of;
namespace merkle = crypto::merkle;

constexpr std::uint64_t kLeaves = 70;
constexpr merkle::TaggedHash kHash{crypto::domain::history};

BlockId leaf(std::uint64_t index) {
  BlockId id;
  store_le<std::uint64_t>(id.mut(), 0, index);
  return id;
}

class HistoryTree : public ::testing::Test {
 protected:
  void SetUp() override {
    env_.emplace(value_of(
        lmdb::Env::open(directory_.path(),
                        {.map_bytes = std::uint64_t{64} << 20, .grow_bytes = 1 << 20, .sync = lmdb::SyncPolicy::never}, "test")));
    auto txn = value_of(lmdb::WriteTxn::begin(*env_, 1 << 20));
    nodes_ = value_of(txn.open_database("history", lmdb::KeyKind::number));
    merkle::Frontier frontier;
    for (std::uint64_t i = 0; i < kLeaves; ++i) {
      expect_done(append(txn, nodes_, frontier, leaf(i)));
      leaves_.push_back(kHash.leaf(leaf(i).view()));
      roots_.push_back(root_of(frontier));
      EXPECT_EQ(value_of(frontier_of(txn, nodes_, i + 1)), frontier);
    }
    expect_done(txn.commit());
  }
  [[nodiscard]] std::span<const Hash256> first(std::uint64_t count) const {
    return std::span<const Hash256>(leaves_).first(count);
  }

  storage::testing::TemporaryDirectory directory_;
  std::optional<lmdb::Env> env_;
  lmdb::Database nodes_;
  std::vector<Hash256> leaves_;
  std::vector<Hash256> roots_;  // of 1 … kLeaves leaves
};

TEST(HistoryTreePosition, IsPostOrder) {
  EXPECT_EQ(position(0, 0), 0U);
  EXPECT_EQ(position(1, 0), 1U);
  EXPECT_EQ(position(1, 1), 2U);
  EXPECT_EQ(position(2, 0), 3U);
  EXPECT_EQ(position(3, 0), 4U);
  EXPECT_EQ(position(3, 1), 5U);
  EXPECT_EQ(position(3, 2), 6U);
  EXPECT_EQ(position(4, 0), 7U);
}

TEST_F(HistoryTree, RootsAreThoseOfTheWholeTree) {
  for (std::uint64_t size = 1; size <= kLeaves; ++size) EXPECT_EQ(roots_[size - 1], merkle::root_of(kHash, first(size)));
}

TEST_F(HistoryTree, InclusionPathsOfEverySizeAreThoseOfTheWholeTree) {
  const auto txn = value_of(lmdb::ReadTxn::begin(*env_));
  for (std::uint64_t size = 1; size <= kLeaves; ++size)
    for (std::uint64_t index = 0; index < size; ++index)
      ASSERT_EQ(value_of(inclusion_path(txn, nodes_, index, size)), merkle::inclusion_path(kHash, first(size), index))
          << index << "/" << size;
}

TEST_F(HistoryTree, ConsistencyPathsOfEveryPairVerify) {
  const auto txn = value_of(lmdb::ReadTxn::begin(*env_));
  for (std::uint64_t second = 1; second <= kLeaves; ++second)
    for (std::uint64_t old = 1; old <= second; ++old) {
      const auto path = value_of(consistency_path(txn, nodes_, old, second));
      ASSERT_EQ(path, merkle::consistency_path(kHash, first(second), old)) << old << "/" << second;
      ASSERT_TRUE(merkle::verify_consistency(kHash, old, second, roots_[old - 1], roots_[second - 1], path))
          << old << "/" << second;
    }
}

}  // namespace
}  // namespace provchain::storage::history_tree
