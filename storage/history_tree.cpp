// SPDX-License-Identifier: Apache-2.0
#include "storage/history_tree.hpp"

#include <bit>

#include "crypto/domain.hpp"

namespace provchain::storage::history_tree {
namespace {

using crypto::merkle::Frontier;

constexpr crypto::merkle::TaggedHash history_hash{crypto::domain::history};

StorageResult<Hash256> node_at(const lmdb::Txn& txn, lmdb::Database nodes, std::uint64_t at) {
  PVC_TRY(const Bytes bytes, txn.get(nodes, at));
  if (bytes.size() != Hash256::kSize) return std::unexpected(Error{.code = Errc::corrupt, .number = at, .where = nodes.where});
  return Hash256::load(bytes);
}

// The root over leaves [begin, end) of a tree; begin is a multiple of the largest power of two in end − begin, as every subtree
// of RFC 9162 has it.
StorageResult<Hash256> range_root(const lmdb::Txn& txn, lmdb::Database nodes, std::uint64_t begin, std::uint64_t end) {
  Frontier frontier;
  while (begin != end) {
    const std::uint64_t count = std::bit_floor(end - begin);
    PVC_TRY(const Hash256 peak, node_at(txn, nodes, position(begin + count - 1, static_cast<unsigned>(std::countr_zero(count)))));
    frontier.peaks.push_back(peak);
    frontier.size += count;
    begin += count;
  }
  return root_of(frontier);
}

// The largest power of two below n: where RFC 9162 splits a tree of n > 1 leaves.
std::uint64_t split_of(std::uint64_t n) { return std::bit_floor(n - 1); }

// A path is found from the root down and told from the leaf up.
std::vector<Hash256> reversed(const std::vector<Hash256>& path) { return {path.rbegin(), path.rend()}; }

}  // namespace

std::uint64_t position(std::uint64_t last, unsigned level) {
  return 2 * last - static_cast<std::uint64_t>(std::popcount(last)) + level;
}

StorageResult<void> append(lmdb::WriteTxn& txn, lmdb::Database nodes, Frontier& frontier, const BlockId& leaf) {
  const std::uint64_t index = frontier.size;
  Hash256 node = history_hash.leaf(leaf.view());
  PVC_TRY_VOID(txn.put(nodes, position(index, 0), node.view(), lmdb::PutMode::append));
  const auto merges = static_cast<unsigned>(std::countr_one(index));
  for (unsigned level = 1; level <= merges; ++level) {
    node = history_hash.node(frontier.peaks.back(), node);
    frontier.peaks.pop_back();
    PVC_TRY_VOID(txn.put(nodes, position(index, level), node.view(), lmdb::PutMode::append));
  }
  frontier.peaks.push_back(node);
  frontier.size = index + 1;
  return {};
}

StorageResult<Frontier> frontier_of(const lmdb::Txn& txn, lmdb::Database nodes, std::uint64_t size) {
  Frontier frontier{.size = size, .peaks = {}};
  std::uint64_t begin = 0;
  while (begin != size) {
    const std::uint64_t count = std::bit_floor(size - begin);
    PVC_TRY(const Hash256 peak, node_at(txn, nodes, position(begin + count - 1, static_cast<unsigned>(std::countr_zero(count)))));
    frontier.peaks.push_back(peak);
    begin += count;
  }
  return frontier;
}

Hash256 root_of(const Frontier& frontier) { return crypto::merkle::root_of(history_hash, frontier); }

StorageResult<std::vector<Hash256>> inclusion_path(const lmdb::Txn& txn, lmdb::Database nodes, std::uint64_t index,
                                                   std::uint64_t size) {
  std::vector<Hash256> path;
  std::uint64_t begin = 0;
  std::uint64_t end = size;
  while (end - begin > 1) {
    const std::uint64_t middle = begin + split_of(end - begin);
    const bool left = index < middle;
    PVC_TRY(const Hash256 sibling, left ? range_root(txn, nodes, middle, end) : range_root(txn, nodes, begin, middle));
    path.push_back(sibling);
    (left ? end : begin) = middle;
  }
  return reversed(path);
}

StorageResult<std::vector<Hash256>> consistency_path(const lmdb::Txn& txn, lmdb::Database nodes, std::uint64_t first,
                                                     std::uint64_t second) {
  std::vector<Hash256> path;
  std::uint64_t begin = 0;
  std::uint64_t end = second;
  // `complete`: the old tree is all of [0, first), which the verifier knows; it is named only when it became a part of the right
  // side.
  bool complete = true;
  while (first != end) {
    const std::uint64_t middle = begin + split_of(end - begin);
    const bool left = first <= middle;
    PVC_TRY(const Hash256 sibling, left ? range_root(txn, nodes, middle, end) : range_root(txn, nodes, begin, middle));
    path.push_back(sibling);
    if (!left) complete = false;
    (left ? end : begin) = middle;
  }
  if (!complete) {
    PVC_TRY(const Hash256 old, range_root(txn, nodes, begin, end));
    path.push_back(old);
  }
  return reversed(path);
}

}  // namespace provchain::storage::history_tree
