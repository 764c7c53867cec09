// SPDX-License-Identifier: Apache-2.0
// Questions to the index: quads by pattern, graphs, the first assertion of a quad. Any thread; an object holds nothing between
// calls.
//   1 Terms are in canonical N-Quads spelling: <iri>, "literal", "literal"@tag, "literal"^^<datatype>.
//   2 Read transactions are renewed after a bounded number of entries and never outlive a call. A page may therefore be short,
//   even empty, and still
//     have a cursor: go on until there is none.
//   3 A cursor pins `as_of`: pages of one walk belong to one state of the ledger, whatever is finalized meanwhile.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/chain_store.hpp"
#include "storage/index/index_store.hpp"
#include "storage/index/term_id.hpp"

namespace provchain::storage {

// An empty member matches everything.
struct QuadPattern {
  std::string_view subject;
  std::string_view predicate;
  std::string_view object;
  std::string_view graph;
};

// Terms in canonical spelling, and the transaction that asserted the quad first.
struct IndexedQuad {
  std::string subject;
  std::string predicate;
  std::string object;
  std::string graph;  // of a default-graph quad: the minted graph of its transaction
  TxId tx;
  Height height;
  std::uint32_t tx_index = 0;     // position in the block
  bool in_default_graph = false;  // of its transaction

  // "s p o g ."; no line end.
  [[nodiscard]] std::string line() const;
  // As the transaction's payload has it: without a minted graph. This is what a proof names.
  [[nodiscard]] std::string payload_line() const;
};

struct PageOptions {
  std::optional<Height> as_of;  // the newest indexed height when absent; not_indexed when above it
  ByteVector cursor;            // opaque; of the page before; empty: from the beginning
  std::size_t limit = 1'000;    // at least 1
};

struct QuadPage {
  std::vector<IndexedQuad> quads;
  ByteVector cursor;  // empty: this was the last page
  Height as_of;
  Height indexed_height;
};

struct GraphPage {
  std::string lines;  // N-Quads lines as payloads have them, each with LF, strictly ascending bytewise over all pages
  std::uint64_t line_count = 0;
  bool exists = false;  // some transaction up to as_of asserted quads in this graph
  ByteVector cursor;
  Height as_of;
  Height indexed_height;
};

struct GraphSummary {
  std::string graph;
  std::uint64_t transactions = 0;
  std::uint64_t quads = 0;  // assertions: one for each transaction that repeats a quad
};

struct GraphListPage {
  std::vector<GraphSummary> graphs;
  ByteVector cursor;
  Height as_of;
  Height indexed_height;
};

class IndexReader {
 public:
  IndexReader(const ChainStore& chain, const IndexStore& index) : chain_(chain), index_(index) {}

  [[nodiscard]] StorageResult<IndexWatermark> watermark() const;

  // Quads that match, in the order of the permutation that serves the pattern (not alphabetical), each once.
  // bad_term, bad_cursor, not_indexed.
  [[nodiscard]] StorageResult<QuadPage> quads(const QuadPattern& pattern, const PageOptions& options) const;

  // One graph in canonical order, straight from the payloads of the transactions that wrote it. `graph` is an IRI in canonical
  // spelling, <…>. `options.limit` counts lines; a page also ends after about 4 MiB. A page costs a search in each contributing
  // transaction.
  [[nodiscard]] StorageResult<GraphPage> graph(std::string_view graph, const PageOptions& options) const;

  // Graphs in the order of their ids: roughly in the order in which the chain first named them.
  [[nodiscard]] StorageResult<GraphListPage> graphs(const PageOptions& options) const;

  // The first assertion of one quad; bad_term unless subject, predicate and object are given. An empty graph: whichever graph
  // holds it, the earliest of the first thousand. Absent when nobody asserted it up to as_of.
  [[nodiscard]] StorageResult<std::optional<IndexedQuad>> find(const QuadPattern& quad, std::optional<Height> as_of) const;

 private:
  const ChainStore& chain_;
  const IndexStore& index_;
};

}  // namespace provchain::storage
