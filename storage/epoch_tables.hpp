// SPDX-License-Identifier: Apache-2.0
// What chain/ keeps about who decides: the state of the system as blocks changed it, and what ended each epoch. The newest entry
// of each is what a node starts from; all of them together lead a reader who trusts the genesis to the newest certificate.
//   system  height -> encoded system state that the block above builds on; only where it changed
//   epochs  epoch -> u64 height ‖ u32 certificate bytes ‖ FINALIZE certificate ‖ authorities of the next epoch
// The bytes of a state are opaque here. Part of ChainStore: written by its commits only, read with its transactions.
#pragma once

#include <optional>

#include "crypto/format/block_header.hpp"
#include "storage/lmdb/txn.hpp"

namespace provchain::storage {

// What the blocks of one commit did to the system. Views valid during the call.
struct SystemUpdate {
  Bytes state;             // that the next block builds on; empty: the blocks did not change it
  Bytes next_authorities;  // encode_authorities of the next epoch, when the last block ends one; else empty
};

// What ended an epoch. Views valid until the transaction ends.
struct StoredEpochEnd {
  Height height;  // of the block with EPOCH_END
  Bytes certificate;
  Bytes next_authorities;
};

class EpochTables {
 public:
  // Creates what is missing: a chain from before there were these tables has had no epoch end.
  [[nodiscard]] static StorageResult<EpochTables> open(lmdb::WriteTxn& txn);

  // `last`: the header of the commit's last block. epoch_end_incomplete: it ends its epoch, and certificate or state are not
  // there. wrong_next_authorities: those given are not what its header commits to, or nothing ends.
  [[nodiscard]] StorageResult<void> write(lmdb::WriteTxn& txn, const crypto::format::BlockHeader& last, Bytes certificate,
                                          const SystemUpdate& update) const;

  // The newest state stored at `height` or below; empty: none, the genesis' one still holds.
  [[nodiscard]] StorageResult<Bytes> system_at(const lmdb::ReadTxn& txn PVC_LIFETIMEBOUND, Height height) const;
  // Absent while the epoch goes on.
  [[nodiscard]] StorageResult<std::optional<StoredEpochEnd>> end_of(const lmdb::ReadTxn& txn PVC_LIFETIMEBOUND,
                                                                    Epoch epoch) const;

 private:
  StorageResult<void> write_end(lmdb::WriteTxn& txn, const crypto::format::BlockHeader& last, Bytes certificate,
                                const SystemUpdate& update) const;

  lmdb::Database system_, epochs_;
};

}  // namespace provchain::storage
