// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/canonical.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/storage/rdf/w3c.hpp"

namespace provchain::storage::rdf {
namespace {

// The canonical form of an N-Quads document, or the name of why it has none.
std::string canonical_form(std::string_view text) {
  CanonicalDataset dataset(64 * 1024 * 1024);
  if (const Result<void, RdfError> done = scan_nquads(as_bytes(text), Syntax::nquads, dataset); !done)
    return std::string(name_of(done.error().code));
  dataset.finish();
  return join_lines(dataset.lines());
}

std::string sorted_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return join_lines(lines);
}

std::optional<RdfError> canonical_error(std::string_view payload) {
  CanonicalScanner scanner(as_bytes(payload));
  Quad quad;
  for (;;) {
    const Result<bool, RdfError> step = scanner.next(quad);
    if (!step) return step.error();
    if (!*step) return std::nullopt;
  }
}

TEST(CanonicalDataset, SpellsSortsAndDropsDuplicates) {
  EXPECT_EQ(canonical_form(
                "<urn:b> <urn:p> \"\\u0009\\u000b\\'\\u00e9\"^^<http://www.w3.org/2001/XMLSchema#string> .\r\n"
                "  <urn:a>\t<urn:p><urn:\\u0061><urn:g>. # c\n<urn:a> <urn:p> <urn:a> <urn:g> .\n<urn:a> <urn:p> \"x\"@EN ."),
            "<urn:a> <urn:p> \"x\"@EN .\n<urn:a> <urn:p> <urn:a> <urn:g> .\n<urn:b> <urn:p> \"\\t\\u000B'\xC3\xA9\" .\n");
}

TEST(CanonicalDataset, CountsWhatItDropped) {
  CanonicalDataset dataset(1'000);
  ASSERT_TRUE(scan_nquads(as_bytes("<urn:a> <urn:p> 'x' .\n"), Syntax::nquads, dataset).has_value() == false);
  ASSERT_TRUE(scan_nquads(as_bytes("<urn:a> <urn:p> \"x\" .\n<urn:a> <urn:p> \"x\" .\n"), Syntax::nquads, dataset));
  dataset.finish();
  EXPECT_EQ(dataset.lines().size(), 1U);
  EXPECT_EQ(dataset.duplicate_count(), 1U);
}

TEST(CanonicalDataset, RefusesWhatTheLedgerDoesNotTakeWithItsPlace) {
  EXPECT_EQ(canonical_form("<urn:a> <urn:p> _:b .\n"), "blank_node");
  EXPECT_EQ(canonical_form("_:b <urn:p> <urn:a> .\n"), "blank_node");
  EXPECT_EQ(canonical_form("<urn:b> <urn:p> <urn:a> _:g .\n"), "blank_node");
  EXPECT_EQ(canonical_form("<urn:b> <urn:p> <urn:a> <urn:provchain:ledger> .\n"), "reserved_graph");
  CanonicalDataset small(30);
  const Result<void, RdfError> done =
      scan_nquads(as_bytes("<urn:a> <urn:p> <urn:o> .\n\n<urn:b> <urn:p> <urn:o> ."), Syntax::nquads, small);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error(), (RdfError{RdfErrc::document_too_large, {3, 1}}));
}

TEST(CanonicalDataset, BoundsALiteralAsItIsSpelled) {
  const std::string controls(limits::term_bytes_max / 6 + 1, '\x01');
  EXPECT_EQ(canonical_form("<urn:a> <urn:p> \"" + controls + "\" .\n"), "term_too_long");
  const std::string form = canonical_form("<urn:a> <urn:p> \"" + controls.substr(1) + "\" .\n");
  EXPECT_FALSE(canonical_error(form).has_value());
}

TEST(CanonicalScanner, RefusesLinesThatDoNotAscend) {
  const std::string a = "<urn:a> <urn:p> <urn:o> .\n", b = "<urn:b> <urn:p> <urn:o> .\n";
  EXPECT_FALSE(canonical_error(a + b));
  EXPECT_EQ(canonical_error(b + a), (RdfError{RdfErrc::not_ascending, {2, 1}}));
  EXPECT_EQ(canonical_error(a + a), (RdfError{RdfErrc::not_ascending, {2, 1}}));
  EXPECT_FALSE(canonical_error(""));
  EXPECT_EQ(canonical_error(a + "#"), (RdfError{RdfErrc::missing_final_newline, {2, 2}}));
}

// RDF 1.2 adds triple terms and base directions, escapes U+FFFE and U+FFFF, and lowers language tags; RDFC-1.0 leaves these plain
// and as written.
bool is_beyond_rdf11(const std::string& name) {
  return name.find("triple-term") != std::string::npos || name.find("dirlang") != std::string::npos ||
         name.find("needing_uchar") != std::string::npos || name.find("langtagged") != std::string::npos;
}

TEST(CanonicalDataset, AgreesWithTheW3cCanonicalNQuadsTests) {
  std::size_t count = 0;
  for (const std::string& folder : {std::string("rdf-n-quads"), std::string("rdf-n-triples")}) {
    const std::string path = testing::data_path("conformance/rdf-tests/rdf/rdf12/" + folder + "/c14n");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "test data is not here: set PROVCHAIN_TEST_DATA";
    for (const auto& file : std::filesystem::directory_iterator(path)) {
      const std::string name = file.path().stem().string();
      const std::string expected_path = path + "/" + name + "-c14n" + file.path().extension().string();
      if (is_beyond_rdf11(name) || !std::filesystem::exists(expected_path)) continue;
      const std::string form = canonical_form(*testing::read_file(file.path().string()));
      EXPECT_EQ(form, sorted_lines(*testing::read_file(expected_path))) << file.path();  // these files are not sorted
      EXPECT_FALSE(canonical_error(form)) << file.path();
      ++count;
    }
  }
  EXPECT_GE(count, 40U);
}

TEST(CanonicalDataset, AgreesWithTheRdfcTestsThatHaveNoBlankNodes) {
  const std::string path = testing::data_path("conformance/rdf-canon/tests/rdfc10");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "test data is not here: set PROVCHAIN_TEST_DATA";
  std::size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(path)) {
    const std::string name = file.path().filename().string();
    if (!name.ends_with("-in.nq")) continue;
    const std::string form = canonical_form(*testing::read_file(file.path().string()));
    if (form == "blank_node") continue;
    const std::optional<std::string> expected = testing::read_file(path + "/" + name.substr(0, name.size() - 6) + "-rdfc10.nq");
    if (!expected) continue;
    EXPECT_EQ(form, *expected) << name;
    ++count;
  }
  EXPECT_GE(count, 3U);
}

