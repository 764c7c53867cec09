// SPDX-License-Identifier: Apache-2.0
#include "engine/api/data.hpp"

#include "engine/api/terms.hpp"

namespace provchain::api {
namespace {

constexpr std::size_t kQuadsPerPageMax = 10'000;
constexpr std::size_t kGraphsPerPageMax = 1'000;
// A piece of a streamed graph: some milliseconds of reading, so that other requests have their turn between two of them.
constexpr std::size_t kLinesPerPiece = 2'000;
// A page that scans without finding is given out short after this long; the client goes on with its cursor.
constexpr std::chrono::milliseconds kPageTime{50};

Result<storage::PageOptions, Problem> page_options(const QueryParams& query, std::size_t limit_max) {
  storage::PageOptions options;
  PVC_TRY(options.as_of, query.height("as_of"));
  PVC_TRY(options.cursor, query.cursor());
  PVC_TRY(options.limit, query.limit(limit_max));
  return options;
}

// Index pages until the limit is reached, the answer is complete, or the time is over. `read` gives a page for options, `take`
// returns how many rows it took from one.
template <class Read, class Take>
auto fill_page(storage::PageOptions options, Read read, Take take) -> decltype(read(options)) {
  const auto end = std::chrono::steady_clock::now() + kPageTime;
  for (;;) {
    auto page = read(options);
    if (!page) return page;
    options.limit -= std::min(options.limit, take(*page));
    if (page->cursor.empty() || options.limit == 0 || std::chrono::steady_clock::now() >= end) return page;
    options.cursor = page->cursor;
    options.as_of = page->as_of;
  }
}

// `as_of`, `cursor` and the heights of the page that was read last.
template <class Page>
void finish_page(Json& answer, const Context& context, const Page& page) {
  if (!page.cursor.empty()) answer["cursor"] = cursor_text(page.cursor);
  answer["as_of"] = page.as_of.value();
  answer["finalized_height"] = context.backend.finalized_height().value();
  answer["indexed_height"] = page.indexed_height.value();
}

Json quad_json(const storage::IndexedQuad& quad) {
  return Json{
      {"s", quad.subject},   {"p", quad.predicate},          {"o", quad.object}, {"g", quad.graph}, {"line", quad.payload_line()},
      {"tx", quad.tx.hex()}, {"height", quad.height.value()}};
}

// The rest of a graph, one piece a call.
class GraphStream {
 public:
  GraphStream(const storage::IndexReader& index, std::string graph, storage::GraphPage first)
      : index_(index), graph_(std::move(graph)), page_(std::move(first)) {}

  std::optional<std::string> next() {
    while (page_.lines.empty() && !page_.cursor.empty()) {
      auto page = index_.graph(graph_, {page_.as_of, page_.cursor, kLinesPerPiece});
      if (!page) return std::nullopt;
      page_ = *std::move(page);
    }
    return std::exchange(page_.lines, {});
  }

 private:
  const storage::IndexReader& index_;
  std::string graph_;
  storage::GraphPage page_;
};

}  // namespace

Handled get_graphs(const Context& context, const Request& request) {
  PVC_TRY(const auto options, page_options(request.query, kGraphsPerPageMax));
  Json graphs = Json::array();
  const auto read = [&](const storage::PageOptions& page) { return context.index.graphs(page); };
  PVC_TRY(const auto page, fill_page(options, read, [&](const storage::GraphListPage& part) {
            for (const storage::GraphSummary& graph : part.graphs)
              graphs.push_back({{"graph", graph.graph}, {"transactions", graph.transactions}, {"quads", graph.quads}});
            return part.graphs.size();
          }));
  Json answer{{"graphs", std::move(graphs)}};
  finish_page(answer, context, page);
  return json_response(answer);
}

Handled get_graph(const Context& context, const Request& request) {
  PVC_TRY(const std::string graph, iri_term("iri", request.argument));
  PVC_TRY(const auto as_of, request.query.height("as_of"));
  PVC_TRY(storage::GraphPage page, context.index.graph(graph, {as_of, {}, kLinesPerPiece}));
  if (!page.exists) return std::unexpected(not_found("no transaction asserted anything in this graph"));
  Response response;
  response.content_type = "application/n-quads";
  response.headers = {{"Provchain-Finalized-Height", std::to_string(context.backend.finalized_height().value())},
                      {"Provchain-Indexed-Height", std::to_string(page.indexed_height.value())},
                      {"Provchain-As-Of", std::to_string(page.as_of.value())}};
  if (page.cursor.empty()) {
    response.body = std::move(page.lines);
    return response;
  }
  response.source = [stream = GraphStream(context.index, graph, std::move(page))]() mutable { return stream.next(); };
  return response;
}

Handled get_quads(const Context& context, const Request& request) {
  PVC_TRY(const PatternTerms terms, PatternTerms::from(request.query));
  PVC_TRY(const auto options, page_options(request.query, kQuadsPerPageMax));
  Json quads = Json::array();
  const auto read = [&](const storage::PageOptions& page) { return context.index.quads(terms.pattern(), page); };
  PVC_TRY(const auto page, fill_page(options, read, [&](const storage::QuadPage& part) {
            for (const storage::IndexedQuad& quad : part.quads) quads.push_back(quad_json(quad));
            return part.quads.size();
          }));
  Json answer{{"quads", std::move(quads)}};
  finish_page(answer, context, page);
  return json_response(answer);
}

}  // namespace provchain::api
