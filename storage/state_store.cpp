// SPDX-License-Identifier: Apache-2.0
#include "storage/state_store.hpp"

namespace provchain::storage {
namespace {

using lmdb::KeyKind;
using lmdb::PutMode;

constexpr std::uint32_t kStateFormatVersion = 1;
constexpr std::string_view kAppliedKey = "applied";
constexpr std::size_t kAppliedBytes = 4 + 8 + BlockId::kSize;
constexpr std::size_t kPositionBytes = 8 + 4 + 8;

StorageResult<void> put_applied(lmdb::WriteTxn& txn, lmdb::Database meta, Height height, const BlockId& id) {
  std::uint8_t raw[kAppliedBytes];
  store_le<std::uint32_t>(raw, 0, kStateFormatVersion);
  store_le<std::uint64_t>(raw, 4, height.value());
  id.store(raw, 12);
  PVC_TRY_VOID(txn.put(meta, as_bytes(kAppliedKey), Bytes{raw, sizeof raw}, PutMode::overwrite));
  return {};
}

StorageResult<StateStore::Applied> get_applied(const lmdb::Txn& txn, lmdb::Database meta) {
  PVC_TRY(const Bytes raw, txn.get(meta, as_bytes(kAppliedKey)));
  if (raw.empty()) return StateStore::Applied{};
  if (raw.size() != kAppliedBytes) return std::unexpected(Error{.code = Errc::corrupt, .where = "state/meta"});
  return StateStore::Applied{.height = Height(load_le<std::uint64_t>(raw, 4)), .id = BlockId::load(raw, 12)};
}

}  // namespace

StorageResult<StateStore> StateStore::open(const std::filesystem::path& directory, const lmdb::EnvOptions& options) {
  PVC_TRY(lmdb::Env env, lmdb::Env::open(directory, options, "state"));
  PVC_TRY(lmdb::WriteTxn txn, lmdb::WriteTxn::begin(env, lmdb::page_bytes_usual));
  Tables tables;
  PVC_TRY(tables.transactions, txn.open_database("tx", KeyKind::bytes));
  PVC_TRY(tables.blocks, txn.open_database("block", KeyKind::bytes));
  PVC_TRY(tables.meta, txn.open_database("meta", KeyKind::bytes));
  PVC_TRY(const Bytes raw, txn.get(tables.meta, as_bytes(kAppliedKey)));
  const bool other_format = raw.size() >= 4 && load_le<std::uint32_t>(raw, 0) != kStateFormatVersion;
  if (other_format) {
    PVC_TRY_VOID(txn.clear(tables.transactions));
    PVC_TRY_VOID(txn.clear(tables.blocks));
    PVC_TRY_VOID(txn.clear(tables.meta));
  }
  PVC_TRY_VOID(txn.commit());
  return StateStore(std::move(env), tables);
}

StorageResult<void> StateStore::apply(std::span<const crypto::format::BlockView> blocks) {
  std::uint64_t pages_expected = 8;  // a random key dirties a page of its own
  for (const auto& block : blocks) pages_expected += 2 + block.transactions.size();
  PVC_TRY(lmdb::WriteTxn txn, lmdb::WriteTxn::begin(env_, pages_expected * lmdb::page_bytes_usual));
  PVC_TRY(Applied applied, get_applied(txn, tables_.meta));
  for (const auto& block : blocks) {
    const Height expected = applied.height.next();
    if (block.header.height != expected)
      return std::unexpected(Error{.code = Errc::gap, .number = expected.value(), .where = "state"});
    PVC_TRY_VOID(apply_one(txn, block));
    applied = {.height = expected, .id = block.id};
  }
  PVC_TRY_VOID(put_applied(txn, tables_.meta, applied.height, applied.id));
  return txn.commit();
}

StorageResult<void> StateStore::apply_one(lmdb::WriteTxn& txn, const crypto::format::BlockView& block) const {
  const std::uint64_t first_sequence = block.header.total_txs - block.transactions.size();
  for (std::uint32_t index = 0; index < block.transactions.size(); ++index) {
    std::uint8_t raw[kPositionBytes];
    store_le<std::uint64_t>(raw, 0, block.header.height.value());
    store_le<std::uint32_t>(raw, 8, index);
    store_le<std::uint64_t>(raw, 12, first_sequence + index);
    const TxId& id = block.transactions[index].id;
    PVC_TRY(const bool is_new, txn.put(tables_.transactions, id.view(), Bytes{raw, sizeof raw}, PutMode::keep));
    if (!is_new) return std::unexpected(Error{.code = Errc::duplicate_transaction, .where = "state", .detail = id.hex()});
  }
  std::uint8_t height[8];
  store_le<std::uint64_t>(height, 0, block.header.height.value());
  PVC_TRY_VOID(txn.put(tables_.blocks, block.id.view(), Bytes{height, sizeof height}, PutMode::overwrite));
  return {};
}

StorageResult<void> StateStore::clear() {
  PVC_TRY(lmdb::WriteTxn txn, lmdb::WriteTxn::begin(env_, lmdb::page_bytes_usual));
  PVC_TRY_VOID(txn.clear(tables_.transactions));
  PVC_TRY_VOID(txn.clear(tables_.blocks));
  PVC_TRY_VOID(txn.clear(tables_.meta));
  return txn.commit();
}

StorageResult<StateStore::Applied> StateStore::applied(const ReadTxn& txn) const { return get_applied(txn, tables_.meta); }

StorageResult<std::optional<TxPosition>> StateStore::find_transaction(const ReadTxn& txn, const TxId& id) const {
  PVC_TRY(const Bytes raw, txn.get(tables_.transactions, id.view()));
  if (raw.empty()) return std::optional<TxPosition>{};
  if (raw.size() != kPositionBytes) return std::unexpected(Error{.code = Errc::corrupt, .where = "state/tx"});
  return std::optional<TxPosition>(TxPosition{.height = Height(load_le<std::uint64_t>(raw, 0)),
                                              .index = load_le<std::uint32_t>(raw, 8),
                                              .sequence = load_le<std::uint64_t>(raw, 12)});
}

StorageResult<std::optional<Height>> StateStore::find_block(const ReadTxn& txn, const BlockId& id) const {
  PVC_TRY(const Bytes raw, txn.get(tables_.blocks, id.view()));
  if (raw.empty()) return std::optional<Height>{};
  if (raw.size() != 8) return std::unexpected(Error{.code = Errc::corrupt, .where = "state/block"});
  return std::optional<Height>(Height(load_le<std::uint64_t>(raw, 0)));
}

}  // namespace provchain::storage
