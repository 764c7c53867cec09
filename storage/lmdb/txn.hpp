// SPDX-License-Identifier: Apache-2.0
// Scoped LMDB transactions. A ReadTxn is a snapshot: keep it short (tens of milliseconds), because pages freed after it began
// cannot be reused while it lives. A WriteTxn aborts unless commit() is called. Neither outlives its Env. One thread at a time
// per object. Every view a transaction hands out is valid until the transaction ends; one of a WriteTxn only until its next
// write.
#pragma once

#include <memory>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "storage/lmdb/env.hpp"

struct MDB_txn;

namespace provchain::storage::lmdb {

// A named sub-database. The handle is valid as long as its Env.
struct Database {
  unsigned handle = 0;
  std::string_view where;  // static: the name, for errors
};

enum class KeyKind : std::uint8_t {
  bytes,           // ordered bytewise, at most 511 bytes
  number,          // u64
  number_to_many,  // u64 to a set of u64
};

enum class PutMode : std::uint8_t {
  overwrite,
  keep,    // an entry that is there stays as it is
  append,  // the caller knows that the key is the greatest
};

class Txn {
 public:
  Txn(Txn&&) noexcept = default;
  Txn& operator=(Txn&&) noexcept = default;

  // The value of `key`; data() is null when there is none. Valid until the transaction ends or, in a WriteTxn, writes.
  [[nodiscard]] StorageResult<Bytes> get(Database database, Bytes key) const PVC_LIFETIMEBOUND;
  [[nodiscard]] StorageResult<Bytes> get(Database database, std::uint64_t key) const PVC_LIFETIMEBOUND;
  [[nodiscard]] StorageResult<std::uint64_t> entry_count(Database database) const;
  [[nodiscard]] MDB_txn* handle() const { return txn_.get(); }

 protected:
  struct Abort {
    void operator()(MDB_txn* txn) const;
  };
  explicit Txn(MDB_txn* txn) : txn_(txn) {}
  ~Txn() = default;
  std::unique_ptr<MDB_txn, Abort> txn_;
};

class ReadTxn : public Txn {
 public:
  [[nodiscard]] static StorageResult<ReadTxn> begin(const Env& env);

 private:
  using Txn::Txn;
};

class WriteTxn : public Txn {
 public:
  // `bytes_expected`: about how much the transaction will write; the file is extended for it first.
  [[nodiscard]] static StorageResult<WriteTxn> begin(const Env& env, std::uint64_t bytes_expected);

  // Creates the database when it is missing.
  [[nodiscard]] StorageResult<Database> open_database(const char* name, KeyKind kind);

  // True when the entry was written, false when PutMode::keep found one.
  [[nodiscard]] StorageResult<bool> put(Database database, Bytes key, Bytes value, PutMode mode);
  [[nodiscard]] StorageResult<bool> put(Database database, std::uint64_t key, Bytes value, PutMode mode);
  // Room for a value of `size` bytes, to be filled before anything else is written.
  [[nodiscard]] StorageResult<MutBytes> reserve(Database database, std::uint64_t key, std::size_t size,
                                                PutMode mode) PVC_LIFETIMEBOUND;
  // Removes every entry.
  [[nodiscard]] StorageResult<void> clear(Database database);

  // Ends the transaction. Returns when the commit is as durable as the Env's SyncPolicy says; after an error nothing of it is
  // there.
  [[nodiscard]] StorageResult<void> commit();

 private:
  WriteTxn(MDB_txn* txn, std::string_view where) : Txn(txn), where_(where) {}
  std::string_view where_;
};

}  // namespace provchain::storage::lmdb
