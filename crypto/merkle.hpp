// SPDX-License-Identifier: Apache-2.0
// Merkle trees in the shape of RFC 9162 section 2.1: a tree over n leaves splits at the largest power of two below n.
// leaf(x) = H(0x00 ‖ x), node(l, r) = H(0x01 ‖ l ‖ r), the root of the empty tree = H(""). Generic over H so that the published
// SHA-256 vectors check the shape; the ledger uses BLAKE2b-256 with a domain tag per tree (TaggedHash). A path lists siblings
// from the leaf up; index and tree size are always given beside it. Pure functions, any thread.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/types.hpp"
#include "crypto/digest.hpp"

namespace provchain::crypto::merkle {

// H of the ledger: BLAKE2b-256 over the tree's tag. H must offer empty(), leaf(Bytes) and node(l, r).
class TaggedHash {
 public:
  explicit constexpr TaggedHash(std::string_view tag) : tag_(tag) {}
  [[nodiscard]] Hash256 empty() const;
  [[nodiscard]] Hash256 leaf(Bytes data) const;
  [[nodiscard]] Hash256 node(const Hash256& left, const Hash256& right) const;

 private:
  std::string_view tag_;
};

// The right edge of a growing tree: at most 64 perfect subtrees, largest first. Appending and the root cost O(log n) hashes and
// no other state.
struct Frontier {
  std::uint64_t size = 0;
  std::vector<Hash256> peaks;  // one per set bit of size, most significant first
  bool operator==(const Frontier&) const = default;
};

template <class H>
void append_leaf_hash(const H& h, Frontier& frontier, const Hash256& leaf_hash);
template <class H>
[[nodiscard]] Hash256 root_of(const H& h, const Frontier& frontier);

// The root over leaf hashes.
template <class H>
[[nodiscard]] Hash256 root_of(const H& h, std::span<const Hash256> leaf_hashes);

// The audit path of leaf `index`; index < leaf_hashes.size().
template <class H>
[[nodiscard]] std::vector<Hash256> inclusion_path(const H& h, std::span<const Hash256> leaf_hashes, std::uint64_t index);

// RFC 9162 section 2.1.3.2. False for any path that is too long, too short or leads elsewhere, and for index >= size.
template <class H>
[[nodiscard]] bool verify_inclusion(const H& h, const Hash256& leaf_hash, std::uint64_t index, std::uint64_t size,
                                    std::span<const Hash256> path, const Hash256& root);

// RFC 9162 sections 2.1.4.1 and 2.1.4.2: that the tree of the first `first` leaves is a prefix of the tree of
// `leaf_hashes.size()` leaves; first <= leaf_hashes.size(). The empty tree is a prefix of every tree, and every tree of itself,
// both with an empty path.
template <class H>
[[nodiscard]] std::vector<Hash256> consistency_path(const H& h, std::span<const Hash256> leaf_hashes, std::uint64_t first);
template <class H>
[[nodiscard]] bool verify_consistency(const H& h, std::uint64_t first, std::uint64_t second, const Hash256& first_root,
                                      const Hash256& second_root, std::span<const Hash256> path);

}  // namespace provchain::crypto::merkle

#include "crypto/merkle_inl.hpp"
