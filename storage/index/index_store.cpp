// SPDX-License-Identifier: Apache-2.0
#include "storage/index/index_store.hpp"

namespace provchain::storage {
namespace {

using lmdb::KeyKind;
using lmdb::PutMode;

constexpr std::string_view kAppliedKey = "applied";
constexpr std::string_view kHashKeyKey = "hash_key";
constexpr std::size_t kWatermarkBytes = 4 + 8 + BlockId::kSize + 3 * sizeof(std::uint64_t);
constexpr std::size_t kTxRecordBytes = 8 + 3 * sizeof(std::uint32_t) + TxId::kSize;

Error corrupt(std::string_view where) { return Error{.code = Errc::corrupt, .where = where}; }

StorageResult<IndexTables> open_tables(lmdb::WriteTxn& txn) {
  IndexTables tables;
  PVC_TRY(tables.id2term, txn.open_database("id2term", KeyKind::number));
  PVC_TRY(tables.hash2id, txn.open_database("hash2id", KeyKind::number_to_many));
  PVC_TRY(tables.spog, txn.open_database("spog", KeyKind::bytes));
  PVC_TRY(tables.posg, txn.open_database("posg", KeyKind::bytes));
  PVC_TRY(tables.ospg, txn.open_database("ospg", KeyKind::bytes));
  PVC_TRY(tables.gspo, txn.open_database("gspo", KeyKind::bytes));
  PVC_TRY(tables.graph, txn.open_database("graph", KeyKind::bytes));
  PVC_TRY(tables.tx, txn.open_database("tx", KeyKind::number));
  PVC_TRY(tables.block, txn.open_database("block", KeyKind::number));
  PVC_TRY(tables.meta, txn.open_database("meta", KeyKind::bytes));
  return tables;
}

StorageResult<IndexWatermark> get_watermark(const lmdb::Txn& txn, const IndexTables& tables) {
  PVC_TRY(const Bytes raw, txn.get(tables.meta, as_bytes(kAppliedKey)));
  if (raw.empty()) return IndexWatermark{};
  if (raw.size() < 4) return std::unexpected(corrupt("index/meta"));
  IndexWatermark watermark;
  watermark.version = load_le<std::uint32_t>(raw, 0);
  if (watermark.version != index_format_version)
    return std::unexpected(Error{.code = Errc::wrong_version, .number = watermark.version, .where = "index"});
  if (raw.size() != kWatermarkBytes) return std::unexpected(corrupt("index/meta"));
  watermark.height = Height(load_le<std::uint64_t>(raw, 4));
  watermark.block_id = BlockId::load(raw, 12);
  watermark.transactions = load_le<std::uint64_t>(raw, 44);
  watermark.quads = load_le<std::uint64_t>(raw, 52);
  watermark.terms = load_le<std::uint64_t>(raw, 60);
  return watermark;
}

}  // namespace

ByteVector encode_watermark(const IndexWatermark& watermark) {
  ByteVector raw;
  raw.reserve(kWatermarkBytes);
  append_le<std::uint32_t>(raw, watermark.version);
  append_le<std::uint64_t>(raw, watermark.height.value());
  append(raw, watermark.block_id.view());
  append_le<std::uint64_t>(raw, watermark.transactions);
  append_le<std::uint64_t>(raw, watermark.quads);
  append_le<std::uint64_t>(raw, watermark.terms);
  return raw;
}

ByteVector encode_tx_record(const TxRecord& record) {
  ByteVector raw;
  raw.reserve(kTxRecordBytes);
  append_le<std::uint64_t>(raw, record.height.value());
  append_le<std::uint32_t>(raw, record.index);
  append_le<std::uint32_t>(raw, record.payload_offset);
  append_le<std::uint32_t>(raw, record.payload_bytes);
  append(raw, record.id.view());
  return raw;
}

StorageResult<IndexStore> IndexStore::open(const std::filesystem::path& directory, const lmdb::EnvOptions& options) {
  auto opened = open_once(directory, options);
  if (opened || (opened.error().code != Errc::corrupt && opened.error().code != Errc::wrong_version)) return opened;
  std::error_code failure;
  std::filesystem::remove(directory / "data.mdb", failure);
  if (!failure) std::filesystem::remove(directory / "lock.mdb", failure);
  if (failure)
    return std::unexpected(Error{.code = Errc::io, .system = failure.value(), .where = "index", .detail = directory.string()});
  return open_once(directory, options);
}

StorageResult<IndexStore> IndexStore::open_once(const std::filesystem::path& directory, const lmdb::EnvOptions& options) {
  PVC_TRY(lmdb::Env env, lmdb::Env::open(directory, options, "index"));
  PVC_TRY(lmdb::WriteTxn txn, lmdb::WriteTxn::begin(env, 16 * lmdb::page_bytes_usual));
  PVC_TRY(const IndexTables tables, open_tables(txn));
  PVC_TRY_VOID(get_watermark(txn, tables));
  PVC_TRY(const Bytes stored_key, txn.get(tables.meta, as_bytes(kHashKeyKey)));
  crypto::HashKey hash_key;
  if (stored_key.empty()) {
    hash_key = crypto::random_hash_key();
    PVC_TRY_VOID(txn.put(tables.meta, as_bytes(kHashKeyKey), hash_key.view(), PutMode::keep));
  } else {
    if (stored_key.size() != crypto::HashKey::kSize) return std::unexpected(corrupt("index/meta"));
    hash_key = crypto::HashKey::load(stored_key);
  }
  PVC_TRY_VOID(txn.commit());
  return IndexStore(std::move(env), tables, hash_key);
}

StorageResult<IndexWatermark> IndexStore::watermark(const lmdb::Txn& txn) const { return get_watermark(txn, tables_); }

StorageResult<std::optional<TxRecord>> IndexStore::transaction(const lmdb::Txn& txn, std::uint64_t sequence) const {
  PVC_TRY(const Bytes raw, txn.get(tables_.tx, sequence));
  if (raw.empty()) return std::optional<TxRecord>{};
  if (raw.size() != kTxRecordBytes) return std::unexpected(corrupt("index/tx"));
  return std::optional<TxRecord>(TxRecord{.height = Height(load_le<std::uint64_t>(raw, 0)),
                                          .index = load_le<std::uint32_t>(raw, 8),
                                          .payload_offset = load_le<std::uint32_t>(raw, 12),
                                          .payload_bytes = load_le<std::uint32_t>(raw, 16),
                                          .id = TxId::load(raw, 20)});
}

StorageResult<std::uint64_t> IndexStore::transactions_as_of(const lmdb::Txn& txn, Height height) const {
  if (height == Height{}) return std::uint64_t{0};
  PVC_TRY(const Bytes raw, txn.get(tables_.block, height.value()));
  if (raw.empty()) {
    PVC_TRY(const IndexWatermark indexed, watermark(txn));
    return std::unexpected(Error{.code = Errc::not_indexed, .number = indexed.height.value(), .where = "index"});
  }
  if (raw.size() != 8) return std::unexpected(corrupt("index/block"));
  return load_le<std::uint64_t>(raw, 0);
}

StorageResult<void> IndexStore::clear() {
  PVC_TRY(lmdb::WriteTxn txn, lmdb::WriteTxn::begin(env_, 16 * lmdb::page_bytes_usual));
  for (const lmdb::Database table : {tables_.id2term, tables_.hash2id, tables_.spog, tables_.posg, tables_.ospg, tables_.gspo,
                                     tables_.graph, tables_.tx, tables_.block, tables_.meta})
    PVC_TRY_VOID(txn.clear(table));
  PVC_TRY_VOID(txn.put(tables_.meta, as_bytes(kHashKeyKey), hash_key_.view(), PutMode::keep));
  return txn.commit();
}

}  // namespace provchain::storage
