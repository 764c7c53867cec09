// SPDX-License-Identifier: Apache-2.0
#include "storage/index/index_reader.hpp"

#include <gtest/gtest.h>

#include "tests/storage/index_fixture.hpp"

namespace provchain::storage {
namespace {

using testing::all_pages;
using testing::code_of;
using testing::ModelQuad;
using testing::value_of;

class IndexReaderTest : public testing::IndexTest {
 protected:
  static bool matches(const QuadPattern& pattern, const ModelQuad& quad) {
    return (pattern.subject.empty() || pattern.subject == quad.subject) &&
           (pattern.predicate.empty() || pattern.predicate == quad.predicate) &&
           (pattern.object.empty() || pattern.object == quad.object) && (pattern.graph.empty() || pattern.graph == quad.graph);
  }
  void expect_as_model(const QuadPattern& pattern, Height as_of, std::size_t limit) const {
    std::map<ModelQuad, TxId> expected = model_as_of(as_of);
    std::erase_if(expected, [&pattern](const auto& entry) { return !matches(pattern, entry.first); });
    std::map<ModelQuad, TxId> found;
    for (const IndexedQuad& quad : all_pages(reader(), pattern, as_of, limit)) {
      EXPECT_TRUE(found.try_emplace({quad.subject, quad.predicate, quad.object, quad.graph}, quad.tx).second)
          << "given twice: " << quad.line();
      EXPECT_LE(quad.height, as_of);
    }
    EXPECT_EQ(found, expected);
  }
  [[nodiscard]] std::string whole_graph(std::string_view graph, Height as_of, std::size_t limit) const {
    std::string lines;
    PageOptions options{.as_of = as_of, .cursor = {}, .limit = limit};
    do {
      const GraphPage page = value_of(reader().graph(graph, options));
      lines += page.lines;
      options.cursor = page.cursor;
    } while (!options.cursor.empty());
    return lines;
  }
  [[nodiscard]] std::string model_graph(const std::string& graph, Height as_of) const {
    std::set<std::string> lines;
    for (const auto& [quad, tx] : model_as_of(as_of))
      if (quad.graph == graph)
        lines.insert(line_of({quad.subject, quad.predicate, quad.object, graph == minted_graph_term(tx) ? "" : graph}));
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
  }
};

TEST_F(IndexReaderTest, AnswersEveryKindOfPatternAsOfEveryHeight) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    add_random_chain(seed);
    index_all();
    Prng random(seed);
    for (unsigned bound = 0; bound < 16; ++bound) {
      for (int draw = 0; draw < 3; ++draw) {
        const ModelQuad quad = random_quad(random);
        const std::string graph = quad.graph.empty() ? *graphs_.begin() : quad.graph;
        const QuadPattern pattern{.subject = (bound & 1) != 0 ? quad.subject : std::string_view{},
                                  .predicate = (bound & 2) != 0 ? quad.predicate : std::string_view{},
                                  .object = (bound & 4) != 0 ? quad.object : std::string_view{},
                                  .graph = (bound & 8) != 0 ? std::string_view(graph) : std::string_view{}};
        expect_as_model(pattern, Height(random.below(builder_.height().value() + 1)), 1 + random.below(9));
        expect_as_model(pattern, builder_.height(), 1'000);
      }
    }
  }
}

TEST_F(IndexReaderTest, WalkStaysInItsStateWhileTheChainGrows) {
  add_random_chain(11);
  index_all();
  const Height before = builder_.height();
  PageOptions options{.as_of = {}, .cursor = {}, .limit = 3};
  std::map<ModelQuad, TxId> found;
  do {
    const QuadPage page = value_of(reader().quads({}, options));
    EXPECT_EQ(page.as_of, before);
    for (const IndexedQuad& quad : page.quads) found[{quad.subject, quad.predicate, quad.object, quad.graph}] = quad.tx;
    options.cursor = page.cursor;
    add({{{"<urn:s:" + std::to_string(builder_.height().value()) + ">", "<urn:p:new>", "<urn:o>", "<urn:g:0>"}}});
    index_all();
  } while (!options.cursor.empty() && builder_.height().value() < 200);
  EXPECT_EQ(found, model_as_of(before));
}

TEST_F(IndexReaderTest, GraphsComeInCanonicalOrderWithoutRepetition) {
  for (std::uint64_t seed = 21; seed <= 23; ++seed) add_random_chain(seed);
  index_all();
  for (const std::string& graph : graphs_) {
    for (const std::uint64_t height : {builder_.height().value() / 2, builder_.height().value()}) {
      EXPECT_EQ(whole_graph(graph, Height(height), 1'000), model_graph(graph, Height(height))) << graph;
      EXPECT_EQ(whole_graph(graph, Height(height), 2), model_graph(graph, Height(height))) << graph;
    }
  }
  const GraphPage absent = value_of(reader().graph("<urn:no:such:graph>", {}));
  EXPECT_FALSE(absent.exists);
  EXPECT_TRUE(absent.lines.empty());
}

TEST_F(IndexReaderTest, ObjectThatIsSpelledAsTheGraphDoesNotPutALineIntoIt) {
  add({{{"<urn:s>", "<urn:p>", "<urn:g>", ""}, {"<urn:s>", "<urn:p>", "<urn:o>", "<urn:g>"}}});
  index_all();
  EXPECT_EQ(value_of(reader().graph("<urn:g>", {})).lines, "<urn:s> <urn:p> <urn:o> <urn:g> .\n");
}

TEST_F(IndexReaderTest, ListsEveryGraphOnce) {
  add_random_chain(31);
  index_all();
  std::set<std::string> found;
  PageOptions options{.as_of = {}, .cursor = {}, .limit = 2};
  do {
    const GraphListPage page = value_of(reader().graphs(options));
    for (const GraphSummary& graph : page.graphs) {
      EXPECT_TRUE(found.insert(graph.graph).second);
      EXPECT_GE(graph.quads, graph.transactions);
    }
    options.cursor = page.cursor;
  } while (!options.cursor.empty());
  EXPECT_EQ(found, graphs_);
  EXPECT_TRUE(value_of(reader().graphs({.as_of = Height{}, .cursor = {}, .limit = 10})).graphs.empty());
}

TEST_F(IndexReaderTest, FindsTheFirstAssertion) {
  add_random_chain(41);
  index_all();
  for (const auto& [quad, first] : model_) {
    const auto found = value_of(reader().find({quad.subject, quad.predicate, quad.object, quad.graph}, {}));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->tx, first.tx);
    EXPECT_EQ(found->height, first.height);
    EXPECT_EQ(found->in_default_graph, quad.graph == minted_graph_term(first.tx));
    EXPECT_FALSE(value_of(reader().find({quad.subject, quad.predicate, quad.object, quad.graph}, first.height.previous())));
    EXPECT_TRUE(value_of(reader().find({quad.subject, quad.predicate, quad.object, {}}, {})));
  }
  EXPECT_FALSE(value_of(reader().find({"<urn:s:0>", "<urn:p:0>", "<urn:never>", {}}, {})));
  EXPECT_EQ(code_of(reader().find({"<urn:s:0>", {}, "<urn:o:0>", {}}, {})), Errc::bad_term);
}

TEST_F(IndexReaderTest, PayloadLineIsWhatTheTransactionHas) {
  add({{{"<urn:s>", "<urn:p>", "\"x\"", ""}, {"<urn:s>", "<urn:p>", "\"x\"", "<urn:g>"}}});
  index_all();
  std::set<std::string> lines;
  for (const IndexedQuad& quad : all_pages(reader(), {}, {}, 10)) lines.insert(quad.payload_line());
  EXPECT_EQ(lines, (std::set<std::string>{"<urn:s> <urn:p> \"x\" .", "<urn:s> <urn:p> \"x\" <urn:g> ."}));
}

TEST_F(IndexReaderTest, RefusesTermsThatAreNotCanonical) {
  add_random_chain(51);
  index_all();
  const auto code = [this](const QuadPattern& pattern) { return code_of(reader().quads(pattern, {})); };
  EXPECT_EQ(code({.subject = "urn:s", .predicate = {}, .object = {}, .graph = {}}), Errc::bad_term);
  EXPECT_EQ(code({.subject = "\"literal\"", .predicate = {}, .object = {}, .graph = {}}), Errc::bad_term);
  EXPECT_EQ(code({.subject = {}, .predicate = "<relative>", .object = {}, .graph = {}}), Errc::bad_term);
  EXPECT_EQ(code({.subject = {}, .predicate = {}, .object = "\"a\"^^<http://www.w3.org/2001/XMLSchema#string>", .graph = {}}),
            Errc::bad_term);
  EXPECT_EQ(code({.subject = {}, .predicate = {}, .object = "<urn:o> <urn:g>", .graph = {}}), Errc::bad_term);
  EXPECT_EQ(code({.subject = {}, .predicate = {}, .object = "<urn:o> .\n<urn:a> <urn:a> <urn:o>", .graph = {}}), Errc::bad_term);
  EXPECT_EQ(code({.subject = {}, .predicate = {}, .object = {}, .graph = "_:b"}), Errc::bad_term);
  EXPECT_EQ(code_of(reader().graph("urn:g", {})), Errc::bad_term);
}

TEST_F(IndexReaderTest, RefusesCursorsOfAnotherWalk) {
  add_random_chain(61);
  index_all();
  const ByteVector cursor = value_of(reader().quads({}, {.as_of = {}, .cursor = {}, .limit = 1})).cursor;
  ASSERT_FALSE(cursor.empty());
  const auto code = [this](const QuadPattern& pattern, ByteVector bytes, std::optional<Height> as_of) {
    return code_of(reader().quads(pattern, {.as_of = as_of, .cursor = std::move(bytes), .limit = 1}));
  };
  EXPECT_EQ(code({.subject = {}, .predicate = "<urn:p:1>", .object = {}, .graph = {}}, cursor, {}), Errc::bad_cursor);
  EXPECT_EQ(code({}, cursor, Height(1)), Errc::bad_cursor);
  EXPECT_EQ(code({}, ByteVector{1, 2, 3}, {}), Errc::bad_cursor);
  EXPECT_EQ(code({}, ByteVector(9, 0), {}), Errc::bad_cursor);
  EXPECT_EQ(code_of(reader().graphs({.as_of = {}, .cursor = cursor, .limit = 1})), Errc::bad_cursor);
  ByteVector later = cursor;
  later[7] = 9;
  EXPECT_EQ(code({}, later, {}), Errc::not_indexed);
}

TEST_F(IndexReaderTest, RefusesHeightsAboveTheIndex) {
  add_random_chain(71);
  index_all();
  const auto page = reader().quads({}, {.as_of = builder_.height().next(), .cursor = {}, .limit = 1});
  EXPECT_EQ(code_of(page), Errc::not_indexed);
  EXPECT_EQ(page.error().number, builder_.height().value());
  EXPECT_TRUE(value_of(reader().quads({}, {.as_of = Height{}, .cursor = {}, .limit = 1})).quads.empty());
}

}  // namespace
}  // namespace provchain::storage
