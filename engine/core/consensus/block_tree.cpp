// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/block_tree.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "engine/core/consensus/proposal_rules.hpp"

namespace provchain::core::consensus {

using crypto::format::BlockHeader;
using crypto::merkle::Frontier;

TreeBlock* BlockTree::find(const BlockId& id) {
  const auto at = blocks_.find(id);
  return at == blocks_.end() ? nullptr : &at->second;
}

const TreeBlock* BlockTree::find(const BlockId& id) const {
  const auto at = blocks_.find(id);
  return at == blocks_.end() ? nullptr : &at->second;
}

bool BlockTree::is_valid(const BlockId& id) const {
  if (id == end_.id) return true;
  const TreeBlock* block = find(id);
  return block != nullptr && block->state == BlockState::valid;
}

bool BlockTree::is_invalid(const BlockId& id) const {
  const TreeBlock* block = find(id);
  return block != nullptr && block->state == BlockState::invalid;
}

const BlockHeader* BlockTree::header_of(const BlockId& id) const {
  if (id == end_.id) return &end_.header;
  const TreeBlock* block = find(id);
  return block == nullptr ? nullptr : &block->header;
}

const SystemPointer& BlockTree::system_at(const BlockId& id) const {
  if (id == end_.id) return end_.system;
  const TreeBlock* block = find(id);
  PVC_CHECK(block != nullptr && block->state == BlockState::valid);
  return block->system;
}

TreeBlock* BlockTree::add(const BlockId& id, const BlockHeader& header, View used_in) {
  if (TreeBlock* held = find(id)) {
    held->last_used = std::max(held->last_used, used_in);
    return held;
  }
  if (header.height <= end_.header.height) return nullptr;
  if (blocks_.size() >= blocks_max && !make_room(false, id)) return nullptr;
  ++revision_;
  TreeBlock block;
  block.id = id;
  block.header = header;
  block.last_used = used_in;
  return &blocks_.emplace(id, std::move(block)).first->second;
}

void BlockTree::free_bytes(TreeBlock& block) {
  bytes_ -= block.bytes.size();
  block.bytes = SharedBytes();
  block.transactions.clear();
}

bool BlockTree::begin_check(TreeBlock& block, const SharedBytes& bytes) {
  PVC_CHECK(block.state == BlockState::header);
  if (bytes.size() > bytes_max_) return false;
  while (bytes_ + bytes.size() > bytes_max_)
    if (!make_room(true, block.id)) return false;
  block.state = BlockState::checking;
  block.bytes = bytes;
  bytes_ += bytes.size();
  ++revision_;
  return true;
}

void BlockTree::end_check(TreeBlock& block, BlockState outcome) {
  PVC_CHECK(outcome == BlockState::header || outcome == BlockState::checked || outcome == BlockState::invalid);
  block.state = outcome;
  if (outcome != BlockState::checked) free_bytes(block);
  ++revision_;
}

bool BlockTree::make_room(bool of_bytes, const BlockId& except) {
  // Never a block that others stand on. Among the rest those this node voted for go last: its vote says that it holds them.
  std::set<BlockId> parents;
  for (const auto& [id, block] : blocks_)
    if (block.state == BlockState::valid) parents.insert(block.header.parent_id);
  auto victim = blocks_.end();
  for (auto at = blocks_.begin(); at != blocks_.end(); ++at) {
    if (at->first == except || parents.contains(at->first)) continue;
    if (of_bytes && at->second.bytes.empty()) continue;
    if (victim == blocks_.end() ||
        std::pair(at->second.voted, at->second.last_used) < std::pair(victim->second.voted, victim->second.last_used))
      victim = at;
  }
  if (victim == blocks_.end()) return false;
  free_bytes(victim->second);
  blocks_.erase(victim);
  ++revision_;
  return true;
}

std::optional<SystemPointer> BlockTree::judge(const EpochSet& epoch, const TreeBlock& block,
                                              const std::map<Height, std::vector<TxId>>& settling) const {
  const BlockId& parent_id = block.header.parent_id;
  if (is_invalid(parent_id)) return SystemPointer();
  if (!is_valid(parent_id)) return std::nullopt;
  const BlockHeader& parent = *header_of(parent_id);
  const TreeBlock* parent_block = find(parent_id);
  const Frontier& history = parent_block == nullptr ? end_.history : parent_block->history;
  const SystemPointer& system = system_at(parent_id);
  if (header_fault(epoch, block.header, parent, history, *system)) return SystemPointer();
  std::set<TxId> ancestors = transactions_to(parent_id);
  for (auto at = settling.upper_bound(block.chain_known); at != settling.end(); ++at)
    ancestors.insert(at->second.begin(), at->second.end());
  if (transactions_fault(epoch, block.header, parent, block.transactions, ancestors, end_.header.height)) return SystemPointer();
  return execute(block.header, parent, block.transactions, system).value_or(SystemPointer());
}

std::vector<BlockId> BlockTree::judge_checked(const EpochSet& epoch, const std::map<Height, std::vector<TxId>>& settling) {
  std::vector<BlockId> invalid;
  // Parents are lower than children: one pass in ascending height settles whole chains.
  std::multimap<Height, TreeBlock*> waiting;
  for (auto& [id, block] : blocks_)
    if (block.state == BlockState::checked) waiting.emplace(block.header.height, &block);
  for (auto& [height, block] : waiting) {
    std::optional<SystemPointer> after = judge(epoch, *block, settling);
    if (!after) continue;
    ++revision_;
    if (*after == nullptr) {
      end_check(*block, BlockState::invalid);
      invalid.push_back(block->id);
      continue;
    }
    block->state = BlockState::valid;
    block->system = std::move(*after);
    const TreeBlock* parent = find(block->header.parent_id);
    block->history = extend_history(parent == nullptr ? end_.history : parent->history, block->id);
  }
  return invalid;
}

std::optional<std::vector<const TreeBlock*>> BlockTree::chain_to(const BlockId& id) const {
  std::vector<const TreeBlock*> chain;
  BlockId next = id;
  while (next != end_.id) {
    const TreeBlock* block = find(next);
    if (block == nullptr || block->state != BlockState::valid) return std::nullopt;
    chain.push_back(block);
    next = block->header.parent_id;
  }
  std::ranges::reverse(chain);
  return chain;
}

std::optional<BlockId> BlockTree::first_missing(const BlockId& id) const {
  BlockId next = id;
  std::optional<BlockId> missing;
  while (next != end_.id) {
    const TreeBlock* block = find(next);
    if (block == nullptr) return next;
    if (block->state == BlockState::header) missing = next;
    if (block->header.height <= end_.header.height) break;
    next = block->header.parent_id;
  }
  return missing;
}

std::set<TxId> BlockTree::transactions_to(const BlockId& id) const {
  std::set<TxId> ids;
  BlockId next = id;
  while (next != end_.id) {
    const TreeBlock* block = find(next);
    if (block == nullptr) break;
    for (const CheckedTx& tx : block->transactions) ids.insert(tx.id);
    next = block->header.parent_id;
  }
  return ids;
}

bool BlockTree::contradicts_end(const BlockId& id) const {
  BlockId next = id;
  while (next != end_.id) {
    const TreeBlock* block = find(next);
    if (block == nullptr) return false;
    if (block->header.height.value() == end_.header.height.value() + 1) return block->header.parent_id != end_.id;
    next = block->header.parent_id;
  }
  return false;
}

void BlockTree::advance(ChainEnd end) {
  end_ = std::move(end);
  ++revision_;
  for (auto at = blocks_.begin(); at != blocks_.end();) {
    if (at->second.header.height > end_.header.height) {
      ++at;
      continue;
    }
    free_bytes(at->second);
    at = blocks_.erase(at);
  }
}

void BlockTree::invariants() const {
  PVC_CHECK(blocks_.size() <= blocks_max);
  PVC_CHECK(bytes_ <= bytes_max_);
  std::size_t bytes = 0;
  for (const auto& [id, block] : blocks_) {
    PVC_CHECK(block.header.height > end_.header.height);
    PVC_CHECK((block.state == BlockState::header || block.state == BlockState::invalid) == block.bytes.empty());
    bytes += block.bytes.size();
    if (block.state == BlockState::valid) PVC_CHECK(block.history.size == block.header.height.value() + 1);
  }
  PVC_CHECK(bytes == bytes_);
}

}  // namespace provchain::core::consensus
