// SPDX-License-Identifier: Apache-2.0
// Terms and their ids. A term is known by its canonical N-Quads spelling; its id is in the spelling itself (term_id.hpp), or it
// is a number that was issued when the chain first named the term, found again through a keyed hash of the spelling. Hashes may
// meet: each candidate is compared.
//   1 A spelling has one id for ever: a transaction's minted graph is tag tx_graph unless the chain named it before the
//   transaction came. 2 Ids follow from the chain alone; the hash key decides nothing but where entries lie.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/index/index_store.hpp"
#include "storage/index/term_id.hpp"
#include "storage/lmdb/cursor.hpp"

namespace provchain::storage {

// Absent when the index has never seen the term. `spelling` is canonical.
[[nodiscard]] StorageResult<std::optional<TermId>> find_term(const IndexStore& store, const lmdb::Txn& txn,
                                                             std::string_view spelling);
// corrupt when the id was never issued.
[[nodiscard]] StorageResult<std::string> spelling_of(const IndexStore& store, const lmdb::Txn& txn, TermId id);

// The terms of one batch: collected in chain order, then looked up together in the order of their hashes, because neighbours in
// hash2id share pages. The spellings given must outlive the object.
class TermBatch {
 public:
  explicit TermBatch(const IndexStore& store) : store_(store) {}

  // A number of this batch for the term, for id_of() after resolve().
  std::uint32_t intern(std::string_view spelling) { return intern(spelling, std::nullopt); }
  std::uint32_t intern_minted_graph(const TxId& id, std::uint64_t sequence);

  // Gives every new term its id and writes it; `term_count` is the number of dictionary entries so far and is moved on. Once.
  [[nodiscard]] StorageResult<void> resolve(lmdb::WriteTxn& txn, std::uint64_t& term_count);
  [[nodiscard]] TermId id_of(std::uint32_t number) const { return terms_[number].id; }

 private:
  struct Term {
    std::string_view spelling;
    std::uint64_t hash = 0;
    std::optional<std::uint64_t> minted_by;  // first seen as the graph of this transaction
    bool known = false;                      // has its id
    TermId id;
  };
  struct Key {
    std::uint64_t hash;
    std::string_view spelling;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const { return key.hash; }
  };
  std::uint32_t intern(std::string_view spelling, std::optional<std::uint64_t> minted_by);
  StorageResult<void> look_up(const lmdb::Txn& txn, const std::vector<std::uint32_t>& by_hash);
  StorageResult<void> issue(lmdb::WriteTxn& txn, std::uint64_t& term_count);

  const IndexStore& store_;
  std::vector<Term> terms_;  // in the order of first occurrence
  std::unordered_map<Key, std::uint32_t, KeyHash> numbers_;
  std::deque<std::string> minted_;  // spellings made here
};

}  // namespace provchain::storage
