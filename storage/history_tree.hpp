// SPDX-License-Identifier: Apache-2.0
// The history tree on disk. Every perfect subtree is stored once, at its position in post-order, and never changes; so the table
// is append-only, and a path for a tree of any earlier size costs O(log² n) reads. The right edge of a tree that is not perfect
// is hashed together when asked for.
//   leaf i is at 2i − popcount(i); the subtree of 2^k leaves whose last leaf is i is at 2i − popcount(i) + k.
//   Example, 3 leaves: leaf 0 at 0, leaf 1 at 1, their parent at 2, leaf 2 at 3.
// Functions within one transaction; a node that must be there and is not is corrupt.
#pragma once

#include <vector>

#include "crypto/merkle.hpp"
#include "storage/lmdb/txn.hpp"

namespace provchain::storage::history_tree {

// Where the root of the perfect subtree of 2^level leaves that ends with leaf `last` is stored.
[[nodiscard]] std::uint64_t position(std::uint64_t last, unsigned level);

// Stores leaf number frontier.size and the subtrees that it completes, and moves the frontier on.
[[nodiscard]] StorageResult<void> append(lmdb::WriteTxn& txn, lmdb::Database nodes, crypto::merkle::Frontier& frontier,
                                         const BlockId& leaf);

// The frontier of the tree of the first `size` leaves.
[[nodiscard]] StorageResult<crypto::merkle::Frontier> frontier_of(const lmdb::Txn& txn, lmdb::Database nodes, std::uint64_t size);

[[nodiscard]] Hash256 root_of(const crypto::merkle::Frontier& frontier);

// The audit path of `index` in the tree of `size` leaves; index < size.
[[nodiscard]] StorageResult<std::vector<Hash256>> inclusion_path(const lmdb::Txn& txn, lmdb::Database nodes, std::uint64_t index,
                                                                 std::uint64_t size);
// RFC 9162 section 2.1.4.1; 0 < first <= second.
[[nodiscard]] StorageResult<std::vector<Hash256>> consistency_path(const lmdb::Txn& txn, lmdb::Database nodes,
                                                                   std::uint64_t first, std::uint64_t second);

}  // namespace provchain::storage::history_tree
