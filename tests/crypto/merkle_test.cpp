// SPDX-License-Identifier: Apache-2.0
#include "crypto/merkle.hpp"

#include <gtest/gtest.h>

#include <random>

#include "crypto/domain.hpp"
#include "tests/crypto/sha256.hpp"
#include "tests/crypto/vectors.hpp"

namespace provchain::crypto::merkle {
namespace {

constexpr std::uint64_t kLeavesMax = 65;
using Path = std::vector<Hash256>;

const TaggedHash& ledger() {
  static constexpr TaggedHash h(domain::history);
  return h;
}

std::vector<Hash256> leaves(std::uint64_t count) {
  std::vector<Hash256> hashes;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint8_t raw[8];
    store_le(MutBytes(raw), 0, i);
    hashes.push_back(ledger().leaf(raw));
  }
  return hashes;
}

// The definitions of RFC 9162 section 2.1, word for word.
std::uint64_t naive_split(std::uint64_t n) {
  std::uint64_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
Hash256 naive_root(std::span<const Hash256> d) {
  if (d.empty()) return ledger().empty();
  if (d.size() == 1) return d[0];
  const std::uint64_t k = naive_split(d.size());
  return ledger().node(naive_root(d.first(k)), naive_root(d.subspan(k)));
}
Path naive_path(std::uint64_t m, std::span<const Hash256> d) {
  if (d.size() == 1) return {};
  const std::uint64_t k = naive_split(d.size());
  Path path = m < k ? naive_path(m, d.first(k)) : naive_path(m - k, d.subspan(k));
  path.push_back(m < k ? naive_root(d.subspan(k)) : naive_root(d.first(k)));
  return path;
}
Path naive_subproof(std::uint64_t m, std::span<const Hash256> d, bool b) {
  if (m == d.size()) return b ? Path{} : Path{naive_root(d)};
  const std::uint64_t k = naive_split(d.size());
  Path path = m <= k ? naive_subproof(m, d.first(k), b) : naive_subproof(m - k, d.subspan(k), false);
  path.push_back(m <= k ? naive_root(d.subspan(k)) : naive_root(d.first(k)));
  return path;
}

// Every way to damage a path that is not the path.
std::vector<Path> damaged(const Path& path) {
  std::vector<Path> all;
  for (std::size_t i = 0; i < path.size(); ++i) {
    Path flipped = path;
    flipped[i].bytes[i % 32] ^= 1;
    all.push_back(flipped);
    Path without = path;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
    all.push_back(without);
  }
  Path longer = path;
  longer.push_back(path.empty() ? Hash256{} : path.back());
  all.push_back(longer);
  Path longer_in_front = path;
  longer_in_front.insert(longer_in_front.begin(), Hash256{});
  all.push_back(longer_in_front);
  return all;
}

TEST(Merkle, PublishedSha256VectorChecksTheShape) {
  const auto json = vectors::read_data("crypto/merkle/rfc9162_8leaf.json");
  if (!json) GTEST_SKIP() << "the Merkle vector is not on this machine";
  const Sha256Tree h;
  const auto roots = vectors::array(*json, "roots_hex_by_size");
  ASSERT_EQ(roots.size(), 9U);
  std::vector<Hash256> hashes;
  for (const std::string& leaf : vectors::array(*json, "leaves_hex")) hashes.push_back(h.leaf(vectors::bytes_of_hex(leaf)));
  ASSERT_EQ(hashes.size(), 8U);
  Frontier frontier;
  for (std::size_t size = 0; size <= hashes.size(); ++size) {
    const std::span<const Hash256> part(hashes.data(), size);
    EXPECT_EQ(root_of(h, part).hex(), roots[size]);
    EXPECT_EQ(root_of(h, frontier).hex(), roots[size]);
    if (size < hashes.size()) append_leaf_hash(h, frontier, hashes[size]);
    for (std::size_t index = 0; index < size; ++index)
      EXPECT_TRUE(verify_inclusion(h, hashes[index], index, size, inclusion_path(h, part, index), root_of(h, part)));
  }
}

TEST(Merkle, RootsEqualTheDefinition) {
  const auto hashes = leaves(kLeavesMax);
  Frontier frontier;
  for (std::uint64_t size = 0; size <= kLeavesMax; ++size) {
    const auto part = std::span(hashes).first(size);
    EXPECT_EQ(root_of(ledger(), part), naive_root(part)) << size;
    EXPECT_EQ(root_of(ledger(), frontier), naive_root(part)) << size;
    EXPECT_EQ(frontier.size, size);
    EXPECT_EQ(frontier.peaks.size(), static_cast<std::size_t>(std::popcount(size)));
    if (size < kLeavesMax) append_leaf_hash(ledger(), frontier, hashes[size]);
  }
}

TEST(Merkle, InclusionPathsEqualTheDefinitionAndVerify) {
  const auto hashes = leaves(kLeavesMax);
  for (std::uint64_t size = 1; size <= kLeavesMax; ++size) {
    const auto part = std::span(hashes).first(size);
    const Hash256 root = naive_root(part);
    for (std::uint64_t index = 0; index < size; ++index) {
      const Path path = inclusion_path(ledger(), part, index);
      ASSERT_EQ(path, naive_path(index, part)) << index << " of " << size;
      ASSERT_TRUE(verify_inclusion(ledger(), hashes[index], index, size, path, root)) << index << " of " << size;
    }
  }
}

TEST(Merkle, InclusionRefusesEveryDamage) {
  const auto hashes = leaves(kLeavesMax);
  for (std::uint64_t size = 1; size <= kLeavesMax; ++size) {
    const auto part = std::span(hashes).first(size);
    const Hash256 root = naive_root(part);
    for (std::uint64_t index = 0; index < size; ++index) {
      const Path path = inclusion_path(ledger(), part, index);
      for (const Path& bad : damaged(path)) ASSERT_FALSE(verify_inclusion(ledger(), hashes[index], index, size, bad, root));
      ASSERT_FALSE(verify_inclusion(ledger(), Hash256{}, index, size, path, root));
      ASSERT_FALSE(verify_inclusion(ledger(), hashes[index], size, size, path, root));
      ASSERT_FALSE(verify_inclusion(ledger(), hashes[index], UINT64_MAX, size, path, root));
      if (size > 1) {
        ASSERT_FALSE(verify_inclusion(ledger(), hashes[index], (index + 1) % size, size, path, root));
      }
    }
  }
  EXPECT_FALSE(verify_inclusion(ledger(), hashes[0], 0, 0, {}, ledger().empty()));
}

TEST(Merkle, ConsistencyPathsEqualTheDefinitionAndVerify) {
  const auto hashes = leaves(kLeavesMax);
  for (std::uint64_t second = 0; second <= kLeavesMax; ++second) {
    const auto part = std::span(hashes).first(second);
    const Hash256 second_root = naive_root(part);
    for (std::uint64_t first = 0; first <= second; ++first) {
      const Path path = consistency_path(ledger(), part, first);
      ASSERT_EQ(path, first == 0 ? Path{} : naive_subproof(first, part, true)) << first << " in " << second;
      ASSERT_TRUE(verify_consistency(ledger(), first, second, naive_root(part.first(first)), second_root, path))
          << first << " in " << second;
    }
  }
}

TEST(Merkle, ConsistencyRefusesEveryDamage) {
  const auto hashes = leaves(kLeavesMax);
  for (std::uint64_t second = 1; second <= kLeavesMax; ++second) {
    const auto part = std::span(hashes).first(second);
    const Hash256 second_root = naive_root(part);
    for (std::uint64_t first = 0; first <= second; ++first) {
      const Hash256 first_root = naive_root(part.first(first));
      const Path path = consistency_path(ledger(), part, first);
      for (const Path& bad : damaged(path))
        ASSERT_FALSE(verify_consistency(ledger(), first, second, first_root, second_root, bad));
      ASSERT_FALSE(verify_consistency(ledger(), first, second, Hash256{}, second_root, path));
      if (first > 0) {
        ASSERT_FALSE(verify_consistency(ledger(), first, second, first_root, Hash256{}, path));
      }
      ASSERT_FALSE(verify_consistency(ledger(), second + 1, second, first_root, second_root, path));
    }
  }
}

TEST(Merkle, VerifiersTakeAnyNumbers) {
  std::mt19937_64 random(7);
  const Path path = leaves(64);
  for (int round = 0; round < 2000; ++round) {
    const auto some = std::span(path).first(random() % 65);
    const std::uint64_t first = random() >> (random() % 64);
    const std::uint64_t second = random() >> (random() % 64);
    EXPECT_FALSE(verify_inclusion(ledger(), path[0], first, second, some, Hash256{}));
    EXPECT_FALSE(verify_consistency(ledger(), first, second, path[1], Hash256{}, some));
  }
}

TEST(Merkle, TagsSeparateTrees) {
  const TaggedHash transactions(domain::transactions);
  EXPECT_NE(ledger().empty(), transactions.empty());
  EXPECT_NE(ledger().leaf(as_bytes("x")), transactions.leaf(as_bytes("x")));
  EXPECT_EQ(ledger().leaf(as_bytes("x")), hash(domain::history, as_bytes(std::string_view("\0x", 2))));
}

}  // namespace
}  // namespace provchain::crypto::merkle
