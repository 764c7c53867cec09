// SPDX-License-Identifier: Apache-2.0
// index/: the quad index, derived from chain/ and droppable: one environment, so that dictionary, quads and watermark always
// agree.
//   id2term   dictionary number -> canonical N-Quads spelling      hash2id   keyed 64-bit hash of the spelling -> term ids
//   spog posg ospg gspo   four term ids (term_id.hpp) -> LEB128 sequence number of the first asserting transaction
//   graph     graph id ‖ u64 big-endian transaction sequence -> u32 quads that it asserted there
//   tx        sequence -> where the transaction stands and where its payload lies (TxRecord)
//   block     height -> u64 total transactions, this block included
//   meta      "applied" -> IndexWatermark, "hash_key" -> 16 random bytes of this index
// Entries are only ever added and never changed, so `as_of` is a comparison and a cursor stays good without holding a
// transaction. One writer thread (the indexer); reading from any thread with a ReadTxn of its own.
#pragma once

#include <filesystem>
#include <optional>

#include "crypto/format/block_header.hpp"
#include "crypto/keyed_hash.hpp"
#include "storage/lmdb/txn.hpp"

namespace provchain::storage {

using lmdb::ReadTxn;

inline constexpr std::uint32_t index_format_version = 1;

// What the index has taken in; written in the same transaction as the entries.
struct IndexWatermark {
  std::uint32_t version = index_format_version;
  Height height;
  BlockId block_id;                // of that height: tells another chain's index
  std::uint64_t transactions = 0;  // of all blocks so far
  std::uint64_t quads = 0;         // different (s, p, o, g)
  std::uint64_t terms = 0;         // entries of id2term
  bool operator==(const IndexWatermark&) const = default;
};

struct TxRecord {
  Height height;
  std::uint32_t index = 0;
  std::uint32_t payload_offset = 0;  // in the block's bytes
  std::uint32_t payload_bytes = 0;
  TxId id;
};

struct IndexTables {
  lmdb::Database id2term, hash2id, spog, posg, ospg, gspo, graph, tx, block, meta;
};

class IndexStore {
 public:
  // An index of another format, or one that cannot be read, is removed and begun anew: it is derived.
  [[nodiscard]] static StorageResult<IndexStore> open(const std::filesystem::path& directory, const lmdb::EnvOptions& options);

  [[nodiscard]] StorageResult<ReadTxn> read() const { return ReadTxn::begin(env_); }
  [[nodiscard]] StorageResult<IndexWatermark> watermark(const lmdb::Txn& txn) const;
  // Absent when no transaction has this sequence number yet.
  [[nodiscard]] StorageResult<std::optional<TxRecord>> transaction(const lmdb::Txn& txn, std::uint64_t sequence) const;
  // How many transactions the blocks up to `height` hold; not_indexed above the watermark.
  [[nodiscard]] StorageResult<std::uint64_t> transactions_as_of(const lmdb::Txn& txn, Height height) const;

  // Forgets everything, keeps the hash key.
  [[nodiscard]] StorageResult<void> clear();

  [[nodiscard]] const lmdb::Env& env() const { return env_; }
  [[nodiscard]] const IndexTables& tables() const { return tables_; }
  [[nodiscard]] const crypto::HashKey& hash_key() const { return hash_key_; }

 private:
  IndexStore(lmdb::Env env, const IndexTables& tables, const crypto::HashKey& hash_key)
      : env_(std::move(env)), tables_(tables), hash_key_(hash_key) {}
  static StorageResult<IndexStore> open_once(const std::filesystem::path& directory, const lmdb::EnvOptions& options);

  lmdb::Env env_;
  IndexTables tables_;
  crypto::HashKey hash_key_;
};

[[nodiscard]] ByteVector encode_watermark(const IndexWatermark& watermark);
[[nodiscard]] ByteVector encode_tx_record(const TxRecord& record);

}  // namespace provchain::storage
