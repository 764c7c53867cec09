// SPDX-License-Identifier: Apache-2.0
#include "storage/index/index_reader.hpp"

#include <algorithm>

#include "storage/index/dictionary.hpp"
#include "storage/index/graph_reader.hpp"
#include "storage/index/quad_scan.hpp"
#include "storage/lmdb/cursor.hpp"

namespace provchain::storage {
namespace {

using lmdb::Cursor;

// After so many entries a read transaction is renewed: a few milliseconds, decoding included.
constexpr std::size_t kEntriesPerTxn = 4'096;
// After so many entries a page ends even when it is not full: filters and as_of may hide everything.
constexpr std::size_t kEntriesPerPage = 262'144;
constexpr std::size_t kPageBytes = std::size_t{4} << 20;
constexpr std::size_t kGraphsOfOneTripleMax = 1'000;

Error corrupt(std::string_view where) { return Error{.code = Errc::corrupt, .where = where}; }

bool starts_with(Bytes key, Bytes prefix) { return key.size() >= prefix.size() && equal(key.first(prefix.size()), prefix); }

// The first entry behind `behind`, or the first of `prefix`.
StorageResult<bool> seek_start(Cursor& cursor, Bytes prefix, Bytes behind) {
  if (behind.empty()) return cursor.seek(prefix);
  PVC_TRY(const bool here, cursor.seek(behind));
  return here && equal(cursor.key(), behind) ? cursor.next() : StorageResult<bool>(here);
}

StorageResult<IndexedQuad> indexed_quad(const IndexStore& index, const lmdb::Txn& txn, const QuadIds& ids,
                                        std::uint64_t sequence) {
  IndexedQuad quad;
  PVC_TRY(quad.subject, spelling_of(index, txn, ids.subject));
  PVC_TRY(quad.predicate, spelling_of(index, txn, ids.predicate));
  PVC_TRY(quad.object, spelling_of(index, txn, ids.object));
  PVC_TRY(quad.graph, spelling_of(index, txn, ids.graph));
  PVC_TRY(const auto record, index.transaction(txn, sequence));
  if (!record) return std::unexpected(corrupt("index/tx"));
  quad.tx = record->id;
  quad.height = record->height;
  quad.tx_index = record->index;
  quad.in_default_graph = quad.graph == minted_graph_term(record->id);
  return quad;
}

// One page of a pattern, across as many read transactions as it takes.
class QuadWalk {
 public:
  QuadWalk(const IndexStore& index, const IdPattern& pattern, ScanPlan plan, PageStart start, std::size_t limit)
      : index_(index),
        pattern_(pattern),
        plan_(std::move(plan)),
        start_(std::move(start)),
        limit_(std::max<std::size_t>(limit, 1)) {}

  // Appends to `page` until it is full or the entries end; sets its cursor when there may be more.
  StorageResult<void> run(QuadPage& page) {
    std::size_t bytes = 0;
    for (std::size_t visited = 0; visited < kEntriesPerPage; visited += kEntriesPerTxn) {
      PVC_TRY(const ReadTxn txn, index_.read());
      PVC_TRY(const Step step, run_slice(txn, page, bytes));
      if (step == Step::ended) return {};
      if (step == Step::full) break;
    }
    page.cursor = encode_cursor({.kind = cursor_kind_of(plan_.permutation), .as_of = start_.as_of, .last = start_.behind});
    return {};
  }

 private:
  enum class Step : std::uint8_t { renew, full, ended };

  StorageResult<Step> run_slice(const ReadTxn& txn, QuadPage& page, std::size_t& bytes) {
    PVC_TRY(Cursor cursor, Cursor::open(txn, table_of(index_.tables(), plan_.permutation)));
    PVC_TRY(bool here, seek_start(cursor, plan_.prefix, start_.behind));
    for (std::size_t visited = 0; visited < kEntriesPerTxn; ++visited) {
      if (!here || !starts_with(cursor.key(), plan_.prefix)) return Step::ended;
      if (page.quads.size() == limit_ || bytes >= kPageBytes) return Step::full;
      PVC_TRY_VOID(visit(txn, cursor, page, bytes));
      start_.behind = to_vector(cursor.key());
      PVC_TRY(here, cursor.next());
    }
    return Step::renew;
  }

