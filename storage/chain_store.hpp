// SPDX-License-Identifier: Apache-2.0
// chain/: the finalized blocks, and all that is needed to prove them. The source of truth; everything else on disk follows from
// it.
//   blocks  height -> header ‖ body                 hdr      height -> header[336]  (height 0: the virtual block of the genesis)
//   certs   height -> FINALIZE certificate          history  position -> node of the history tree (history_tree.hpp)
//   system, epochs: who decides                     (epoch_tables.hpp)
//   meta    "guard" -> u64 epoch, view, step        meta     "height" -> u64, written last
// All keys but meta's are appended in order, so pages are full and nothing is ever freed: reading is cheap and the file does not
// fragment. One writer thread calls commit(). Reading: any thread, with a ReadTxn of its own from read(); every view is valid
// until that ends.
//   1 One commit is one durable transaction: after a crash all of it is there or nothing.
//   2 Heights are consecutive from 1; each block's parent_id, network_id, totals, tx_root, history_root, epoch, anchor and
//   authority set match the blocks below.
//   3 A block that ends its epoch is the last of its commit, and with it comes all that its successors are judged by.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "crypto/format/block.hpp"
#include "crypto/merkle.hpp"
#include "storage/epoch_tables.hpp"
#include "storage/lmdb/txn.hpp"

namespace provchain::storage {

using lmdb::ReadTxn;

// A copy of the signing guard's position, stored with the block that moved it, to notice a journal that was restored from a
// backup.
struct GuardPosition {
  Epoch epoch;
  View view;
  std::uint64_t step = 0;
  auto operator<=>(const GuardPosition&) const = default;
};

// The newest block. At a new chain: height 0, the genesis' virtual block.
struct Tip {
  Height height;
  BlockId id;
  crypto::format::BlockHeader header;
  crypto::merkle::Frontier history;  // over the ids of heights 0 … height: its root is the next block's history_root
};

class ChainStore {
 public:
  // `genesis` is the header of block 0. foreign_network when the chain stored here began with another.
  [[nodiscard]] static StorageResult<ChainStore> open(const std::filesystem::path& directory, const lmdb::EnvOptions& options,
                                                      const crypto::format::BlockHeader& genesis);

  // Checks and writes blocks of consecutive heights from the tip on; durable when it returns. `certificate`: FINALIZE on the last
  // of them; empty while catching up below a certified head, unless that block ends its epoch. `guard` raises the stored position
  // and never lowers it: a node that does not vote has none, and must not make the chain forget what this authority has signed.
  // On error nothing was written: the caller may correct its input and go on.
  [[nodiscard]] StorageResult<void> commit(std::span<const crypto::format::BlockView> blocks, Bytes certificate,
                                           const GuardPosition& guard, const SystemUpdate& system);

  [[nodiscard]] StorageResult<ReadTxn> read() const { return ReadTxn::begin(env_); }

  [[nodiscard]] StorageResult<Tip> tip(const ReadTxn& txn) const;
  [[nodiscard]] StorageResult<Height> height(const ReadTxn& txn) const;
  // Empty when there is none (block 0 has a header, but no block). Valid until the transaction ends.
  [[nodiscard]] StorageResult<Bytes> block_at(const ReadTxn& txn PVC_LIFETIMEBOUND, Height height) const;
  [[nodiscard]] StorageResult<Bytes> header_bytes_at(const ReadTxn& txn PVC_LIFETIMEBOUND, Height height) const;
  [[nodiscard]] StorageResult<std::optional<crypto::format::BlockHeader>> header_at(const ReadTxn& txn, Height height) const;

  // A certificate proves its block and, by history_root, every block below.
  struct CertifiedHeight {
    Height height;
    Bytes certificate;  // valid until the transaction ends; empty: there is none
  };
  [[nodiscard]] StorageResult<CertifiedHeight> newest_certificate(const ReadTxn& txn PVC_LIFETIMEBOUND) const;
  // The lowest one at `height` or above.
  [[nodiscard]] StorageResult<CertifiedHeight> certificate_at_or_above(const ReadTxn& txn PVC_LIFETIMEBOUND, Height height) const;

  // The path of block `height` in the history tree of `size` leaves (heights 0 … size − 1), as a header of height `size` commits
  // to it. Absent when height >= size or size is above the tip's height + 1.
  [[nodiscard]] StorageResult<std::optional<std::vector<Hash256>>> inclusion_path(const ReadTxn& txn, Height height,
                                                                                  std::uint64_t size) const;
  // That the history tree of `first` leaves is a prefix of the one of `second`. Absent when 0 < first <= second does not hold or
  // second is too large.
  [[nodiscard]] StorageResult<std::optional<std::vector<Hash256>>> consistency_path(const ReadTxn& txn, std::uint64_t first,
                                                                                    std::uint64_t second) const;

  [[nodiscard]] const EpochTables& epochs() const { return epochs_; }

  // The highest of all commits; all zero before the first one.
  [[nodiscard]] StorageResult<GuardPosition> guard(const ReadTxn& txn) const;

  [[nodiscard]] const lmdb::Env& env() const { return env_; }

 private:
  struct Tables {
    lmdb::Database blocks, headers, certificates, history, meta;
  };
  ChainStore(lmdb::Env env, const Tables& tables, const EpochTables& epochs)
      : env_(std::move(env)), tables_(tables), epochs_(epochs) {}
  StorageResult<Tip> tip_of(const lmdb::Txn& txn) const;
  StorageResult<GuardPosition> guard_of(const lmdb::Txn& txn) const;
  StorageResult<void> raise_guard(lmdb::WriteTxn& txn, const GuardPosition& guard) const;
  StorageResult<void> append_block(lmdb::WriteTxn& txn, const crypto::format::BlockView& block, Tip& tip) const;

  lmdb::Env env_;
  Tables tables_;
  EpochTables epochs_;
};

// Blocks seen in place; malformed_block when one is not. Valid as long as the bytes.
[[nodiscard]] StorageResult<std::vector<crypto::format::BlockView>> decode_blocks(std::span<const Bytes> blocks);

}  // namespace provchain::storage
