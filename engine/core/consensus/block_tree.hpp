// SPDX-License-Identifier: Apache-2.0
// Blocks above the last finalised one, by id: what is known of each, up to its full validity. A block is judged in three steps:
// its bytes (CheckBlock, a pure function of them), then its header and transactions against its ancestors (proposal_rules.hpp),
// and only below a valid parent. Core thread only. Invariants: (1) a valid block has its bytes, and its parent is valid or the
// final block; (2) every block is higher than the final one; (3) at most blocks_max blocks and bytes_max bytes are held.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/shared_bytes.hpp"
#include "crypto/format/block_header.hpp"
#include "crypto/merkle.hpp"
#include "engine/core/consensus/chain_end.hpp"
#include "engine/core/consensus/leader.hpp"
#include "engine/core/consensus/types.hpp"
#include "engine/core/effects.hpp"

namespace provchain::core::consensus {

enum class BlockState : std::uint8_t {
  header,    // the header is known, a body is wanted
  checking,  // its bytes are being checked
  checked,   // valid by itself, waits for its parent
  valid,
  invalid,
};

struct TreeBlock {
  BlockId id;
  crypto::format::BlockHeader header;
  BlockState state = BlockState::header;
  SharedBytes bytes;                    // header ‖ body; empty in the states header and invalid
  std::vector<CheckedTx> transactions;  // from state checked on
  Height chain_known;                   // the durable tip when the check was asked for: in_chain speaks of heights up to there
  crypto::merkle::Frontier history;     // this block included; in state valid
  SystemPointer system;                 // after this block, still of its own epoch; in state valid
  std::optional<ConnId> source;         // who sent the bytes
  View last_used;                       // the highest view this block was proposed or certified in
  bool journalled = false;
  bool voted = false;  // this node has voted for it: its bytes are kept until the height is final
};

class BlockTree {
 public:
  static constexpr std::size_t blocks_max = 256;

  explicit BlockTree(ChainEnd end, std::size_t bytes_max = SIZE_MAX) : end_(std::move(end)), bytes_max_(bytes_max) {}

  [[nodiscard]] const ChainEnd& end() const PVC_LIFETIMEBOUND { return end_; }
  // Null when unknown. Valid until the block is forgotten.
  [[nodiscard]] TreeBlock* find(const BlockId& id);
  [[nodiscard]] const TreeBlock* find(const BlockId& id) const;
  // Valid here, or the final block itself.
  [[nodiscard]] bool is_valid(const BlockId& id) const;
  [[nodiscard]] bool is_invalid(const BlockId& id) const;
  // The header of a known block or of the final one; null for others.
  [[nodiscard]] const crypto::format::BlockHeader* header_of(const BlockId& id) const PVC_LIFETIMEBOUND;

  // Knows the block from now on; returns the one held already when there is one. Null when its height is settled or there is no
  // room: blocks nobody voted for or certified lately make room first.
  TreeBlock* add(const BlockId& id, const crypto::format::BlockHeader& header, View used_in);

  // From header to checking: these are the bytes. False when there is no room for them.
  [[nodiscard]] bool begin_check(TreeBlock& block, const SharedBytes& bytes);
  // From checking to checked, or giving the bytes up to header or invalid.
  void end_check(TreeBlock& block, BlockState outcome);

  // Judges blocks in state checked whose parent has been judged, and their children in turn. Returns the ids that became invalid.
  std::vector<BlockId> judge_checked(const EpochSet& epoch, const std::map<Height, std::vector<TxId>>& settling);

  // The valid blocks from above the final one up to `id`, in order; absent when one of them is not valid, or the chain does not
  // lead to the final block. Empty when `id` is the final block.
  [[nodiscard]] std::optional<std::vector<const TreeBlock*>> chain_to(const BlockId& id) const;
  // The block nearest to the final one that is missing from the chain to `id`; absent when nothing is missing.
  [[nodiscard]] std::optional<BlockId> first_missing(const BlockId& id) const;
  // The ids of all transactions in the valid chain to `id`, the final block excluded.
  [[nodiscard]] std::set<TxId> transactions_to(const BlockId& id) const;
  // True when the known ancestors of `id` reach the final block's height in another block than the final one.
  [[nodiscard]] bool contradicts_end(const BlockId& id) const;

  // `end` is final now: forgets everything not higher.
  void advance(ChainEnd end);

  // The system state that a child of the block builds on; the block is valid or the final one.
  [[nodiscard]] const SystemPointer& system_at(const BlockId& id) const PVC_LIFETIMEBOUND;

  [[nodiscard]] std::size_t size() const { return blocks_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  // Another one after every change of a block's state, of the blocks held, or of the end.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  [[nodiscard]] std::map<BlockId, TreeBlock>& blocks() PVC_LIFETIMEBOUND { return blocks_; }
  [[nodiscard]] const std::map<BlockId, TreeBlock>& blocks() const PVC_LIFETIMEBOUND { return blocks_; }
  void invariants() const;

 private:
  // Forgets the least useful block, never `except`; among those with bytes only, when it is bytes that are too many.
  bool make_room(bool of_bytes, const BlockId& except);
  void free_bytes(TreeBlock& block);
  // The system state after the block; null: the block is invalid. Absent: not decided, the parent is not.
  [[nodiscard]] std::optional<SystemPointer> judge(const EpochSet& epoch, const TreeBlock& block,
                                                   const std::map<Height, std::vector<TxId>>& settling) const;

  ChainEnd end_;
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::uint64_t revision_ = 1;
  std::map<BlockId, TreeBlock> blocks_;
};

}  // namespace provchain::core::consensus