  StorageResult<void> visit(const ReadTxn& txn, const Cursor& cursor, QuadPage& page, std::size_t& bytes) const {
    const auto sequence = decode_leb128(cursor.value());
    const auto ids = decode_quad_key(plan_.permutation, cursor.key());
    if (!sequence || !ids) return std::unexpected(corrupt("index/quads"));
    if (*sequence >= start_.transactions || !matches(pattern_, *ids)) return {};
    PVC_TRY(IndexedQuad quad, indexed_quad(index_, txn, *ids, *sequence));
    bytes += quad.subject.size() + quad.predicate.size() + quad.object.size() + quad.graph.size();
    page.quads.push_back(std::move(quad));
    return {};
  }

  const IndexStore& index_;
  IdPattern pattern_;
  ScanPlan plan_;
  PageStart start_;
  std::size_t limit_;
};

}  // namespace

std::string IndexedQuad::line() const { return subject + " " + predicate + " " + object + " " + graph + " ."; }

std::string IndexedQuad::payload_line() const {
  return in_default_graph ? subject + " " + predicate + " " + object + " ." : line();
}

StorageResult<IndexWatermark> IndexReader::watermark() const {
  PVC_TRY(const ReadTxn txn, index_.read());
  return index_.watermark(txn);
}

StorageResult<QuadPage> IndexReader::quads(const QuadPattern& pattern, const PageOptions& options) const {
  QuadPage page;
  PageStart start;
  std::optional<IdPattern> ids;
  {
    PVC_TRY(const ReadTxn txn, index_.read());
    PVC_TRY(start, start_of_page(index_, txn, cursor_kind_of(permutation_for(pattern)), options.as_of, options.cursor));
    PVC_TRY(ids, ids_of(index_, txn, pattern));
  }
  page.as_of = start.as_of;
  page.indexed_height = start.indexed_height;
  if (!ids) return page;
  ScanPlan plan = plan_of(*ids);
  if (!start.behind.empty() && !starts_with(start.behind, plan.prefix))
    return std::unexpected(Error{.code = Errc::bad_cursor, .where = "index"});
  QuadWalk walk(index_, *ids, std::move(plan), std::move(start), options.limit);
  PVC_TRY_VOID(walk.run(page));
  return page;
}

StorageResult<GraphPage> IndexReader::graph(std::string_view graph, const PageOptions& options) const {
  return read_graph(chain_, index_, graph, options);
}

StorageResult<GraphListPage> IndexReader::graphs(const PageOptions& options) const { return list_graphs(index_, options); }

StorageResult<std::optional<IndexedQuad>> IndexReader::find(const QuadPattern& quad, std::optional<Height> as_of) const {
  if (quad.subject.empty() || quad.predicate.empty() || quad.object.empty())
    return std::unexpected(Error{.code = Errc::bad_term, .where = "pattern"});
  PVC_TRY(const ReadTxn txn, index_.read());
  PVC_TRY(const PageStart start, start_of_page(index_, txn, CursorKind::spog, as_of, {}));
  PVC_TRY(const auto ids, ids_of(index_, txn, quad));
  if (!ids) return std::optional<IndexedQuad>{};
  const ScanPlan plan = plan_of(*ids);
  PVC_TRY(Cursor cursor, Cursor::open(txn, index_.tables().spog));
  PVC_TRY(bool here, cursor.seek(plan.prefix));
  std::optional<QuadIds> best;
  std::uint64_t first_sequence = start.transactions;
  for (std::size_t visited = 0; visited < kGraphsOfOneTripleMax && here && starts_with(cursor.key(), plan.prefix); ++visited) {
    const auto sequence = decode_leb128(cursor.value());
    const auto found = decode_quad_key(Permutation::spog, cursor.key());
    if (!sequence || !found) return std::unexpected(corrupt("index/spog"));
    if (*sequence < first_sequence) {
      first_sequence = *sequence;
      best = found;
    }
    PVC_TRY(here, cursor.next());
  }
  if (!best) return std::optional<IndexedQuad>{};
  PVC_TRY(IndexedQuad result, indexed_quad(index_, txn, *best, first_sequence));
  return std::optional<IndexedQuad>(std::move(result));
}

}  // namespace provchain::storage
