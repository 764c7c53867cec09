// SPDX-License-Identifier: Apache-2.0
#include "storage/index/graph_reader.hpp"

#include <algorithm>
#include <queue>

#include "storage/index/dictionary.hpp"
#include "storage/index/quad_scan.hpp"
#include "storage/lmdb/cursor.hpp"
#include "storage/rdf/nquads.hpp"

namespace provchain::storage {
namespace {

using lmdb::Cursor;

constexpr std::size_t kPageBytes = std::size_t{4} << 20;
constexpr std::size_t kSequenceBytes = 8;

Error corrupt(std::string_view where) { return Error{.code = Errc::corrupt, .where = where}; }

std::uint64_t sequence_in(Bytes key) {
  std::uint64_t sequence = 0;
  for (const std::uint8_t byte : key.last(kSequenceBytes)) sequence = sequence << 8 | byte;
  return sequence;
}

// The lines of one transaction that belong to one graph, in order. The payload's views outlive it.
class PayloadLines {
 public:
  // `graph` empty: the lines without a graph.
  PayloadLines(std::string_view payload, std::string_view graph, std::string_view behind) : graph_(graph) {
    if (!graph_.empty()) ending_ = " " + std::string(graph_) + " .";
    rest_ = behind.empty() ? payload : payload.substr(first_after(payload, behind));
  }

  // True: line() is the next one.
  bool next() {
    while (!rest_.empty()) {
      const std::size_t end = std::min(rest_.find('\n'), rest_.size() - 1);
      const std::string_view with_end = rest_.substr(0, end + 1);
      rest_.remove_prefix(end + 1);
      line_ = with_end.substr(0, end);
      if (belongs(with_end)) return true;
    }
    return false;
  }
  [[nodiscard]] std::string_view line() const { return line_; }

 private:
  // Lines are sorted, so where the first one greater than `behind` begins is found by halving.
  static std::size_t first_after(std::string_view payload, std::string_view behind) {
    std::size_t low = 0;                // begins a line; every line before it is not greater
    std::size_t high = payload.size();  // begins a greater line, or is the end
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      const std::size_t begin = middle == 0 ? 0 : payload.rfind('\n', middle - 1) + 1;
      const std::size_t end = std::min(payload.find('\n', begin), payload.size() - 1);
      if (payload.substr(begin, end - begin) > behind)
        high = begin;
      else
        low = end + 1;
    }
    return low;
  }

  [[nodiscard]] bool belongs(std::string_view with_end) const {
    // An object may be spelled as the graph is, so the ending only rules out; the scanner decides.
    if (!graph_.empty() && !line_.ends_with(ending_)) return false;
    rdf::NQuadsScanner scanner(as_bytes(with_end), rdf::Syntax::canonical_nquads);
    rdf::Quad quad;
    const auto more = scanner.next(quad);
    return more && *more && quad.graph.text == graph_;
  }

