// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/error.hpp"

#include "base/check.hpp"

namespace provchain::storage::rdf {

std::string_view to_string(RdfErrc code) {
  switch (code) {
    case RdfErrc::expected_subject:
      return "expected a subject: an IRI in <> or a blank node";
    case RdfErrc::expected_predicate:
      return "expected a predicate: an IRI in <>";
    case RdfErrc::expected_object:
      return "expected an object: an IRI in <>, a literal in \"\" or a blank node";
    case RdfErrc::expected_graph_or_dot:
      return "expected a graph name or the final dot";
    case RdfErrc::expected_dot:
      return "expected the final dot";
    case RdfErrc::expected_line_end:
      return "expected the end of the line after the final dot";
    case RdfErrc::unexpected_graph:
      return "this format has no graph names: use N-Quads or TriG";
    case RdfErrc::unterminated_iri:
      return "an IRI has no closing >";
    case RdfErrc::bad_iri_character:
      return "a character that no IRI may contain";
    case RdfErrc::relative_iri:
      return "a relative IRI: write the whole IRI, with its scheme";
    case RdfErrc::unterminated_literal:
      return "a literal has no closing quote on its line";
    case RdfErrc::bad_escape:
      return "an unknown escape sequence";
    case RdfErrc::bad_code_point:
      return "an escape that names no Unicode character";
    case RdfErrc::bad_utf8:
      return "not UTF-8";
    case RdfErrc::bad_blank_node_label:
      return "not a blank node label";
    case RdfErrc::bad_language_tag:
      return "not a language tag";
    case RdfErrc::expected_datatype:
      return "expected a datatype IRI in <> after ^^";
    case RdfErrc::language_string_without_tag:
      return "rdf:langString needs a language tag: write \"text\"@tag";
    case RdfErrc::term_too_long:
      return "a term longer than 1 MiB";
    case RdfErrc::line_too_long:
      return "a line longer than four terms can be";
    case RdfErrc::missing_final_newline:
      return "not canonical: the last line has no newline";
    case RdfErrc::line_without_statement:
      return "not canonical: a comment or an empty line";
    case RdfErrc::space_not_canonical:
      return "not canonical: one space parts two terms";
    case RdfErrc::escape_not_canonical:
      return "not canonical: this character is spelled otherwise";
    case RdfErrc::datatype_not_canonical:
      return "not canonical: xsd:string is left out";
    case RdfErrc::not_ascending:
      return "not canonical: a line is not greater than the one before it";
    case RdfErrc::blank_node:
      return "blank nodes are not supported yet: give the node an IRI";
    case RdfErrc::reserved_graph:
      return "graphs in urn:provchain: belong to the ledger: choose another name";
    case RdfErrc::line_exceeds_transaction:
      return "one statement does not fit into a transaction of this network";
    case RdfErrc::document_too_large:
      return "the document is too large";
    case RdfErrc::nesting_too_deep:
      return "brackets are nested too deeply";
    case RdfErrc::nul_character:
      return "a NUL character";
    case RdfErrc::bad_turtle:
      return "not valid Turtle or TriG";
  }
  PVC_UNREACHABLE();
}

std::string_view name_of(RdfErrc code) {
  switch (code) {
    case RdfErrc::expected_subject:
      return "expected_subject";
    case RdfErrc::expected_predicate:
      return "expected_predicate";
    case RdfErrc::expected_object:
      return "expected_object";
    case RdfErrc::expected_graph_or_dot:
      return "expected_graph_or_dot";
    case RdfErrc::expected_dot:
      return "expected_dot";
    case RdfErrc::expected_line_end:
      return "expected_line_end";
    case RdfErrc::unexpected_graph:
      return "unexpected_graph";
    case RdfErrc::unterminated_iri:
      return "unterminated_iri";
    case RdfErrc::bad_iri_character:
      return "bad_iri_character";
    case RdfErrc::relative_iri:
      return "relative_iri";
    case RdfErrc::unterminated_literal:
      return "unterminated_literal";
    case RdfErrc::bad_escape:
      return "bad_escape";
    case RdfErrc::bad_code_point:
      return "bad_code_point";
    case RdfErrc::bad_utf8:
      return "bad_utf8";
    case RdfErrc::bad_blank_node_label:
      return "bad_blank_node_label";
    case RdfErrc::bad_language_tag:
      return "bad_language_tag";
    case RdfErrc::expected_datatype:
      return "expected_datatype";
    case RdfErrc::language_string_without_tag:
      return "language_string_without_tag";
    case RdfErrc::term_too_long:
      return "term_too_long";
    case RdfErrc::line_too_long:
      return "line_too_long";
    case RdfErrc::missing_final_newline:
      return "missing_final_newline";
    case RdfErrc::line_without_statement:
      return "line_without_statement";
    case RdfErrc::space_not_canonical:
      return "space_not_canonical";
    case RdfErrc::escape_not_canonical:
      return "escape_not_canonical";
    case RdfErrc::datatype_not_canonical:
      return "datatype_not_canonical";
    case RdfErrc::not_ascending:
      return "not_ascending";
    case RdfErrc::blank_node:
      return "blank_node";
    case RdfErrc::reserved_graph:
      return "reserved_graph";
    case RdfErrc::line_exceeds_transaction:
      return "line_exceeds_transaction";
    case RdfErrc::document_too_large:
      return "document_too_large";
    case RdfErrc::nesting_too_deep:
      return "nesting_too_deep";
    case RdfErrc::nul_character:
      return "nul_character";
    case RdfErrc::bad_turtle:
      return "bad_turtle";
  }
  PVC_UNREACHABLE();
}

std::string to_string(const RdfError& error) {
  std::string text = std::to_string(error.at.line) + ":" + std::to_string(error.at.column) + ": ";
  text += to_string(error.code);
  return text;
}

}  // namespace provchain::storage::rdf
