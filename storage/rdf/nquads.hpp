// SPDX-License-Identifier: Apache-2.0
// A strict scanner for N-Quads and N-Triples (W3C, RDF 1.1): one pass, UTF-8 and IRIs checked, no allocation per term. It faces
// the network, so every refusal has a name and a place and all work is bounded by the bytes given.
//   1. A Quad's views point into the scanned bytes, or, for terms with escapes, into the scanner; they hold until the next call
//   of next().
//   2. After an error the scanner is spent: next() gives the same error again.
//   3. Read in chunks or whole, a document yields the same quads and the same error.
// One thread at a time.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "storage/rdf/term.hpp"

namespace provchain::storage::rdf {

enum class Syntax : std::uint8_t {
  nquads,
  ntriples,
  canonical_nquads,  // the canonical form of each line (RDFC-1.0); their order is canonical.hpp's question
};

// From the start of a line to its LF. A longer line cannot hold four terms of acceptable length.
inline constexpr std::size_t line_bytes_max = 4 * limits::term_bytes_max + 64;

// Scans bytes that are all there.
class NQuadsScanner {
 public:
  // `text` must outlive the scanner and its quads.
  explicit NQuadsScanner(Bytes text PVC_LIFETIMEBOUND, Syntax syntax = Syntax::nquads) : syntax_(syntax) { reset(text, 1); }

  // True: `quad` is the next statement. False: the text is at its end.
  [[nodiscard]] Result<bool, RdfError> next(Quad& quad);

  // Goes on with other bytes, whose first line has number `line`.
  void reset(Bytes text, std::uint64_t line);
  // The number of the line that comes next.
  [[nodiscard]] std::uint64_t line() const { return line_; }

 private:
  using Pointer = const std::uint8_t*;
  [[nodiscard]] bool open_segment();
  void take_line_end();
  [[nodiscard]] bool fail(RdfErrc code, Pointer at);
  [[nodiscard]] bool at_line_end() const { return at_ == segment_end_ || *at_ == '\n' || *at_ == '\r'; }
  void skip_blanks();
  [[nodiscard]] bool skip_comment();

  [[nodiscard]] bool scan_statement(Quad& quad);
  [[nodiscard]] bool scan_separator();
  [[nodiscard]] bool scan_dot(Quad& quad, Pointer start);
  [[nodiscard]] bool scan_rest_of_line();
  [[nodiscard]] bool scan_iri(Term& term);
  [[nodiscard]] bool scan_escaped_iri(Term& term, Pointer start);
  [[nodiscard]] bool scan_blank_node(Term& term);
  [[nodiscard]] bool scan_literal(Term& term);
  [[nodiscard]] bool scan_escaped_string(std::string_view& value, Pointer start, Pointer backslash);
  [[nodiscard]] bool scan_language(Term& term);
  [[nodiscard]] bool scan_datatype(Term& term);
  [[nodiscard]] bool scan_escape(std::uint32_t& code, bool in_iri);
  [[nodiscard]] bool finish_term(Term& term, Pointer start);
  char* scratch_for(std::size_t bytes);

  Syntax syntax_;
  Pointer at_ = nullptr;
  Pointer end_ = nullptr;
  Pointer segment_end_ = nullptr;  // behind the LF of the current line, or end_
  Pointer line_start_ = nullptr;
  std::uint64_t line_ = 1;
  std::vector<char> scratch_;  // resolved escapes of the current statement; never grows within one
  std::size_t scratch_used_ = 0;
  std::optional<RdfError> error_;
};

enum class ReadStep : std::uint8_t {
  quad,
  need_more,  // extend() or end()
  finished,
};

// Scans bytes that come in chunks: extend() at first and whenever next() says need_more, end() after the last. Holds at most one
// unfinished line and one chunk.
class NQuadsReader {
 public:
  explicit NQuadsReader(Syntax syntax = Syntax::nquads) : scanner_({}, syntax) {}

  void extend(Bytes chunk);
  void end() { ended_ = true; }
  [[nodiscard]] Result<ReadStep, RdfError> next(Quad& quad);

 private:
  NQuadsScanner scanner_;
  ByteVector held_;
  std::size_t taken_ = 0;     // bytes of held_ that the scanner is done with
  std::size_t opened_ = 0;    // it works on the bytes from taken_ up to here
  std::size_t searched_ = 0;  // no LF between opened_ and here
  bool ended_ = false;
};

// Reads a whole document into `sink`.
[[nodiscard]] Result<void, RdfError> scan_nquads(Bytes text, Syntax syntax, QuadSink& sink);

}  // namespace provchain::storage::rdf
