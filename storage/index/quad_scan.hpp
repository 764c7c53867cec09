// SPDX-License-Identifier: Apache-2.0
// Which permutation serves a pattern, and the walk over its entries. The longest bound beginning wins; a bound graph wins over
// all but a whole triple, because a graph is about as large as a transaction. What the beginning does not bind is filtered.
#pragma once

#include <optional>

#include "storage/index/index_reader.hpp"
#include "storage/index/page_cursor.hpp"
#include "storage/index/quad_key.hpp"

namespace provchain::storage {

// Absent members match everything.
struct IdPattern {
  std::optional<TermId> subject, predicate, object, graph;
};

struct ScanPlan {
  Permutation permutation{};
  ByteVector prefix;  // every key of the answer begins with it
};

[[nodiscard]] ScanPlan plan_of(const IdPattern& pattern);
// The same, before any term has been looked up: only which members are bound matters.
[[nodiscard]] Permutation permutation_for(const QuadPattern& pattern);

[[nodiscard]] bool matches(const IdPattern& pattern, const QuadIds& quad);

[[nodiscard]] lmdb::Database table_of(const IndexTables& tables, Permutation permutation);
[[nodiscard]] CursorKind cursor_kind_of(Permutation permutation);

// The pattern's ids. Absent when a term is nowhere in the index, so nothing matches. bad_term: not canonical, or not of a kind
// that stands there.
[[nodiscard]] StorageResult<std::optional<IdPattern>> ids_of(const IndexStore& store, const lmdb::Txn& txn,
                                                             const QuadPattern& pattern);

}  // namespace provchain::storage
