// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/turtle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "storage/rdf/canonical.hpp"
#include "storage/rdf/document.hpp"
#include "storage/rdf/iri_resolve.hpp"
#include "tests/storage/rdf/w3c.hpp"

namespace provchain::storage::rdf {
namespace {

// Canonical lines in the order they come, blank nodes and all.
struct Collector final : QuadSink {
  std::vector<std::string> lines;
  Result<void, RdfErrc> on_quad(const Quad& quad) override {
    lines.emplace_back();
    append_canonical_line(lines.back(), quad);
    return {};
  }
};

struct Reading {
  std::vector<std::string> lines;
  std::optional<RdfError> error;
};

Reading read(std::string_view text, TurtleSyntax syntax = TurtleSyntax::turtle, std::string_view base = {}) {
  Collector sink;
  const Result<void, RdfError> done = read_turtle(as_bytes(text), {.syntax = syntax, .base_iri = base}, sink);
  Reading reading{std::move(sink.lines), std::nullopt};
  if (!done) reading.error = done.error();
  return reading;
}

void expect_refused(std::string_view text, RdfErrc code, Position at, TurtleSyntax syntax = TurtleSyntax::turtle) {
  const Reading reading = read(text, syntax);
  ASSERT_TRUE(reading.error.has_value()) << text;
  EXPECT_EQ(name_of(reading.error->code), name_of(code)) << text;
  EXPECT_EQ(reading.error->at, at) << text << " gives " << to_string(*reading.error);
}

// Lines as a set, with one name for all blank nodes: not graph isomorphism, but what a misread term or a lost triple would
// change.
std::set<std::string> without_labels(const std::vector<std::string>& lines) {
  static const std::regex label("(^|[> ])_:[^ ]+");
  std::set<std::string> out;
  for (const std::string& line : lines) out.insert(std::regex_replace(line, label, "$1_:b"));
  return out;
}

// Where we do otherwise than the suite wants: U+0000 is refused at this edge, since the next tool in C would cut the text there.
const std::set<std::string>& known_deviations() {
  static const std::set<std::string> names = {"LITERAL1_ascii_boundaries", "LITERAL1_all_controls",
                                              "LITERAL_LONG1_ascii_boundaries", "LITERAL2_ascii_boundaries",
                                              "LITERAL_LONG2_ascii_boundaries"};
  return names;
}

void run_suite(const std::string& folder, TurtleSyntax syntax, std::size_t expected_count) {
  const std::string path = "conformance/rdf-tests/rdf/rdf11/" + folder;
  const std::vector<testing::ManifestEntry> entries = testing::read_manifest(testing::data_path(path));
  PVC_SKIP_WITHOUT(!entries.empty());
  EXPECT_EQ(entries.size(), expected_count);
  for (const testing::ManifestEntry& entry : entries) {
    if (known_deviations().contains(entry.name)) continue;
    const std::string file_name = entry.action.substr(entry.action.rfind('/') + 1);
    const std::string base = "https://w3c.github.io/rdf-tests/rdf/rdf11/" + folder + "/" + file_name;
    const Reading reading = read(*testing::read_file(entry.action), syntax, base);
    EXPECT_EQ(reading.error.has_value(), entry.type.find("Negative") != std::string::npos)
        << entry.name << " " << (reading.error ? to_string(*reading.error) : "");
    if (entry.type.find("Eval") == std::string::npos) continue;
    Collector expected;
    ASSERT_TRUE(scan_nquads(as_bytes(*testing::read_file(entry.result)), Syntax::nquads, expected)) << entry.result;
    EXPECT_EQ(without_labels(reading.lines), without_labels(expected.lines)) << entry.name;
  }
}

TEST(TurtleReader, PassesTheW3cTurtleSuite) { run_suite("rdf-turtle", TurtleSyntax::turtle, 313); }
TEST(TurtleReader, PassesTheW3cTrigSuite) { run_suite("rdf-trig", TurtleSyntax::trig, 356); }

TEST(TurtleReader, ReadsIntegersThatTouchTheFinalDot) {
  const std::vector<std::string> expected = {"<urn:a> <urn:p> \"12\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n"};
  EXPECT_EQ(read("<urn:a> <urn:p> 12.").lines, expected);
  EXPECT_EQ(read("<urn:a> <urn:p>12.# c").lines, expected);
  EXPECT_EQ(read("@prefix x: <urn:> . x:a x:p 12.\n").lines, expected);
  EXPECT_EQ(read("<urn:a> <urn:p> -1.5, +3. ").lines.size(), 2U);
  EXPECT_EQ(read("@prefix x: <urn:> . x:a x:p x:12.").lines, (std::vector<std::string>{"<urn:a> <urn:p> <urn:12> .\n"}));
  EXPECT_EQ(read("<urn:a> <urn:p> \"12. \" , 1.5, 2.5e3, 2.e3 .").lines.size(), 4U);
  EXPECT_EQ(read("{<urn:a> <urn:p> 12.}", TurtleSyntax::trig).lines, expected);
}

TEST(TurtleReader, TakesGraphsInTrigAlone) {
  const std::string text = "<urn:g> { <urn:a> <urn:p> true }";
  EXPECT_EQ(read(text, TurtleSyntax::trig).lines,
            (std::vector<std::string>{"<urn:a> <urn:p> \"true\"^^<http://www.w3.org/2001/XMLSchema#boolean> <urn:g> .\n"}));
  expect_refused(text, RdfErrc::unexpected_graph, {1, 9});
  expect_refused("{}", RdfErrc::unexpected_graph, {1, 1});
  EXPECT_EQ(read("<urn:a> <urn:p> '{}' . # {").lines.size(), 1U);
}

TEST(TurtleReader, ResolvesRelativeIrisOnlyWithABase) {
  EXPECT_EQ(read("<a> <urn:p> <../c/./d?q#f> .", TurtleSyntax::turtle, "http://e.org/x/y").lines,
            (std::vector<std::string>{"<http://e.org/x/a> <urn:p> <http://e.org/c/d?q#f> .\n"}));
  EXPECT_EQ(read("@base <http://e.org/x/y> . @base <z/> . @prefix p: <w#> . p:a <urn:p> <> .").lines,
            (std::vector<std::string>{"<http://e.org/x/z/w#a> <urn:p> <http://e.org/x/z/> .\n"}));
  expect_refused("<urn:a> <urn:p> <rel> .", RdfErrc::relative_iri, {1, 22});
  expect_refused("@base <rel> .", RdfErrc::relative_iri, {1, 12});
  expect_refused("@prefix p: <rel> .", RdfErrc::relative_iri, {1, 17});
}

TEST(TurtleReader, RefusesEveryFaultWithItsPlace) {
  expect_refused("<urn:a> <urn:p> \"\xC0\xAF\" .", RdfErrc::bad_utf8, {1, 18});
  expect_refused("# \xED\xA0\x80", RdfErrc::bad_utf8, {1, 3});
  expect_refused(std::string_view("<urn:a> <urn:p> \"a\0\" .", 22), RdfErrc::nul_character, {1, 19});
  expect_refused("\n<urn:a> <urn:p> 'a\\u0000' .", RdfErrc::nul_character, {2, 19});
  expect_refused("<urn:a> <urn:p> '''\n\\ud800''' .", RdfErrc::bad_code_point, {2, 1});
  expect_refused("<urn:\\U00110000> <urn:p> '' .", RdfErrc::bad_code_point, {1, 6});
  expect_refused("<urn:a> <urn:p> <urn:a b> .", RdfErrc::bad_turtle, {1, 24});
  expect_refused("<urn:a> <urn:p> <urn:a\\u0020b> .", RdfErrc::bad_turtle, {1, 29});
  expect_refused("<urn:a> <urn:p> nope:x .", RdfErrc::bad_turtle, {1, 23});
  expect_refused("<urn:a> <urn:p> 'x'^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString> .",
                 RdfErrc::language_string_without_tag, {1, 77});
  expect_refused("<urn:a> <urn:p> 'x'\n", RdfErrc::bad_turtle, {2, 1});
  expect_refused(":s <= :o .", RdfErrc::bad_turtle, {1, 7});
  EXPECT_TRUE(read("<urn:a> <urn:p> 'x' . <urn:b>").error.has_value());
  EXPECT_TRUE(read("<urn:a> <urn:p> 'x' .", TurtleSyntax::turtle, "no-base").error.has_value());
}

TEST(TurtleReader, BoundsNestingAndSize) {
  const auto nested = [](std::size_t depth, const std::string& open, const std::string& close) {
    std::string text = "<urn:a> <urn:p> ";
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += "'([' ";
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return text + " .";
  };
  EXPECT_FALSE(read(nested(256, "[ <urn:p> ", "]")).error.has_value());
  EXPECT_FALSE(read(nested(256, "( ", ")")).error.has_value());
  for (const std::size_t depth : {257U, 100'000U}) {
    EXPECT_EQ(read(nested(depth, "[ <urn:p> ", "]")).error->code, RdfErrc::nesting_too_deep);
    EXPECT_EQ(read(nested(depth, "(", ")")).error->code, RdfErrc::nesting_too_deep);
  }
  const std::string in_text = "<urn:a> <urn:p> '" + std::string(10'000, '[') + "', '''\n" + std::string(10'000, '(') +
                              "''' . # " + std::string(10'000, '[');
  EXPECT_FALSE(read(in_text).error.has_value());
  Collector sink;
  const Result<void, RdfError> done =
      read_turtle(as_bytes("<urn:a> <urn:p> 1 ."), {.base_iri = {}, .document_bytes_max = 18}, sink);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, RdfErrc::document_too_large);
}

TEST(TurtleReader, GivesBlankNodesToASinkThatSaysWhere) {
  CanonicalDataset dataset(1'000);
  const Result<void, RdfError> done = read_turtle(as_bytes("<urn:a> <urn:p> 1 .\n<urn:a> <urn:q> [] ."), {}, dataset);
  ASSERT_FALSE(done);
  EXPECT_EQ(to_string(done.error()), "2:18: blank nodes are not supported yet: give the node an IRI");
}

TEST(ResolveIri, AgreesWithTheExamplesOfRfc3986) {
  const std::string base = "http://a/b/c/d;p?q";
  const std::pair<const char*, const char*> examples[] = {{"g:h", "g:h"},
                                                          {"g", "http://a/b/c/g"},
                                                          {"./g", "http://a/b/c/g"},
                                                          {"g/", "http://a/b/c/g/"},
                                                          {"/g", "http://a/g"},
                                                          {"//g", "http://g"},
                                                          {"?y", "http://a/b/c/d;p?y"},
                                                          {"g?y", "http://a/b/c/g?y"},
                                                          {"#s", "http://a/b/c/d;p?q#s"},
                                                          {"g#s", "http://a/b/c/g#s"},
                                                          {"", "http://a/b/c/d;p?q"},
                                                          {".", "http://a/b/c/"},
                                                          {"./", "http://a/b/c/"},
                                                          {"..", "http://a/b/"},
                                                          {"../g", "http://a/b/g"},
                                                          {"../..", "http://a/"},
                                                          {"../../../g", "http://a/g"},
                                                          {"/./g", "http://a/g"},
                                                          {"/../g", "http://a/g"},
                                                          {"g.", "http://a/b/c/g."},
                                                          {"..g", "http://a/b/c/..g"},
                                                          {"./../g", "http://a/b/g"},
                                                          {"g/./h", "http://a/b/c/g/h"},
                                                          {"g/../h", "http://a/b/c/h"},
                                                          {"g;x=1/../y", "http://a/b/c/y"},
                                                          {"g?y/../x", "http://a/b/c/g?y/../x"},
                                                          {"http:g", "http:g"}};
  for (const auto& [reference, expected] : examples) EXPECT_EQ(resolve_iri(base, reference), expected) << reference;
  EXPECT_EQ(resolve_iri("http://e.org", "x"), "http://e.org/x");
}

TEST(DocumentFormat, IsKnownByExtensionAndMediaType) {
  EXPECT_EQ(format_of_file_name("a/b.c.NQ"), DocumentFormat::nquads);
  EXPECT_EQ(format_of_file_name("x.nt"), DocumentFormat::ntriples);
  EXPECT_EQ(format_of_file_name("x.ttl"), DocumentFormat::turtle);
  EXPECT_EQ(format_of_file_name("x.trig"), DocumentFormat::trig);
  EXPECT_EQ(format_of_file_name("x.rdf"), std::nullopt);
  EXPECT_EQ(format_of_file_name("nq"), std::nullopt);
  EXPECT_EQ(format_of_media_type("Text/Turtle; charset=utf-8"), DocumentFormat::turtle);
  EXPECT_EQ(format_of_media_type("application/ld+json"), std::nullopt);
  Collector sink;
  for (const DocumentFormat format :
       {DocumentFormat::nquads, DocumentFormat::ntriples, DocumentFormat::turtle, DocumentFormat::trig})
    EXPECT_TRUE(read_document(as_bytes("<urn:a> <urn:p> \"x\" .\n"), format, {}, sink));
  EXPECT_EQ(sink.lines.size(), 4U);
}

}  // namespace
}  // namespace provchain::storage::rdf
