// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/nquads.hpp"

#include <gtest/gtest.h>

#include "tests/storage/rdf/w3c.hpp"

namespace provchain::storage::rdf {
namespace {

struct Outcome {
  std::vector<std::string> lines;
  std::optional<RdfError> error;
  bool operator==(const Outcome&) const = default;
};

Outcome scan(std::string_view text, Syntax syntax = Syntax::nquads) {
  NQuadsScanner scanner(as_bytes(text), syntax);
  Outcome outcome;
  Quad quad;
  for (;;) {
    const Result<bool, RdfError> step = scanner.next(quad);
    if (!step) outcome.error = step.error();
    if (!step || !*step) return outcome;
    outcome.lines.emplace_back(quad.line);
  }
}

Outcome scan_in_chunks(std::string_view text, std::size_t chunk_bytes, Syntax syntax = Syntax::nquads) {
  NQuadsReader reader(syntax);
  Outcome outcome;
  Quad quad;
  for (;;) {
    const Result<ReadStep, RdfError> step = reader.next(quad);
    if (!step) outcome.error = step.error();
    if (!step || *step == ReadStep::finished) return outcome;
    if (*step == ReadStep::quad) {
      outcome.lines.emplace_back(quad.line);
    } else if (text.empty()) {
      reader.end();
    } else {
      reader.extend(as_bytes(text.substr(0, chunk_bytes)));
      text.remove_prefix(std::min(chunk_bytes, text.size()));
    }
  }
}

// The one quad of a text that has exactly one; the text must outlive it.
struct OneQuad {
  explicit OneQuad(std::string_view text, Syntax syntax = Syntax::nquads) : scanner(as_bytes(text), syntax) {
    const Result<bool, RdfError> step = scanner.next(quad);
    EXPECT_TRUE(step && *step) << text << (step ? "" : to_string(step.error()));
  }
  NQuadsScanner scanner;
  Quad quad;
};

void expect_refused(std::string_view text, RdfErrc code, Position at, Syntax syntax = Syntax::nquads) {
  const Outcome outcome = scan(text, syntax);
  ASSERT_TRUE(outcome.error.has_value()) << text;
  EXPECT_EQ(name_of(outcome.error->code), name_of(code)) << text;
  EXPECT_EQ(outcome.error->at, at) << text << " gives " << to_string(*outcome.error);
  EXPECT_EQ(scan_in_chunks(text, 3, syntax), outcome) << text;
}

void run_suite(const std::string& folder, Syntax syntax, std::size_t expected_count) {
  const std::vector<testing::ManifestEntry> entries =
      testing::read_manifest(testing::data_path("conformance/rdf-tests/rdf/rdf11/" + folder));
  PVC_SKIP_WITHOUT(!entries.empty());
  EXPECT_EQ(entries.size(), expected_count);
  for (const testing::ManifestEntry& entry : entries) {
    const std::optional<std::string> text = testing::read_file(entry.action);
    ASSERT_TRUE(text.has_value()) << entry.action;
    const bool is_positive = entry.type.find("Positive") != std::string::npos;
    const Outcome outcome = scan(*text, syntax);
    EXPECT_EQ(!outcome.error.has_value(), is_positive) << entry.name << (outcome.error ? to_string(*outcome.error) : "");
    EXPECT_EQ(scan_in_chunks(*text, 7, syntax), outcome) << entry.name;
  }
}

TEST(NQuadsScanner, PassesTheWholeW3cNTriplesSuite) { run_suite("rdf-n-triples", Syntax::ntriples, 70); }
TEST(NQuadsScanner, PassesTheWholeW3cNQuadsSuite) { run_suite("rdf-n-quads", Syntax::nquads, 87); }

TEST(NQuadsScanner, GivesTermsAsWrittenAndResolved) {
  const OneQuad one("<urn:\\u0061> <urn:p> \"a\\tb\\U0001F600\"@en-GB <urn:g> . # note\n");
  EXPECT_EQ(one.quad.subject.value, "urn:a");
  EXPECT_EQ(one.quad.subject.text, "<urn:\\u0061>");
  EXPECT_EQ(one.quad.object.value, "a\tb\xF0\x9F\x98\x80");
  EXPECT_EQ(one.quad.object.language, "en-GB");
  EXPECT_EQ(one.quad.object.datatype, rdf_lang_string);
  EXPECT_EQ(one.quad.graph.text, "<urn:g>");
  EXPECT_TRUE(one.quad.line.ends_with("<urn:g> ."));
}

TEST(NQuadsScanner, GivesBlankNodeLabelsWithoutTheFinalDot) {
  const OneQuad one("_:a.b <urn:p> _:0.");
  EXPECT_EQ(one.quad.subject.value, "a.b");
  EXPECT_EQ(one.quad.object.value, "0");
  EXPECT_EQ(one.quad.graph.kind, TermKind::none);
}

TEST(NQuadsScanner, CountsLinesEndedByLfCrAndBoth) {
  const std::string line = "<urn:s> <urn:p> <urn:o> .";
  expect_refused(line + "\r\n" + line + "\r" + line + "\n\n# c\n  x", RdfErrc::expected_subject, {6, 3});
}

TEST(NQuadsScanner, NamesTheReasonAndThePlaceOfEveryRefusal) {
  expect_refused("\"s\" <urn:p> <urn:o> .\n", RdfErrc::expected_subject, {1, 1});
  expect_refused("<urn:s> _:p <urn:o> .\n", RdfErrc::expected_predicate, {1, 9});
  expect_refused("<urn:s> <urn:p> .\n", RdfErrc::expected_object, {1, 17});
  expect_refused("<urn:s> <urn:p> <urn:o>\n", RdfErrc::expected_graph_or_dot, {1, 24});
  expect_refused("<urn:s> <urn:p> <urn:o> <urn:g> <urn:h> .\n", RdfErrc::expected_dot, {1, 33});
  expect_refused("<urn:s> <urn:p> <urn:o> . <urn:s>\n", RdfErrc::expected_line_end, {1, 27});
  expect_refused("<urn:s> <urn:p> <urn:o> <urn:g> .\n", RdfErrc::unexpected_graph, {1, 25}, Syntax::ntriples);
  expect_refused("<urn:s> <urn:p> <urn:o\n", RdfErrc::unterminated_iri, {1, 17});
  expect_refused("<urn:s> <urn:p> <urn:a b> .\n", RdfErrc::bad_iri_character, {1, 23});
  expect_refused("<urn:s> <urn:p> <urn:a\\u0020b> .\n", RdfErrc::bad_iri_character, {1, 23});
  expect_refused("<urn:s> <urn:p> <urn:a\\u0041 > .\n", RdfErrc::bad_iri_character, {1, 29});
  expect_refused("\n<relative> <urn:p> <urn:o> .\n", RdfErrc::relative_iri, {2, 1});
  expect_refused("<urn:s> <urn:p> <\\u002Fx> .\n", RdfErrc::relative_iri, {1, 17});
  expect_refused("<urn:s> <urn:p> \"abc .\n", RdfErrc::unterminated_literal, {1, 17});
  expect_refused("<urn:s> <urn:p> \"a\\n .\n", RdfErrc::unterminated_literal, {1, 17});
  expect_refused("<urn:s> <urn:p> \"\\x\" .\n", RdfErrc::bad_escape, {1, 18});
  expect_refused("<urn:s> <urn:p> \"\\u12G4\" .\n", RdfErrc::bad_escape, {1, 18});
  expect_refused("<urn:s> <urn:p> <urn:\\n> .\n", RdfErrc::bad_escape, {1, 22});
  expect_refused("<urn:s> <urn:p> \"\\uD800\" .\n", RdfErrc::bad_code_point, {1, 18});
  expect_refused("<urn:s> <urn:p> \"\\U00110000\" .\n", RdfErrc::bad_code_point, {1, 18});
  expect_refused("_: <urn:p> <urn:o> .\n", RdfErrc::bad_blank_node_label, {1, 1});
  expect_refused("_:-a <urn:p> <urn:o> .\n", RdfErrc::bad_blank_node_label, {1, 1});
  expect_refused("<urn:s> <urn:p> \"a\"@1 .\n", RdfErrc::bad_language_tag, {1, 20});
  expect_refused("<urn:s> <urn:p> \"a\"@en- .\n", RdfErrc::bad_language_tag, {1, 20});
  expect_refused("<urn:s> <urn:p> \"a\"^^xsd .\n", RdfErrc::expected_datatype, {1, 20});
  expect_refused("<urn:s> <urn:p> \"a\"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString> .\n",
                 RdfErrc::language_string_without_tag, {1, 20});
}

TEST(NQuadsScanner, RefusesEveryKindOfBadUtf8AndCountsColumnsInCharacters) {
  for (const std::string_view bad : {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                                     "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE2\x82"}) {
    expect_refused("<urn:\xC3\xA9> <urn:p> \"\xE2\x82\xAC" + std::string(bad) + "\" .\n", RdfErrc::bad_utf8, {1, 19});
    expect_refused("<urn:\xC3\xA9> <urn:p> \"\\t" + std::string(bad) + "\" .\n", RdfErrc::bad_utf8, {1, 20});
    expect_refused("<urn:a" + std::string(bad) + "> <urn:p> \"\" .\n", RdfErrc::bad_utf8, {1, 7});
    expect_refused("<urn:\\u0061" + std::string(bad) + "> <urn:p> \"\" .\n", RdfErrc::bad_utf8, {1, 12});
    expect_refused("_:a" + std::string(bad) + " <urn:p> \"\" .\n", RdfErrc::bad_utf8, {1, 4});
    expect_refused("# " + std::string(bad) + "\n", RdfErrc::bad_utf8, {1, 3});
  }
}

TEST(NQuadsScanner, BoundsTermsAndLines) {
  const std::string fits(limits::term_bytes_max - 2, 'x');
  EXPECT_FALSE(scan("<urn:s> <urn:p> \"" + fits + "\" .\n").error.has_value());
  const std::string long_term = "<urn:s> <urn:p> \"" + fits + "x\" .\n";
  EXPECT_EQ(scan(long_term).error, (RdfError{RdfErrc::term_too_long, {1, 17}}));
  const std::string long_line = "\n#" + std::string(line_bytes_max, 'x');
  EXPECT_EQ(scan(long_line).error, (RdfError{RdfErrc::line_too_long, {2, 1}}));
  EXPECT_EQ(scan_in_chunks(long_line, 100'000), scan(long_line));
  EXPECT_FALSE(scan(long_line.substr(0, line_bytes_max + 1)).error.has_value());
}

TEST(NQuadsScanner, CanonicalModeRefusesEveryOtherSpelling) {
  const auto refused = [](std::string_view text, RdfErrc code, Position at) {
    expect_refused(text, code, at, Syntax::canonical_nquads);
  };
  EXPECT_FALSE(
      scan("<urn:s> <urn:p> \"\\u0000\\u007F\\b\\t\\n\\f\\r\\\"\\\\\"^^<urn:t> _:c14n0 .\n", Syntax::canonical_nquads).error);
  refused("# c\n", RdfErrc::line_without_statement, {1, 1});
  refused("<urn:s> <urn:p> <urn:o> .\n\n", RdfErrc::line_without_statement, {2, 1});
  refused("<urn:s>  <urn:p> <urn:o> .\n", RdfErrc::space_not_canonical, {1, 9});
  refused("<urn:s><urn:p> <urn:o> .\n", RdfErrc::space_not_canonical, {1, 8});
  refused("<urn:s> <urn:p> <urn:o>.\n", RdfErrc::space_not_canonical, {1, 24});
  refused("<urn:s> <urn:p> <urn:o> . \n", RdfErrc::space_not_canonical, {1, 26});
  refused("<urn:s> <urn:p> <urn:o> .\r\n", RdfErrc::space_not_canonical, {1, 26});
  refused("<urn:s> <urn:p> <urn:o> .", RdfErrc::missing_final_newline, {1, 26});
  refused("<urn:\\u0061> <urn:p> <urn:o> .\n", RdfErrc::escape_not_canonical, {1, 6});
  refused("<urn:s> <urn:p> \"\\'\" .\n", RdfErrc::escape_not_canonical, {1, 18});
  refused("<urn:s> <urn:p> \"\\u0009\" .\n", RdfErrc::escape_not_canonical, {1, 18});
  refused("<urn:s> <urn:p> \"\\u000b\" .\n", RdfErrc::escape_not_canonical, {1, 18});
  refused("<urn:s> <urn:p> \"\\U0000000B\" .\n", RdfErrc::escape_not_canonical, {1, 18});
  refused("<urn:s> <urn:p> \"\t\" .\n", RdfErrc::escape_not_canonical, {1, 18});
  refused("<urn:s> <urn:p> \"\\n\t\" .\n", RdfErrc::escape_not_canonical, {1, 20});
  refused("<urn:s> <urn:p> \"\x7F\" .\n", RdfErrc::escape_not_canonical, {1, 18});
  refused("<urn:s> <urn:p> \"\"^^<http://www.w3.org/2001/XMLSchema#string> .\n", RdfErrc::datatype_not_canonical, {1, 19});
}

TEST(NQuadsReader, ReadsRealLogsAsTheScannerDoes) {
  const std::optional<std::string> text = testing::read_file(testing::data_path("provenance/ucsb-izc00012194.nq"));
  PVC_SKIP_WITHOUT(text);
  const Outcome whole = scan(*text);
  EXPECT_FALSE(whole.error.has_value());
  EXPECT_EQ(whole.lines.size(), 902U);
  EXPECT_EQ(scan(*text, Syntax::canonical_nquads), whole);
  for (const std::size_t chunk_bytes : {1U, 64U, 4'096U}) EXPECT_EQ(scan_in_chunks(*text, chunk_bytes), whole);
}

}  // namespace
}  // namespace provchain::storage::rdf
