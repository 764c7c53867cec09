// SPDX-License-Identifier: Apache-2.0
#include "storage/index/quad_scan.hpp"

#include "storage/index/dictionary.hpp"
#include "storage/rdf/nquads.hpp"

namespace provchain::storage {
namespace {

Permutation choose(bool subject, bool predicate, bool object, bool graph) {
  if (subject && predicate && object) return Permutation::spog;
  if (graph) return Permutation::gspo;
  if (subject && object) return Permutation::ospg;
  if (subject) return Permutation::spog;
  if (predicate) return Permutation::posg;
  if (object) return Permutation::ospg;
  return Permutation::spog;
}

// One canonical term that may stand as an object, or an IRI where only that may stand. Read as the object of a line, so that the
// rules are those of the scanner that every transaction passes.
bool is_term(std::string_view spelling, bool iri_only) {
  const std::string line = "<urn:a> <urn:a> " + std::string(spelling) + " .\n";
  rdf::NQuadsScanner scanner(as_bytes(line), rdf::Syntax::canonical_nquads);
  rdf::Quad quad;
  const auto more = scanner.next(quad);
  if (!more || !*more || quad.object.text != spelling || quad.graph.kind != rdf::TermKind::none) return false;
  return quad.object.kind == rdf::TermKind::iri || (!iri_only && quad.object.kind == rdf::TermKind::literal);
}

}  // namespace

ScanPlan plan_of(const IdPattern& pattern) {
  ScanPlan plan{.permutation = choose(pattern.subject.has_value(), pattern.predicate.has_value(), pattern.object.has_value(),
                                      pattern.graph.has_value()),
                .prefix = {}};
  for (const auto& id : ordered(plan.permutation, pattern)) {
    if (!id) break;
    append_term_key(plan.prefix, *id);
  }
  return plan;
}

Permutation permutation_for(const QuadPattern& pattern) {
  return choose(!pattern.subject.empty(), !pattern.predicate.empty(), !pattern.object.empty(), !pattern.graph.empty());
}

bool matches(const IdPattern& pattern, const QuadIds& quad) {
  return pattern.subject.value_or(quad.subject) == quad.subject && pattern.predicate.value_or(quad.predicate) == quad.predicate &&
         pattern.object.value_or(quad.object) == quad.object && pattern.graph.value_or(quad.graph) == quad.graph;
}

lmdb::Database table_of(const IndexTables& tables, Permutation permutation) {
  switch (permutation) {
    case Permutation::spog:
      return tables.spog;
    case Permutation::posg:
      return tables.posg;
    case Permutation::ospg:
      return tables.ospg;
    case Permutation::gspo:
      return tables.gspo;
  }
  PVC_UNREACHABLE();
}

CursorKind cursor_kind_of(Permutation permutation) {
  switch (permutation) {
    case Permutation::spog:
      return CursorKind::spog;
    case Permutation::posg:
      return CursorKind::posg;
    case Permutation::ospg:
      return CursorKind::ospg;
    case Permutation::gspo:
      return CursorKind::gspo;
  }
  PVC_UNREACHABLE();
}

StorageResult<std::optional<IdPattern>> ids_of(const IndexStore& store, const lmdb::Txn& txn, const QuadPattern& pattern) {
  struct Member {
    std::string_view spelling;
    bool iri_only;
    std::optional<TermId> IdPattern::* id;
  };
  const Member members[] = {{pattern.subject, true, &IdPattern::subject},
                            {pattern.predicate, true, &IdPattern::predicate},
                            {pattern.object, false, &IdPattern::object},
                            {pattern.graph, true, &IdPattern::graph}};
  for (const Member& member : members)
    if (!member.spelling.empty() && !is_term(member.spelling, member.iri_only))
      return std::unexpected(
          Error{.code = Errc::bad_term, .where = "pattern", .detail = std::string(member.spelling.substr(0, 200))});
  IdPattern ids;
  for (const Member& member : members) {
    if (member.spelling.empty()) continue;
    PVC_TRY(ids.*member.id, find_term(store, txn, member.spelling));
    if (!(ids.*member.id)) return std::optional<IdPattern>{};
  }
  return std::optional<IdPattern>(ids);
}

}  // namespace provchain::storage
