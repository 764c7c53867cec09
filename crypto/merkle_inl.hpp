// SPDX-License-Identifier: Apache-2.0
// The bodies of crypto/merkle.hpp's templates; included by it alone. Recursion is at most 64 deep: each level halves the leaves.
#pragma once

#include <bit>

#include "crypto/merkle.hpp"

namespace provchain::crypto::merkle {

namespace detail {

// Where a tree of `size` >= 2 leaves splits: the largest power of two below size.
constexpr std::uint64_t split_of(std::uint64_t size) { return std::bit_floor(size - 1); }

template <class H>
void append_inclusion_path(const H& h, std::span<const Hash256> leaves, std::uint64_t index, std::vector<Hash256>& path) {
  if (leaves.size() < 2) return;
  const std::uint64_t split = split_of(leaves.size());
  if (index < split) {
    append_inclusion_path(h, leaves.first(split), index, path);
    path.push_back(root_of(h, leaves.subspan(split)));
  } else {
    append_inclusion_path(h, leaves.subspan(split), index - split, path);
    path.push_back(root_of(h, leaves.first(split)));
  }
}

// SUBPROOF of RFC 9162 section 2.1.4.1. `is_old_root` says that these leaves' old part is the whole old tree, whose root the
// verifier has.
template <class H>
void append_consistency_path(const H& h, std::span<const Hash256> leaves, std::uint64_t first, bool is_old_root,
                             std::vector<Hash256>& path) {
  if (first == leaves.size()) {
    if (!is_old_root) path.push_back(root_of(h, leaves));
    return;
  }
  const std::uint64_t split = split_of(leaves.size());
  if (first <= split) {
    append_consistency_path(h, leaves.first(split), first, is_old_root, path);
    path.push_back(root_of(h, leaves.subspan(split)));
  } else {
    append_consistency_path(h, leaves.subspan(split), first - split, false, path);
    path.push_back(root_of(h, leaves.first(split)));
  }
}

}  // namespace detail

template <class H>
void append_leaf_hash(const H& h, Frontier& frontier, const Hash256& leaf_hash) {
  Hash256 carry = leaf_hash;
  // Each trailing one bit of the size is a perfect subtree as large as the one carried: the two become one.
  for (int merges = std::countr_one(frontier.size); merges > 0; --merges) {
    carry = h.node(frontier.peaks.back(), carry);
    frontier.peaks.pop_back();
  }
  frontier.peaks.push_back(carry);
  ++frontier.size;
}

template <class H>
Hash256 root_of(const H& h, const Frontier& frontier) {
  if (frontier.peaks.empty()) return h.empty();
  Hash256 root = frontier.peaks.back();
  for (std::size_t i = frontier.peaks.size() - 1; i > 0; --i) root = h.node(frontier.peaks[i - 1], root);
  return root;
}

template <class H>
Hash256 root_of(const H& h, std::span<const Hash256> leaf_hashes) {
  Frontier frontier;
  frontier.peaks.reserve(64);
  for (const Hash256& leaf_hash : leaf_hashes) append_leaf_hash(h, frontier, leaf_hash);
  return root_of(h, frontier);
}

template <class H>
std::vector<Hash256> inclusion_path(const H& h, std::span<const Hash256> leaf_hashes, std::uint64_t index) {
  PVC_CHECK(index < leaf_hashes.size());
  std::vector<Hash256> path;
  detail::append_inclusion_path(h, leaf_hashes, index, path);
  return path;
}

template <class H>
bool verify_inclusion(const H& h, const Hash256& leaf_hash, std::uint64_t index, std::uint64_t size,
                      std::span<const Hash256> path, const Hash256& root) {
  if (index >= size) return false;
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  Hash256 computed = leaf_hash;
  for (const Hash256& sibling : path) {
    if (last == 0) return false;
    if ((node & 1) == 1 || node == last) {
      computed = h.node(sibling, computed);
      // A last node without a sibling rises unchanged to the level where it has one.
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      computed = h.node(computed, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && computed == root;
}

template <class H>
std::vector<Hash256> consistency_path(const H& h, std::span<const Hash256> leaf_hashes, std::uint64_t first) {
  PVC_CHECK(first <= leaf_hashes.size());
  std::vector<Hash256> path;
  if (first > 0) detail::append_consistency_path(h, leaf_hashes, first, true, path);
  return path;
}

template <class H>
bool verify_consistency(const H& h, std::uint64_t first, std::uint64_t second, const Hash256& first_root,
                        const Hash256& second_root, std::span<const Hash256> path) {
  if (first > second) return false;
  if (first == second) return path.empty() && first_root == second_root && (first > 0 || first_root == h.empty());
  if (first == 0) return path.empty() && first_root == h.empty();

  // A first tree that is one perfect subtree of the second is left out of the path: its root is the start.
  const bool is_perfect = std::has_single_bit(first);
  if (path.empty() && !is_perfect) return false;
  std::uint64_t node = first - 1;
  std::uint64_t last = second - 1;
  while ((node & 1) == 1) {
    node >>= 1;
    last >>= 1;
  }
  Hash256 old_root = is_perfect ? first_root : path.front();
  Hash256 new_root = old_root;
  for (const Hash256& sibling : path.subspan(is_perfect ? 0 : 1)) {
    if (last == 0) return false;
    if ((node & 1) == 1 || node == last) {
      old_root = h.node(sibling, old_root);
      new_root = h.node(sibling, new_root);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      new_root = h.node(new_root, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && old_root == first_root && new_root == second_root;
}

}  // namespace provchain::crypto::merkle