  std::string_view graph_;
  std::string ending_;
  std::string_view rest_;
  std::string_view line_;
};

// The transactions that wrote to the graph, in chain order, of those before `transactions`.
StorageResult<std::vector<TxRecord>> writers_of(const IndexStore& index, const lmdb::Txn& txn, TermId graph,
                                                std::uint64_t transactions) {
  ByteVector prefix;
  append_term_key(prefix, graph);
  std::vector<TxRecord> records;
  PVC_TRY(Cursor cursor, Cursor::open(txn, index.tables().graph));
  PVC_TRY(bool here, cursor.seek(prefix));
  while (here && cursor.key().size() == prefix.size() + kSequenceBytes && equal(cursor.key().first(prefix.size()), prefix)) {
    const std::uint64_t sequence = sequence_in(cursor.key());
    if (sequence >= transactions) break;
    PVC_TRY(const auto record, index.transaction(txn, sequence));
    if (!record) return std::unexpected(corrupt("index/tx"));
    records.push_back(*record);
    PVC_TRY(here, cursor.next());
  }
  return records;
}

StorageResult<std::vector<PayloadLines>> open_payloads(const ChainStore& chain, const ReadTxn& txn,
                                                       const std::vector<TxRecord>& records, std::string_view graph,
                                                       std::string_view behind) {
  std::vector<PayloadLines> sources;
  sources.reserve(records.size());
  for (const TxRecord& record : records) {
    PVC_TRY(const Bytes block, chain.block_at(txn, record.height));
    if (std::uint64_t{record.payload_offset} + record.payload_bytes > block.size()) return std::unexpected(corrupt("index/tx"));
    const std::string_view payload = as_text(block.subspan(record.payload_offset, record.payload_bytes));
    const bool minted = graph == minted_graph_term(record.id);
    sources.emplace_back(payload, minted ? std::string_view{} : graph, behind);
  }
  return sources;
}

// Fills the page; true when lines are left.
bool merge(std::vector<PayloadLines>& sources, std::size_t limit, GraphPage& page, std::string& last) {
  const auto later = [](const PayloadLines* a, const PayloadLines* b) { return a->line() > b->line(); };
  std::priority_queue<PayloadLines*, std::vector<PayloadLines*>, decltype(later)> heads(later);
  for (PayloadLines& source : sources)
    if (source.next()) heads.push(&source);
  std::string_view previous;
  while (!heads.empty()) {
    PayloadLines* source = heads.top();
    const std::string_view line = source->line();
    const bool repeated = page.line_count > 0 && line == previous;
    if (!repeated) {
      if (page.line_count == limit || page.lines.size() >= kPageBytes) break;
      page.lines.append(line).push_back('\n');
      ++page.line_count;
      previous = line;
    }
    heads.pop();
    if (source->next()) heads.push(source);
  }
  last = previous;
  return !heads.empty();
}

// Sorts after every registry key of the graph and before those of the next. Empty for an empty graph key: before everything.
ByteVector behind_graph(Bytes graph_key) {
  ByteVector key = to_vector(graph_key);
  if (!key.empty()) key.insert(key.end(), kSequenceBytes + 1, 0xff);
  return key;
}

// `cursor` stands on the graph's first entry.
StorageResult<GraphSummary> summarise(const IndexStore& index, const lmdb::Txn& txn, Cursor& cursor, Bytes graph_key,
                                      std::uint64_t transactions) {
  Bytes rest = graph_key;
  const auto id = take_term_key(rest);
  if (!id || !rest.empty()) return std::unexpected(corrupt("index/graph"));
  GraphSummary summary;
  PVC_TRY(summary.graph, spelling_of(index, txn, *id));
  bool here = true;
  while (here && cursor.key().size() == graph_key.size() + kSequenceBytes &&
         equal(cursor.key().first(graph_key.size()), graph_key)) {
    if (sequence_in(cursor.key()) >= transactions) break;
    if (cursor.value().size() != 4) return std::unexpected(corrupt("index/graph"));
    summary.transactions += 1;
    summary.quads += load_le<std::uint32_t>(cursor.value(), 0);
    PVC_TRY(here, cursor.next());
  }
  return summary;
}

}  // namespace

StorageResult<GraphPage> read_graph(const ChainStore& chain, const IndexStore& index, std::string_view graph,
                                    const PageOptions& options) {
  GraphPage page;
  PageStart start;
  std::vector<TxRecord> records;
  {
    PVC_TRY(const ReadTxn txn, index.read());
    PVC_TRY(start, start_of_page(index, txn, CursorKind::graph_lines, options.as_of, options.cursor));
    page.as_of = start.as_of;
    page.indexed_height = start.indexed_height;
    PVC_TRY(const auto ids, ids_of(index, txn, {.subject = {}, .predicate = {}, .object = {}, .graph = graph}));
    if (!ids || !ids->graph) return page;
    PVC_TRY(records, writers_of(index, txn, *ids->graph, start.transactions));
  }
  page.exists = !records.empty();
  PVC_TRY(const ReadTxn txn, chain.read());
  PVC_TRY(auto sources, open_payloads(chain, txn, records, graph, as_text(start.behind)));
  std::string last;
  if (merge(sources, std::max<std::size_t>(options.limit, 1), page, last))
    page.cursor = encode_cursor({.kind = CursorKind::graph_lines, .as_of = start.as_of, .last = to_vector(as_bytes(last))});
  return page;
}

StorageResult<GraphListPage> list_graphs(const IndexStore& index, const PageOptions& options) {
  GraphListPage page;
  PVC_TRY(const ReadTxn txn, index.read());
  PVC_TRY(const PageStart start, start_of_page(index, txn, CursorKind::graph_list, options.as_of, options.cursor));
  page.as_of = start.as_of;
  page.indexed_height = start.indexed_height;
  PVC_TRY(Cursor cursor, Cursor::open(txn, index.tables().graph));
  PVC_TRY(bool here, cursor.seek(behind_graph(start.behind)));
  ByteVector last;
  while (here) {
    if (page.graphs.size() >= std::max<std::size_t>(options.limit, 1)) {
      page.cursor = encode_cursor({.kind = CursorKind::graph_list, .as_of = start.as_of, .last = last});
      return page;
    }
    const Bytes key = cursor.key();
    if (key.size() <= kSequenceBytes) return std::unexpected(corrupt("index/graph"));
    last = to_vector(key.first(key.size() - kSequenceBytes));
    PVC_TRY(GraphSummary summary, summarise(index, txn, cursor, last, start.transactions));
    if (summary.transactions > 0) page.graphs.push_back(std::move(summary));
    PVC_TRY(here, cursor.seek(behind_graph(last)));
  }
  return page;
}

}  // namespace provchain::storage