// Every line of these real logs is canonical already: the canonical form is the sorted distinct lines, byte for byte.
void expect_sorted_lines(std::string_view log) {
  const std::string sorted = sorted_lines(log);
  ASSERT_EQ(canonical_form(log), sorted);
  EXPECT_FALSE(canonical_error(sorted));
}

TEST(CanonicalDataset, GivesTheSortedLinesOfTheUcsbLogs) {
  const std::optional<std::string> text = testing::read_file(testing::data_path("provenance/ucsb-izc00012194.nq"));
  PVC_SKIP_WITHOUT(text);
  expect_sorted_lines(*text);
}

TEST(CanonicalDataset, GivesTheSortedLinesOfTheFirstPrestonLogs) {
  const std::optional<std::string> chain =
      testing::read_zstd(testing::data_path("provenance/preston-dbg-2022.chain.tsv.zst"), 1'000'000);
  const std::optional<std::string> text =
      testing::read_zstd(testing::data_path("provenance/preston-dbg-2022.nq.zst"), 16 * 1024 * 1024);
  PVC_SKIP_WITHOUT(chain && text);
  std::size_t begin = chain->find('\n') + 1;
  std::size_t count = 0;
  while (begin < chain->size() && count < 200) {
    std::vector<std::string> columns(1);
    for (; (*chain)[begin] != '\n'; ++begin) {
      if ((*chain)[begin] == '\t') {
        columns.emplace_back();
      } else {
        columns.back() += (*chain)[begin];
      }
    }
    ++begin;
    ASSERT_EQ(columns.size(), 7U);
    const std::size_t offset = std::stoull(columns[4]), bytes = std::stoull(columns[5]);
    if (offset + bytes > text->size()) break;
    expect_sorted_lines(std::string_view(*text).substr(offset, bytes));
    ++count;
  }
  EXPECT_GT(count, 20U);
}

}  // namespace
}  // namespace provchain::storage::rdf
