// SPDX-License-Identifier: Apache-2.0
#include "storage/lmdb/cursor.hpp"

#include <lmdb.h>

#include <cstring>

namespace provchain::storage::lmdb {

void Cursor::Close::operator()(MDB_cursor* cursor) const { mdb_cursor_close(cursor); }

StorageResult<Cursor> Cursor::open(const Txn& txn, Database database) {
  MDB_cursor* cursor = nullptr;
  const int code = mdb_cursor_open(txn.handle(), database.handle, &cursor);
  if (code != 0) return std::unexpected(error_of(code, database.where));
  return Cursor(cursor, database.where);
}

StorageResult<bool> Cursor::move(Bytes key, int operation) {
  MDB_val found_key{key.size(), const_cast<std::uint8_t*>(key.data())};
  MDB_val found_value{};
  const int code = mdb_cursor_get(cursor_.get(), &found_key, &found_value, static_cast<MDB_cursor_op>(operation));
  if (code == MDB_NOTFOUND) return false;
  if (code != 0) return std::unexpected(error_of(code, where_));
  key_ = {static_cast<const std::uint8_t*>(found_key.mv_data), found_key.mv_size};
  value_ = {static_cast<const std::uint8_t*>(found_value.mv_data), found_value.mv_size};
  return true;
}

StorageResult<bool> Cursor::seek(Bytes key) { return key.empty() ? first() : move(key, MDB_SET_RANGE); }

StorageResult<bool> Cursor::seek(std::uint64_t key) {
  return move({reinterpret_cast<const std::uint8_t*>(&key), sizeof key}, MDB_SET_RANGE);
}

StorageResult<bool> Cursor::seek_at_or_below(std::uint64_t key) {
  PVC_TRY(const bool found, seek(key));
  if (!found) return last();
  std::uint64_t at = 0;
  PVC_CHECK(key_.size() == sizeof at);
  std::memcpy(&at, key_.data(), sizeof at);  // KeyKind::number is in the machine's order
  return at == key ? StorageResult<bool>(true) : move({}, MDB_PREV);
}

StorageResult<bool> Cursor::first() { return move({}, MDB_FIRST); }
StorageResult<bool> Cursor::last() { return move({}, MDB_LAST); }
StorageResult<bool> Cursor::next() { return move({}, MDB_NEXT); }
StorageResult<bool> Cursor::next_of_key() { return move({}, MDB_NEXT_DUP); }

StorageResult<bool> Cursor::put(Bytes key, Bytes value, PutMode mode) {
  MDB_val key_value{key.size(), const_cast<std::uint8_t*>(key.data())};
  MDB_val data{value.size(), const_cast<std::uint8_t*>(value.data())};
  unsigned flags = 0;
  switch (mode) {
    case PutMode::overwrite:
      break;
    case PutMode::keep:
      flags = MDB_NOOVERWRITE;
      break;
    case PutMode::append:
      flags = MDB_APPEND;
      break;
  }
  const int code = mdb_cursor_put(cursor_.get(), &key_value, &data, flags);
  if (code == MDB_KEYEXIST && mode == PutMode::keep) return false;
  if (code != 0) return std::unexpected(error_of(code, where_));
  return true;
}

}  // namespace provchain::storage::lmdb
