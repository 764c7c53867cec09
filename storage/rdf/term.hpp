// SPDX-License-Identifier: Apache-2.0
// RDF terms as views. A Term owns nothing: whoever produced it says until when its views hold.
//   1. `text` is the term's one spelling in canonical N-Quads when it comes from a canonical line: equal terms have equal text,
//   so it may key a
//      dictionary. From any other source it is only what was written, or empty; canonical.hpp spells such a term.
//   2. A literal without datatype in the text has datatype xsd:string, or rdf:langString when it has a language.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "storage/rdf/error.hpp"

namespace provchain::storage::rdf {

inline constexpr std::string_view xsd_string = "http://www.w3.org/2001/XMLSchema#string";
inline constexpr std::string_view rdf_lang_string = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString";

enum class TermKind : std::uint8_t { none, iri, blank_node, literal };

struct Term {
  TermKind kind = TermKind::none;
  std::string_view text;      // as written: <iri>, _:label, "literal"@tag, "literal"^^<datatype>
  std::string_view value;     // IRI without <>, label without _:, lexical form; escapes are resolved
  std::string_view datatype;  // literals only: an IRI
  std::string_view language;  // literals with a language tag only, as written
};

struct Quad {
  Term subject;
  Term predicate;
  Term object;
  Term graph;             // kind none: the default graph
  std::string_view line;  // the statement as written, final dot included; no line end
  Position at;            // of the statement
};

// Takes statements one by one. The quad's views die when on_quad returns.
class QuadSink {
 public:
  virtual ~QuadSink() = default;
  // A refusal ends the reading and becomes the reader's error.
  [[nodiscard]] virtual Result<void, RdfErrc> on_quad(const Quad& quad) = 0;
};

// `iri` (escapes resolved) is UTF-8, has only characters that IRIREF admits, and begins with a scheme.
[[nodiscard]] Result<void, RdfErrc> check_iri(std::string_view iri);
// A scheme and its colon stand first.
[[nodiscard]] bool is_absolute(std::string_view iri);
[[nodiscard]] bool is_language_tag(std::string_view tag);
[[nodiscard]] bool is_blank_node_label(std::string_view label);

// For terms of another reader: the value, datatype and language of `term` are what the scanner would have accepted. `text` is not
// looked at.
[[nodiscard]] Result<void, RdfErrc> check_term(const Term& term);
// Every term is acceptable and stands where its kind may stand.
[[nodiscard]] Result<void, RdfErrc> check_quad(const Quad& quad);

// Graphs under this prefix are minted by the ledger itself.
inline constexpr std::string_view reserved_graph_prefix = "urn:provchain:";
// What well-formed statements the ledger does not take: those with blank nodes, and those that name a reserved graph.
[[nodiscard]] Result<void, RdfErrc> check_admitted(const Quad& quad);

}  // namespace provchain::storage::rdf
