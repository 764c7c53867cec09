// SPDX-License-Identifier: Apache-2.0
// The canonical form of a dataset without blank nodes, as RDFC-1.0 gives it: one line a quad in canonical N-Quads, bytewise
// ascending, no line twice.
//   Terms and the dot are parted by one space; every line ends with LF. Literals escape \b \t \n \f \r \" \\ and, as \uXXXX with
//   upper-case digits, U+0000-U+0007, U+000B, U+000E-U+001F and U+007F; everything else stands plain. IRIs stand plain, language
//   tags as they were written, and the datatype xsd:string is left out. Example: <urn:a> <urn:p> "two\nlines" <urn:g> .
#pragma once

#include <string>
#include <vector>

#include "storage/rdf/nquads.hpp"

namespace provchain::storage::rdf {

// The term in its canonical spelling.
void append_canonical_term(std::string& out, const Term& term);
// The whole line, final dot and LF included.
void append_canonical_line(std::string& out, const Quad& quad);

// Scans a payload that claims to be a canonical dataset: canonical lines, strictly ascending. Quad views into the payload hold as
// long as it does; values with escapes until the next call of next().
class CanonicalScanner {
 public:
  explicit CanonicalScanner(Bytes payload PVC_LIFETIMEBOUND) : scanner_(payload, Syntax::canonical_nquads) {}

  // True: `quad` is the next statement. False: the payload is at its end and canonical throughout.
  [[nodiscard]] Result<bool, RdfError> next(Quad& quad);

 private:
  NQuadsScanner scanner_;
  std::string_view previous_;
};

// Brings statements of any source and order into canonical form: fill it as a sink, then finish(). The memory is the lines' own
// bytes and one view a line. Statements that the ledger does not take (check_admitted) are refused.
class CanonicalDataset final : public QuadSink {
 public:
  // `bytes_max` bounds the lines before duplicates go.
  explicit CanonicalDataset(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  [[nodiscard]] Result<void, RdfErrc> on_quad(const Quad& quad) override;

  // Sorts, and drops duplicates. Nothing may be added afterwards.
  void finish();

  // After finish(): the lines without LF, ascending. Valid as long as the dataset.
  [[nodiscard]] const std::vector<std::string_view>& lines() const PVC_LIFETIMEBOUND { return lines_; }
  // After finish(): how many of the statements added were there already.
  [[nodiscard]] std::size_t duplicate_count() const { return ends_.size() - lines_.size(); }

 private:
  std::size_t bytes_max_;
  std::string text_;               // the lines in the order they came
  std::vector<std::size_t> ends_;  // where each of them ends in text_, its LF included
  std::vector<std::string_view> lines_;
};

// Each line with its LF: a transaction's payload.
[[nodiscard]] std::string join_lines(std::span<const std::string_view> lines);

}  // namespace provchain::storage::rdf
