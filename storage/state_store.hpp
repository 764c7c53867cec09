// SPDX-License-Identifier: Apache-2.0
// state/: what is looked up by a random key, kept apart so that its page churn never fragments chain/. Derived: replayed from
// chain/ when it is behind, rebuilt when it is ahead or of another chain.
//   tx    tx id -> u64 height, u32 index in the block, u64 sequence number
//   block block id -> u64 height
//   meta  "applied" -> u32 version, u64 height, block id[32]
// One writer thread; reading from any thread with a ReadTxn of its own.
#pragma once

#include <optional>

#include "crypto/format/block.hpp"
#include "storage/lmdb/txn.hpp"

namespace provchain::storage {

using lmdb::ReadTxn;

// Where a transaction stands. `sequence` counts all transactions of the chain from 0 on: total_txs of the block below plus the
// index.
struct TxPosition {
  Height height;
  std::uint32_t index = 0;
  std::uint64_t sequence = 0;
  bool operator==(const TxPosition&) const = default;
};

class StateStore {
 public:
  [[nodiscard]] static StorageResult<StateStore> open(const std::filesystem::path& directory, const lmdb::EnvOptions& options);

  // Blocks whose heights follow the applied one, in one transaction. duplicate_transaction: nothing was applied.
  [[nodiscard]] StorageResult<void> apply(std::span<const crypto::format::BlockView> blocks);
  // Forgets everything: the next apply() begins at height 1.
  [[nodiscard]] StorageResult<void> clear();

  [[nodiscard]] StorageResult<ReadTxn> read() const { return ReadTxn::begin(env_); }

  struct Applied {
    Height height;
    BlockId id;  // zero at height 0
  };
  [[nodiscard]] StorageResult<Applied> applied(const ReadTxn& txn) const;
  // Absent when no finalized block has it.
  [[nodiscard]] StorageResult<std::optional<TxPosition>> find_transaction(const ReadTxn& txn, const TxId& id) const;
  [[nodiscard]] StorageResult<std::optional<Height>> find_block(const ReadTxn& txn, const BlockId& id) const;

  [[nodiscard]] const lmdb::Env& env() const { return env_; }

 private:
  struct Tables {
    lmdb::Database transactions, blocks, meta;
  };
  StateStore(lmdb::Env env, const Tables& tables) : env_(std::move(env)), tables_(tables) {}
  StorageResult<void> apply_one(lmdb::WriteTxn& txn, const crypto::format::BlockView& block) const;

  lmdb::Env env_;
  Tables tables_;
};

}  // namespace provchain::storage
