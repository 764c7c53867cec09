// SPDX-License-Identifier: Apache-2.0
// Why bytes are not RDF that this ledger takes: a named reason and the place. Never allocates; the texts are for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace provchain::storage::rdf {

enum class RdfErrc : std::uint8_t {
  expected_subject,       // a statement begins with an IRI or a blank node
  expected_predicate,     // an IRI
  expected_object,        // an IRI, a blank node or a literal
  expected_graph_or_dot,  // an IRI, a blank node or the final dot
  expected_dot,
  expected_line_end,  // something but a comment follows the final dot
  unexpected_graph,   // N-Triples and Turtle have no graph names
  unterminated_iri,
  bad_iri_character,     // a character that IRIREF excludes, plain or escaped
  relative_iri,          // no scheme: such a name means nothing outside its document
  unterminated_literal,  // no closing quote on the line
  bad_escape,            // not one of \t \b \n \r \f \" \' \\ \uXXXX \UXXXXXXXX
  bad_code_point,        // an escaped surrogate, or beyond U+10FFFF
  bad_utf8,              // overlong, surrogate, truncated, beyond U+10FFFF
  bad_blank_node_label,
  bad_language_tag,   // not [a-zA-Z]+(-[a-zA-Z0-9]+)*
  expected_datatype,  // ^^ is followed by an IRI
  language_string_without_tag,
  term_too_long,
  line_too_long,
  missing_final_newline,   // canonical: every line ends with LF
  line_without_statement,  // canonical: no comments, no empty lines
  space_not_canonical,     // canonical: terms are parted by one space
  escape_not_canonical,    // canonical: another spelling of this character is the canonical one
  datatype_not_canonical,  // canonical: xsd:string is left out
  not_ascending,           // canonical: a line is not greater than the one before
  blank_node,              // blank nodes are not supported yet
  reserved_graph,          // urn:provchain: names graphs of the ledger itself
  line_exceeds_transaction,
  document_too_large,
  nesting_too_deep,
  nul_character,
  bad_turtle,  // the Turtle or TriG reader refused the document
};

struct Position {
  std::uint64_t line = 1;    // from 1
  std::uint64_t column = 1;  // from 1, in characters
  bool operator==(const Position&) const = default;
};

struct RdfError {
  RdfErrc code{};
  Position at;
  bool operator==(const RdfError&) const = default;
};

// One clause for people, without the place: "no relative IRIs: write the whole IRI".
[[nodiscard]] std::string_view to_string(RdfErrc code);
// The stable name, as in the enumeration.
[[nodiscard]] std::string_view name_of(RdfErrc code);
// "line:column: clause". With a file name before it, the one line an operator reads.
[[nodiscard]] std::string to_string(const RdfError& error);

}  // namespace provchain::storage::rdf
