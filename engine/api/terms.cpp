// SPDX-License-Identifier: Apache-2.0
#include "engine/api/terms.hpp"

#include "storage/rdf/canonical.hpp"

namespace provchain::api {
namespace {

using storage::rdf::Quad;
using storage::rdf::TermKind;

Problem bad_term(std::string_view name, storage::rdf::RdfErrc why) { return bad_parameter(name, storage::rdf::to_string(why)); }

}  // namespace

Result<std::string, Problem> iri_term(std::string_view name, std::string_view text) {
  if (text.size() >= 2 && text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
  const auto checked = storage::rdf::check_iri(text);
  if (!checked) return std::unexpected(bad_term(name, checked.error()));
  return '<' + std::string(text) + '>';
}

Result<std::string, Problem> object_term(std::string_view name, std::string_view text) {
  if (!text.starts_with('"')) return iri_term(name, text);
  // The scanner reads statements, so the term is put into one. What is more than one literal is then more than one object or
  // statement.
  const std::string statement = "<urn:s> <urn:p> " + std::string(text) + " .";
  storage::rdf::NQuadsScanner scanner(as_bytes(statement));
  Quad quad;
  const auto first = scanner.next(quad);
  if (!first) return std::unexpected(bad_term(name, first.error().code));
  if (!*first || quad.object.kind != TermKind::literal || quad.graph.kind != TermKind::none ||
      quad.line.size() != statement.size())
    return std::unexpected(bad_parameter(name, "expected one term"));
  std::string term;
  storage::rdf::append_canonical_term(term, quad.object);
  return term;
}

Result<PatternTerms, Problem> PatternTerms::from(const QueryParams& query) {
  PatternTerms terms;
  if (const auto text = query.text("s")) {
    PVC_TRY(terms.subject, iri_term("s", *text));
  }
  if (const auto text = query.text("p")) {
    PVC_TRY(terms.predicate, iri_term("p", *text));
  }
  if (const auto text = query.text("o")) {
    PVC_TRY(terms.object, object_term("o", *text));
  }
  if (const auto text = query.text("g")) {
    PVC_TRY(terms.graph, iri_term("g", *text));
  }
  return terms;
}

}  // namespace provchain::api
