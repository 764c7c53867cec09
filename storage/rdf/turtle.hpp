// SPDX-License-Identifier: Apache-2.0
// Turtle and TriG, for documents a client brings: read with Serd, under guard. Never in the node's path of consensus and never on
// a reactor: the document is whole in memory and the time is the reader's.
//   1. Strict, size-capped, and scanned for nesting, encoding and what Serd misreads (turtle_scan.hpp) before Serd sees a byte.
//   2. Any status but success, any call of Serd's error sink, and any byte left unread is an error.
//   3. Every term is checked as the N-Quads scanner would; relative IRIs are resolved here, by RFC 3986, and refused when there
//   is no base.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "storage/rdf/term.hpp"

namespace provchain::storage::rdf {

enum class TurtleSyntax : std::uint8_t { turtle, trig };

struct TurtleOptions {
  TurtleSyntax syntax = TurtleSyntax::turtle;
  std::string_view base_iri;  // absolute, or empty: then relative IRIs need an @base in the document
  std::size_t document_bytes_max = std::size_t{256} << 20;
};

// Reads the document into `sink`. A Quad's place is where its object ended. Blank nodes are passed on under labels of the
// reader's choosing.
[[nodiscard]] Result<void, RdfError> read_turtle(Bytes text, const TurtleOptions& options, QuadSink& sink);

}  // namespace provchain::storage::rdf
