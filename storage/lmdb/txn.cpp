// SPDX-License-Identifier: Apache-2.0
#include "storage/lmdb/txn.hpp"

#include <lmdb.h>

namespace provchain::storage::lmdb {
namespace {

// LMDB takes keys as non-const pointers but never writes through them.
MDB_val value_of(Bytes bytes) { return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())}; }
MDB_val value_of(const std::uint64_t& number) { return {sizeof number, const_cast<std::uint64_t*>(&number)}; }

unsigned flags_of(KeyKind kind) {
  switch (kind) {
    case KeyKind::bytes:
      return MDB_CREATE;
    case KeyKind::number:
      return MDB_CREATE | MDB_INTEGERKEY;
    case KeyKind::number_to_many:
      return MDB_CREATE | MDB_INTEGERKEY | MDB_DUPSORT | MDB_DUPFIXED | MDB_INTEGERDUP;
  }
  PVC_UNREACHABLE();
}

unsigned flags_of(PutMode mode) {
  switch (mode) {
    case PutMode::overwrite:
      return 0;
    case PutMode::keep:
      return MDB_NOOVERWRITE;
    case PutMode::append:
      return MDB_APPEND;
  }
  PVC_UNREACHABLE();
}

StorageResult<Bytes> get_value(MDB_txn* txn, Database database, MDB_val key) {
  MDB_val value{};
  const int code = mdb_get(txn, database.handle, &key, &value);
  if (code == MDB_NOTFOUND) return Bytes{};
  if (code != 0) return std::unexpected(error_of(code, database.where));
  return Bytes{static_cast<const std::uint8_t*>(value.mv_data), value.mv_size};
}

StorageResult<bool> put_value(MDB_txn* txn, Database database, MDB_val key, Bytes bytes, PutMode mode) {
  MDB_val value = value_of(bytes);
  const int code = mdb_put(txn, database.handle, &key, &value, flags_of(mode));
  if (code == MDB_KEYEXIST && mode == PutMode::keep) return false;
  if (code != 0) return std::unexpected(error_of(code, database.where));
  return true;
}

}  // namespace

void Txn::Abort::operator()(MDB_txn* txn) const { mdb_txn_abort(txn); }

StorageResult<Bytes> Txn::get(Database database, Bytes key) const { return get_value(txn_.get(), database, value_of(key)); }

StorageResult<Bytes> Txn::get(Database database, std::uint64_t key) const {
  return get_value(txn_.get(), database, value_of(key));
}

StorageResult<std::uint64_t> Txn::entry_count(Database database) const {
  MDB_stat stat{};
  const int code = mdb_stat(txn_.get(), database.handle, &stat);
  if (code != 0) return std::unexpected(error_of(code, database.where));
  return std::uint64_t{stat.ms_entries};
}

StorageResult<ReadTxn> ReadTxn::begin(const Env& env) {
  MDB_txn* txn = nullptr;
  const int code = mdb_txn_begin(env.handle(), nullptr, MDB_RDONLY, &txn);
  if (code != 0) return std::unexpected(error_of(code, env.where()));
  return ReadTxn(txn);
}

StorageResult<WriteTxn> WriteTxn::begin(const Env& env, std::uint64_t bytes_expected) {
  PVC_TRY_VOID(env.check_readers());
  PVC_TRY_VOID(env.reserve(bytes_expected));
  MDB_txn* txn = nullptr;
  const int code = mdb_txn_begin(env.handle(), nullptr, 0, &txn);
  if (code != 0) return std::unexpected(error_of(code, env.where()));
  return WriteTxn(txn, env.where());
}

StorageResult<Database> WriteTxn::open_database(const char* name, KeyKind kind) {
  Database database{.handle = 0, .where = name};
  const int code = mdb_dbi_open(txn_.get(), name, flags_of(kind), &database.handle);
  if (code != 0) return std::unexpected(error_of(code, where_));
  return database;
}

StorageResult<bool> WriteTxn::put(Database database, Bytes key, Bytes value, PutMode mode) {
  return put_value(txn_.get(), database, value_of(key), value, mode);
}

StorageResult<bool> WriteTxn::put(Database database, std::uint64_t key, Bytes value, PutMode mode) {
  return put_value(txn_.get(), database, value_of(key), value, mode);
}

StorageResult<MutBytes> WriteTxn::reserve(Database database, std::uint64_t key, std::size_t size, PutMode mode) {
  MDB_val key_value = value_of(key);
  MDB_val value{size, nullptr};
  const int code = mdb_put(txn_.get(), database.handle, &key_value, &value, flags_of(mode) | MDB_RESERVE);
  if (code != 0) return std::unexpected(error_of(code, database.where));
  return MutBytes{static_cast<std::uint8_t*>(value.mv_data), size};
}

StorageResult<void> WriteTxn::clear(Database database) {
  const int code = mdb_drop(txn_.get(), database.handle, 0);
  if (code != 0) return std::unexpected(error_of(code, database.where));
  return {};
}

StorageResult<void> WriteTxn::commit() {
  // mdb_txn_commit frees the transaction whether it succeeds or not.
  const int code = mdb_txn_commit(txn_.release());
  if (code != 0) return std::unexpected(error_of(code, where_));
  return {};
}

}  // namespace provchain::storage::lmdb
