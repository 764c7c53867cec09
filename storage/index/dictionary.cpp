// SPDX-License-Identifier: Apache-2.0
#include "storage/index/dictionary.hpp"

#include <algorithm>
#include <cstring>

namespace provchain::storage {
namespace {

using lmdb::Cursor;
using lmdb::PutMode;

Error corrupt(std::string_view where) { return Error{.code = Errc::corrupt, .where = where}; }

std::uint64_t number_in(Bytes bytes) {
  std::uint64_t number = 0;
  if (bytes.size() == sizeof number) std::memcpy(&number, bytes.data(), sizeof number);  // as KeyKind::number_to_many stores it
  return number;
}

StorageResult<bool> is_spelled(const IndexStore& store, const lmdb::Txn& txn, TermId id, std::string_view spelling) {
  if (tag_of(id) == static_cast<std::uint8_t>(TermTag::dictionary)) {
    PVC_TRY(const Bytes stored, txn.get(store.tables().id2term, payload_of(id)));
    return as_text(stored) == spelling;
  }
  PVC_TRY(const std::string stored, spelling_of(store, txn, id));
  return stored == spelling;
}

// Among the ids whose spellings have this hash, the one whose spelling it is.
StorageResult<std::optional<TermId>> find_hashed(const IndexStore& store, const lmdb::Txn& txn, Cursor& hashes,
                                                 std::uint64_t hash, std::string_view spelling) {
  PVC_TRY(bool here, hashes.seek(hash));
  here = here && number_in(hashes.key()) == hash;
  while (here) {
    const TermId id(number_in(hashes.value()));
    PVC_TRY(const bool same, is_spelled(store, txn, id, spelling));
    if (same) return std::optional<TermId>(id);
    PVC_TRY(here, hashes.next_of_key());
  }
  return std::optional<TermId>{};
}

}  // namespace

StorageResult<std::optional<TermId>> find_term(const IndexStore& store, const lmdb::Txn& txn, std::string_view spelling) {
  if (const auto inlined = inline_term(spelling)) return inlined;
  PVC_TRY(Cursor hashes, Cursor::open(txn, store.tables().hash2id));
  return find_hashed(store, txn, hashes, crypto::keyed_hash64(store.hash_key(), as_bytes(spelling)), spelling);
}

StorageResult<std::string> spelling_of(const IndexStore& store, const lmdb::Txn& txn, TermId id) {
  if (tag_of(id) == static_cast<std::uint8_t>(TermTag::dictionary)) {
    PVC_TRY(const Bytes stored, txn.get(store.tables().id2term, payload_of(id)));
    if (stored.empty()) return std::unexpected(corrupt("index/id2term"));
    return std::string(as_text(stored));
  }
  if (tag_of(id) == static_cast<std::uint8_t>(TermTag::tx_graph)) {
    PVC_TRY(const auto record, store.transaction(txn, payload_of(id)));
    if (!record) return std::unexpected(corrupt("index/tx"));
    return minted_graph_term(record->id);
  }
  auto spelling = inline_spelling(id);
  if (!spelling) return std::unexpected(corrupt("index"));
  return *std::move(spelling);
}

std::uint32_t TermBatch::intern(std::string_view spelling, std::optional<std::uint64_t> minted_by) {
  // The keyed hash also keeps this table from being flooded with terms made to collide.
  const std::uint64_t hash = crypto::keyed_hash64(store_.hash_key(), as_bytes(spelling));
  const auto [entry, is_new] = numbers_.try_emplace(Key{hash, spelling}, static_cast<std::uint32_t>(terms_.size()));
  if (is_new) {
    Term term{.spelling = spelling, .hash = hash, .minted_by = minted_by, .known = false, .id = {}};
    if (const auto inlined = inline_term(spelling)) {
      term.known = true;
      term.id = *inlined;
    }
    terms_.push_back(term);
  }
  return entry->second;
}

std::uint32_t TermBatch::intern_minted_graph(const TxId& id, std::uint64_t sequence) {
  return intern(minted_.emplace_back(minted_graph_term(id)), sequence);
}

StorageResult<void> TermBatch::resolve(lmdb::WriteTxn& txn, std::uint64_t& term_count) {
  std::vector<std::uint32_t> by_hash;
  for (std::uint32_t number = 0; number < terms_.size(); ++number)
    if (!terms_[number].known) by_hash.push_back(number);
  std::ranges::sort(by_hash, {}, [this](std::uint32_t number) { return terms_[number].hash; });
  PVC_TRY_VOID(look_up(txn, by_hash));

  std::vector<std::uint32_t> unknown;
  std::ranges::copy_if(by_hash, std::back_inserter(unknown), [this](std::uint32_t number) { return !terms_[number].known; });
  PVC_TRY_VOID(issue(txn, term_count));
  for (const std::uint32_t number : unknown) {
    const std::uint64_t id = terms_[number].id.value();
    const Bytes value{reinterpret_cast<const std::uint8_t*>(&id), sizeof id};
    PVC_TRY_VOID(txn.put(store_.tables().hash2id, terms_[number].hash, value, PutMode::overwrite));
  }
  return {};
}

StorageResult<void> TermBatch::look_up(const lmdb::Txn& txn, const std::vector<std::uint32_t>& by_hash) {
  PVC_TRY(Cursor hashes, Cursor::open(txn, store_.tables().hash2id));
  for (const std::uint32_t number : by_hash) {
    Term& term = terms_[number];
    PVC_TRY(const auto id, find_hashed(store_, txn, hashes, term.hash, term.spelling));
    if (!id) continue;
    term.known = true;
    term.id = *id;
  }
  return {};
}

// In the order of first occurrence, so that the ids do not depend on how the chain was cut into batches.
StorageResult<void> TermBatch::issue(lmdb::WriteTxn& txn, std::uint64_t& term_count) {
  for (Term& term : terms_) {
    if (term.known) continue;
    term.known = true;
    if (term.minted_by) {
      term.id = make_term_id(TermTag::tx_graph, *term.minted_by);
      continue;
    }
    term.id = make_term_id(TermTag::dictionary, term_count);
    PVC_TRY_VOID(txn.put(store_.tables().id2term, term_count, as_bytes(term.spelling), PutMode::append));
    ++term_count;
  }
  return {};
}

}  // namespace provchain::storage
