// SPDX-License-Identifier: Apache-2.0
#include "storage/index/quad_batch.hpp"

#include <algorithm>
#include <map>

#include "storage/lmdb/cursor.hpp"

namespace provchain::storage {
namespace {

using crypto::format::BlockView;
using crypto::format::TxKind;
using crypto::format::TxView;
using lmdb::Cursor;
using lmdb::PutMode;

// Four keys, their values and page overhead of one quad; its terms come on top with the payload.
constexpr std::uint64_t kQuadBytes = 200;
constexpr std::uint64_t kBatchOverheadBytes = 64 * lmdb::page_bytes_usual;

Error malformed(Height height) { return Error{.code = Errc::malformed_block, .number = height.value(), .where = "index"}; }

}  // namespace

StorageResult<void> QuadBatch::add(const BlockView& block) {
  std::uint64_t sequence = block.header.total_txs - block.transactions.size();
  for (std::uint32_t index = 0; index < block.transactions.size(); ++index, ++sequence) {
    const TxView& tx = block.transactions[index];
    transactions_.push_back({.height = block.header.height,
                             .index = index,
                             .payload_offset = static_cast<std::uint32_t>(tx.payload.data() - block.header_bytes.data()),
                             .payload_bytes = static_cast<std::uint32_t>(tx.payload.size()),
                             .id = tx.id});
    if (tx.header.kind == TxKind::dataset) PVC_TRY_VOID(add_dataset(tx, sequence, block.header.height));
  }
  blocks_.push_back({.height = block.header.height, .id = block.id, .transactions = block.header.total_txs});
  return {};
}

StorageResult<void> QuadBatch::add_dataset(const TxView& tx, std::uint64_t sequence, Height height) {
  payload_bytes_ += tx.payload.size();
  std::optional<std::uint32_t> minted;
  rdf::NQuadsScanner scanner(tx.payload, rdf::Syntax::canonical_nquads);
  rdf::Quad quad;
  for (;;) {
    const auto more = scanner.next(quad);
    if (!more) return std::unexpected(malformed(height));
    if (!*more) return {};
    for (const rdf::Term* term : {&quad.subject, &quad.object, &quad.graph})
      if (term->kind == rdf::TermKind::blank_node) return std::unexpected(malformed(height));
    const bool in_default_graph = quad.graph.kind == rdf::TermKind::none;
    if (in_default_graph && !minted) minted = terms_.intern_minted_graph(tx.id, sequence);
    // Braces fix the order in which the four are numbered.
    quads_.push_back(Pending{.subject = terms_.intern(quad.subject.text),
                             .predicate = terms_.intern(quad.predicate.text),
                             .object = terms_.intern(quad.object.text),
                             .graph = in_default_graph ? *minted : terms_.intern(quad.graph.text),
                             .sequence = sequence});
  }
}

StorageResult<void> QuadBatch::write(IndexWatermark& watermark) {
  if (blocks_.empty()) return {};
  IndexWatermark next = watermark;
  PVC_TRY(lmdb::WriteTxn txn, lmdb::WriteTxn::begin(store_.env(), quads_.size() * kQuadBytes + payload_bytes_ +
                                                                      transactions_.size() * 128 + kBatchOverheadBytes));
  // Positions first: the spelling of a minted graph is read from them.
  PVC_TRY_VOID(write_positions(txn, watermark.transactions));
  PVC_TRY_VOID(terms_.resolve(txn, next.terms));
  std::vector<Entry> entries = resolved();
  PVC_TRY_VOID(write_graphs(txn, entries));
  PVC_TRY(std::vector<Entry> fresh, write_first_assertions(txn, std::move(entries)));
  PVC_TRY_VOID(write_permutation(txn, store_.tables().posg, Permutation::posg, fresh));
  PVC_TRY_VOID(write_permutation(txn, store_.tables().ospg, Permutation::ospg, fresh));
  PVC_TRY_VOID(write_permutation(txn, store_.tables().gspo, Permutation::gspo, fresh));

  next.height = blocks_.back().height;
  next.block_id = blocks_.back().id;
  next.transactions = blocks_.back().transactions;
  next.quads += fresh.size();
  PVC_TRY_VOID(txn.put(store_.tables().meta, as_bytes("applied"), encode_watermark(next), PutMode::overwrite));
  PVC_TRY_VOID(txn.commit());
  watermark = next;
  return {};
}

std::vector<QuadBatch::Entry> QuadBatch::resolved() const {
  std::vector<Entry> entries;
  entries.reserve(quads_.size());
  for (const Pending& quad : quads_)
    entries.push_back({.ids = {.subject = terms_.id_of(quad.subject),
                               .predicate = terms_.id_of(quad.predicate),
                               .object = terms_.id_of(quad.object),
                               .graph = terms_.id_of(quad.graph)},
                       .sequence = quad.sequence});
  return entries;
}

StorageResult<void> QuadBatch::write_graphs(lmdb::WriteTxn& txn, const std::vector<Entry>& entries) const {
  std::map<std::pair<TermId, std::uint64_t>, std::uint32_t> counts;
  for (const Entry& entry : entries) ++counts[{entry.ids.graph, entry.sequence}];
  PVC_TRY(Cursor cursor, Cursor::open(txn, store_.tables().graph));
  for (const auto& [place, count] : counts) {
    ByteVector key;
    append_term_key(key, place.first);
    for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<std::uint8_t>(place.second >> shift));
    ByteVector value;
    append_le<std::uint32_t>(value, count);
    PVC_TRY_VOID(cursor.put(key, value, PutMode::overwrite));
  }
  return {};
}

