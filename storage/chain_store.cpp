// SPDX-License-Identifier: Apache-2.0
#include "storage/chain_store.hpp"

#include <cstring>

#include "crypto/format/certificate.hpp"
#include "storage/history_tree.hpp"
#include "storage/lmdb/cursor.hpp"

namespace provchain::storage {
namespace {

using crypto::format::BlockHeader;
using crypto::format::BlockView;
using lmdb::KeyKind;
using lmdb::PutMode;

constexpr std::string_view kHeightKey = "height";
constexpr std::string_view kGuardKey = "guard";
constexpr std::size_t kGuardBytes = 24;
// Headers, history nodes and table pages of one block beside its bytes.
constexpr std::uint64_t kBlockOverheadBytes = 8192;

Error corrupt(std::string_view where, Height height) {
  return Error{.code = Errc::corrupt, .number = height.value(), .where = where};
}
Error refused(Errc code, Height height) { return Error{.code = code, .number = height.value(), .where = "block"}; }

Bytes block_bytes(const BlockView& block) { return {block.header_bytes.data(), block.header_bytes.size() + block.body.size()}; }

std::uint64_t quads_of(const BlockView& block) {
  std::uint64_t quads = 0;
  for (const auto& transaction : block.transactions) quads += transaction.header.quad_count;
  return quads;
}

// The fixed part of a FINALIZE certificate that says which block it is for; its signatures were checked long before it came here.
bool names_block(Bytes certificate, const Tip& tip) {
  constexpr std::size_t height_offset = 25;
  constexpr std::size_t block_id_offset = 33;
  if (certificate.size() < block_id_offset + BlockId::kSize) return false;
  return certificate[0] == static_cast<std::uint8_t>(crypto::format::VoteKind::finalize) &&
         crypto::format::epoch_of_certificate(certificate) == tip.header.epoch &&
         load_le<std::uint64_t>(certificate, height_offset) == tip.height.value() &&
         BlockId::load(certificate, block_id_offset) == tip.id;
}

// An epoch begins above block 0, which anchors epoch 0, and above every block that ended one.
bool continues_epoch(const BlockHeader& header, const Tip& tip) {
  const bool begins = tip.height == Height{} || tip.header.ends_epoch();
  const Epoch epoch = tip.header.ends_epoch() ? tip.header.epoch.next() : tip.header.epoch;
  return header.epoch == epoch && header.epoch_anchor_id == (begins ? tip.id : tip.header.epoch_anchor_id) &&
         header.authority_set_hash == tip.header.next_authority_set_hash &&
         (header.ends_epoch() || header.next_authority_set_hash == header.authority_set_hash);
}

StorageResult<void> check_follows(const BlockView& block, const Tip& tip) {
  const BlockHeader& header = block.header;
  const Height expected = tip.height.next();
  if (header.height != expected) return std::unexpected(refused(Errc::gap, expected));
  if (header.network_id != tip.header.network_id) return std::unexpected(refused(Errc::wrong_network, expected));
  if (header.parent_id != tip.id) return std::unexpected(refused(Errc::wrong_parent, expected));
  if (!continues_epoch(header, tip)) return std::unexpected(refused(Errc::wrong_epoch, expected));
  if (header.history_root != history_tree::root_of(tip.history))
    return std::unexpected(refused(Errc::wrong_history_root, expected));
  if (header.total_txs != tip.header.total_txs + header.tx_count) return std::unexpected(refused(Errc::wrong_totals, expected));
  if (header.total_quads != tip.header.total_quads + quads_of(block))
    return std::unexpected(refused(Errc::wrong_totals, expected));
  if (header.tx_root != crypto::format::tx_root_of(block.transactions))
    return std::unexpected(refused(Errc::malformed_block, expected));
  return {};
}

StorageResult<void> put_height(lmdb::WriteTxn& txn, lmdb::Database meta, Height height) {
  std::uint8_t raw[8];
  store_le<std::uint64_t>(raw, 0, height.value());
  PVC_TRY_VOID(txn.put(meta, as_bytes(kHeightKey), Bytes{raw, sizeof raw}, PutMode::overwrite));
  return {};
}

std::uint64_t number_key(Bytes key) {
  std::uint64_t number = 0;
  if (key.size() == sizeof number) std::memcpy(&number, key.data(), sizeof number);  // KeyKind::number is in the machine's order
  return number;
}

}  // namespace

StorageResult<std::vector<BlockView>> decode_blocks(std::span<const Bytes> blocks) {
  std::vector<BlockView> views;
  views.reserve(blocks.size());
  for (const Bytes bytes : blocks) {
    auto view = crypto::format::decode_block(bytes);
    if (!view) return std::unexpected(Error{.code = Errc::malformed_block, .number = view.error().offset, .where = "block"});
    views.push_back(*std::move(view));
  }
  return views;
}

StorageResult<ChainStore> ChainStore::open(const std::filesystem::path& directory, const lmdb::EnvOptions& options,
                                           const BlockHeader& genesis) {
  PVC_TRY(lmdb::Env env, lmdb::Env::open(directory, options, "chain"));
  PVC_TRY(lmdb::WriteTxn txn, lmdb::WriteTxn::begin(env, kBlockOverheadBytes));
  Tables tables;
  PVC_TRY(tables.blocks, txn.open_database("blocks", KeyKind::number));
  PVC_TRY(tables.headers, txn.open_database("hdr", KeyKind::number));
  PVC_TRY(tables.certificates, txn.open_database("certs", KeyKind::number));
  PVC_TRY(tables.history, txn.open_database("history", KeyKind::number));
  PVC_TRY(tables.meta, txn.open_database("meta", KeyKind::bytes));
  PVC_TRY(const EpochTables epochs, EpochTables::open(txn));

  const auto genesis_bytes = crypto::format::encode_block_header(genesis);
  PVC_TRY(const Bytes stored, txn.get(tables.headers, std::uint64_t{0}));
  if (stored.empty()) {
    crypto::merkle::Frontier history;
    PVC_TRY_VOID(history_tree::append(txn, tables.history, history, crypto::format::block_id_of(genesis)));
    PVC_TRY_VOID(txn.put(tables.headers, std::uint64_t{0}, genesis_bytes, PutMode::append));
    PVC_TRY_VOID(put_height(txn, tables.meta, Height{}));
  } else if (!equal(stored, genesis_bytes)) {
    return std::unexpected(Error{.code = Errc::foreign_network, .where = "chain", .detail = directory.string()});
  }
  ChainStore store(std::move(env), tables, epochs);
  PVC_TRY_VOID(store.tip_of(txn));
  PVC_TRY_VOID(txn.commit());
  return store;
}

StorageResult<void> ChainStore::commit(std::span<const BlockView> blocks, Bytes certificate, const GuardPosition& guard,
                                       const SystemUpdate& system) {
  std::uint64_t bytes_expected = 2 * certificate.size() + system.state.size() + system.next_authorities.size();
  for (const BlockView& block : blocks) bytes_expected += block_bytes(block).size() + kBlockOverheadBytes;
  PVC_TRY(lmdb::WriteTxn txn, lmdb::WriteTxn::begin(env_, bytes_expected));
  PVC_TRY(Tip tip, tip_of(txn));
  for (const BlockView& block : blocks) {
    if (&block != &blocks.front() && tip.header.ends_epoch())
      return std::unexpected(refused(Errc::epoch_end_not_last, tip.height));
    PVC_TRY_VOID(append_block(txn, block, tip));
  }
  if (!certificate.empty()) {
    if (!names_block(certificate, tip)) return std::unexpected(refused(Errc::wrong_certificate, tip.height));
    PVC_TRY_VOID(txn.put(tables_.certificates, tip.height.value(), certificate, PutMode::overwrite));
  }
  if (!blocks.empty()) PVC_TRY_VOID(epochs_.write(txn, tip.header, certificate, system));
  PVC_TRY_VOID(raise_guard(txn, guard));
  PVC_TRY_VOID(put_height(txn, tables_.meta, tip.height));
  return txn.commit();
}

StorageResult<void> ChainStore::raise_guard(lmdb::WriteTxn& txn, const GuardPosition& guard) const {
  PVC_TRY(const GuardPosition stored, guard_of(txn));
  if (guard <= stored) return {};
  std::uint8_t raw[kGuardBytes];
  store_le<std::uint64_t>(raw, 0, guard.epoch.value());
  store_le<std::uint64_t>(raw, 8, guard.view.value());
  store_le<std::uint64_t>(raw, 16, guard.step);
  PVC_TRY_VOID(txn.put(tables_.meta, as_bytes(kGuardKey), Bytes{raw, sizeof raw}, PutMode::overwrite));
  return {};
}

StorageResult<void> ChainStore::append_block(lmdb::WriteTxn& txn, const BlockView& block, Tip& tip) const {
  PVC_TRY_VOID(check_follows(block, tip));
  const std::uint64_t height = block.header.height.value();
  const Bytes bytes = block_bytes(block);
  PVC_TRY(const MutBytes room, txn.reserve(tables_.blocks, height, bytes.size(), PutMode::append));
  std::memcpy(room.data(), bytes.data(), bytes.size());
  PVC_TRY_VOID(txn.put(tables_.headers, height, block.header_bytes, PutMode::append));
  PVC_TRY_VOID(history_tree::append(txn, tables_.history, tip.history, block.id));
  tip.height = block.header.height;
  tip.id = block.id;
  tip.header = block.header;
  return {};
}

StorageResult<Tip> ChainStore::tip_of(const lmdb::Txn& txn) const {
  PVC_TRY(const Bytes raw, txn.get(tables_.meta, as_bytes(kHeightKey)));
  if (raw.size() != 8) return std::unexpected(corrupt("chain/meta", Height{}));
  Tip tip;
  tip.height = Height(load_le<std::uint64_t>(raw, 0));
  PVC_TRY(const Bytes header_bytes, txn.get(tables_.headers, tip.height.value()));
  auto header = crypto::format::decode_block_header(header_bytes);
  if (!header || header->height != tip.height) return std::unexpected(corrupt("chain/hdr", tip.height));
  tip.header = *header;
  tip.id = crypto::format::block_id_of(header_bytes);
  PVC_TRY(tip.history, history_tree::frontier_of(txn, tables_.history, tip.height.value() + 1));
  return tip;
}

StorageResult<Tip> ChainStore::tip(const ReadTxn& txn) const { return tip_of(txn); }

StorageResult<Height> ChainStore::height(const ReadTxn& txn) const {
  PVC_TRY(const Bytes raw, txn.get(tables_.meta, as_bytes(kHeightKey)));
  if (raw.size() != 8) return std::unexpected(corrupt("chain/meta", Height{}));
  return Height(load_le<std::uint64_t>(raw, 0));
}

StorageResult<Bytes> ChainStore::block_at(const ReadTxn& txn, Height height) const {
  return txn.get(tables_.blocks, height.value());
}

StorageResult<Bytes> ChainStore::header_bytes_at(const ReadTxn& txn, Height height) const {
  return txn.get(tables_.headers, height.value());
}

StorageResult<std::optional<BlockHeader>> ChainStore::header_at(const ReadTxn& txn, Height height) const {
  PVC_TRY(const Bytes bytes, header_bytes_at(txn, height));
  if (bytes.empty()) return std::optional<BlockHeader>{};
  auto header = crypto::format::decode_block_header(bytes);
  if (!header) return std::unexpected(corrupt("chain/hdr", height));
  return std::optional<BlockHeader>(*header);
}

StorageResult<ChainStore::CertifiedHeight> ChainStore::newest_certificate(const ReadTxn& txn) const {
  PVC_TRY(lmdb::Cursor cursor, lmdb::Cursor::open(txn, tables_.certificates));
  PVC_TRY(const bool found, cursor.last());
  if (!found) return CertifiedHeight{};
  return CertifiedHeight{.height = Height(number_key(cursor.key())), .certificate = cursor.value()};
}

StorageResult<ChainStore::CertifiedHeight> ChainStore::certificate_at_or_above(const ReadTxn& txn, Height height) const {
  PVC_TRY(lmdb::Cursor cursor, lmdb::Cursor::open(txn, tables_.certificates));
  PVC_TRY(const bool found, cursor.seek(height.value()));
  if (!found) return CertifiedHeight{};
  return CertifiedHeight{.height = Height(number_key(cursor.key())), .certificate = cursor.value()};
}

StorageResult<std::optional<std::vector<Hash256>>> ChainStore::inclusion_path(const ReadTxn& txn, Height height,
                                                                              std::uint64_t size) const {
  PVC_TRY(const Height newest, this->height(txn));
  if (height.value() >= size || size > newest.value() + 1) return std::optional<std::vector<Hash256>>{};
  PVC_TRY(auto path, history_tree::inclusion_path(txn, tables_.history, height.value(), size));
  return std::optional<std::vector<Hash256>>(std::move(path));
}

StorageResult<std::optional<std::vector<Hash256>>> ChainStore::consistency_path(const ReadTxn& txn, std::uint64_t first,
                                                                                std::uint64_t second) const {
  PVC_TRY(const Height newest, this->height(txn));
  if (first == 0 || first > second || second > newest.value() + 1) return std::optional<std::vector<Hash256>>{};
  PVC_TRY(auto path, history_tree::consistency_path(txn, tables_.history, first, second));
  return std::optional<std::vector<Hash256>>(std::move(path));
}

StorageResult<GuardPosition> ChainStore::guard(const ReadTxn& txn) const { return guard_of(txn); }

StorageResult<GuardPosition> ChainStore::guard_of(const lmdb::Txn& txn) const {
  PVC_TRY(const Bytes raw, txn.get(tables_.meta, as_bytes(kGuardKey)));
  if (raw.empty()) return GuardPosition{};
  if (raw.size() != kGuardBytes) return std::unexpected(corrupt("chain/meta", Height{}));
  return GuardPosition{.epoch = Epoch(load_le<std::uint64_t>(raw, 0)),
                       .view = View(load_le<std::uint64_t>(raw, 8)),
                       .step = load_le<std::uint64_t>(raw, 16)};
}

}  // namespace provchain::storage
