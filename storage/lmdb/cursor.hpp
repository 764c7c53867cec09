// SPDX-License-Identifier: Apache-2.0
// A place in a sub-database: seek() says whether there is an entry, key() and value() say what it is. Lives within its
// transaction. One thread at a time.
#pragma once

#include <memory>

#include "storage/lmdb/txn.hpp"

struct MDB_cursor;

namespace provchain::storage::lmdb {

class Cursor {
 public:
  [[nodiscard]] static StorageResult<Cursor> open(const Txn& txn PVC_LIFETIMEBOUND, Database database);

  // Each moves and says whether it stands on an entry now.
  [[nodiscard]] StorageResult<bool> seek(Bytes key);  // the first entry at or after
  [[nodiscard]] StorageResult<bool> seek(std::uint64_t key);
  [[nodiscard]] StorageResult<bool> seek_at_or_below(std::uint64_t key);  // the last entry at or before
  [[nodiscard]] StorageResult<bool> first();
  [[nodiscard]] StorageResult<bool> last();
  [[nodiscard]] StorageResult<bool> next();
  [[nodiscard]] StorageResult<bool> next_of_key();  // the next value of the same key (KeyKind::number_to_many)

  // Valid until the cursor moves or the transaction ends. Only while standing on an entry.
  [[nodiscard]] Bytes key() const PVC_LIFETIMEBOUND { return key_; }
  [[nodiscard]] Bytes value() const PVC_LIFETIMEBOUND { return value_; }

  // In a WriteTxn: writes where sorted keys make the search short. As WriteTxn::put.
  [[nodiscard]] StorageResult<bool> put(Bytes key, Bytes value, PutMode mode);

 private:
  struct Close {
    void operator()(MDB_cursor* cursor) const;
  };
  Cursor(MDB_cursor* cursor, std::string_view where) : cursor_(cursor), where_(where) {}
  StorageResult<bool> move(Bytes key, int operation);

  std::unique_ptr<MDB_cursor, Close> cursor_;
  std::string_view where_;
  Bytes key_;
  Bytes value_;
};

}  // namespace provchain::storage::lmdb