StorageResult<std::vector<QuadBatch::Entry>> QuadBatch::write_first_assertions(lmdb::WriteTxn& txn,
                                                                               std::vector<Entry> entries) const {
  std::ranges::sort(entries, {},
                    [](const Entry& entry) { return std::pair(ordered(Permutation::spog, entry.ids), entry.sequence); });
  PVC_TRY(Cursor cursor, Cursor::open(txn, store_.tables().spog));
  std::vector<Entry> fresh;
  ByteVector key;
  ByteVector value;
  for (const Entry& entry : entries) {
    key.clear();
    value.clear();
    append_quad_key(key, Permutation::spog, entry.ids);
    append_leb128(value, entry.sequence);
    PVC_TRY(const bool is_new, cursor.put(key, value, PutMode::keep));
    if (is_new) fresh.push_back(entry);
  }
  return fresh;
}

StorageResult<void> QuadBatch::write_permutation(lmdb::WriteTxn& txn, lmdb::Database table, Permutation permutation,
                                                 std::vector<Entry>& entries) const {
  std::ranges::sort(entries, {}, [permutation](const Entry& entry) { return ordered(permutation, entry.ids); });
  PVC_TRY(Cursor cursor, Cursor::open(txn, table));
  ByteVector key;
  ByteVector value;
  for (const Entry& entry : entries) {
    key.clear();
    value.clear();
    append_quad_key(key, permutation, entry.ids);
    append_leb128(value, entry.sequence);
    PVC_TRY_VOID(cursor.put(key, value, PutMode::overwrite));
  }
  return {};
}

StorageResult<void> QuadBatch::write_positions(lmdb::WriteTxn& txn, std::uint64_t first_sequence) const {
  std::uint64_t sequence = first_sequence;
  for (const TxRecord& record : transactions_) {
    PVC_TRY_VOID(txn.put(store_.tables().tx, sequence, encode_tx_record(record), PutMode::append));
    ++sequence;
  }
  for (const BlockEnd& block : blocks_) {
    std::uint8_t raw[8];
    store_le<std::uint64_t>(raw, 0, block.transactions);
    PVC_TRY_VOID(txn.put(store_.tables().block, block.height.value(), Bytes{raw, sizeof raw}, PutMode::append));
  }
  return {};
}

}  // namespace provchain::storage
