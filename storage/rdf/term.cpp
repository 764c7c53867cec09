// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/term.hpp"

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"
#include "storage/rdf/characters.hpp"

namespace provchain::storage::rdf {

bool is_absolute(std::string_view iri) {
  if (iri.empty() || !characters::is(static_cast<std::uint8_t>(iri[0]), characters::alpha)) return false;
  for (const char c : iri) {
    if (c == ':') return true;
    if (!characters::is(static_cast<std::uint8_t>(c), characters::scheme)) return false;
  }
  return false;
}

Result<void, RdfErrc> check_iri(std::string_view iri) {
  const Bytes bytes = as_bytes(iri);
  const std::uint8_t* at = bytes.data();
  const std::uint8_t* const end = at + bytes.size();
  while (at != end) {
    if (*at < 0x80) {
      if (!characters::is(*at, characters::iri)) return std::unexpected(RdfErrc::bad_iri_character);
      ++at;
      continue;
    }
    const characters::Decoded decoded = characters::decode_utf8(at, end);
    if (decoded.bytes == 0) return std::unexpected(RdfErrc::bad_utf8);
    at += decoded.bytes;
  }
  if (!is_absolute(iri)) return std::unexpected(RdfErrc::relative_iri);
  return {};
}

bool is_language_tag(std::string_view tag) {
  std::uint8_t allowed = characters::alpha;  // digits only behind the first hyphen
  std::size_t subtag_bytes = 0;
  for (const char c : tag) {
    if (c == '-') {
      if (subtag_bytes == 0) return false;
      allowed = characters::alpha | characters::digit;
      subtag_bytes = 0;
      continue;
    }
    if (!characters::is(static_cast<std::uint8_t>(c), allowed)) return false;
    ++subtag_bytes;
  }
  return subtag_bytes > 0;
}

bool is_blank_node_label(std::string_view label) {
  const Bytes bytes = as_bytes(label);
  const std::uint8_t* at = bytes.data();
  const std::uint8_t* const end = at + bytes.size();
  std::uint32_t last = '.';
  while (at != end) {
    const characters::Decoded decoded = characters::decode_utf8(at, end);
    if (decoded.bytes == 0) return false;
    const bool first = at == bytes.data();
    const bool fits = first ? characters::is_label_start(decoded.code_point)
                            : decoded.code_point == '.' || characters::is_label(decoded.code_point);
    if (!fits) return false;
    last = decoded.code_point;
    at += decoded.bytes;
  }
  return last != '.';
}

namespace {

Result<void, RdfErrc> check_literal(const Term& term) {
  const Bytes bytes = as_bytes(term.value);
  const std::uint8_t* const end = bytes.data() + bytes.size();
  for (const std::uint8_t* at = bytes.data(); at != end;) {
    const characters::Decoded decoded = characters::decode_utf8(at, end);
    if (decoded.bytes == 0) return std::unexpected(RdfErrc::bad_utf8);
    at += decoded.bytes;
  }
  PVC_TRY_VOID(check_iri(term.datatype));
  if (term.datatype == rdf_lang_string) {
    if (term.language.empty()) return std::unexpected(RdfErrc::language_string_without_tag);
    if (!is_language_tag(term.language)) return std::unexpected(RdfErrc::bad_language_tag);
  } else if (!term.language.empty()) {
    return std::unexpected(RdfErrc::bad_language_tag);
  }
  return {};
}

}  // namespace

Result<void, RdfErrc> check_term(const Term& term) {
  if (term.value.size() + term.datatype.size() + term.language.size() > limits::term_bytes_max)
    return std::unexpected(RdfErrc::term_too_long);
  switch (term.kind) {
    case TermKind::none:
      return {};
    case TermKind::iri:
      return check_iri(term.value);
    case TermKind::blank_node:
      if (!is_blank_node_label(term.value)) return std::unexpected(RdfErrc::bad_blank_node_label);
      return {};
    case TermKind::literal:
      return check_literal(term);
  }
  PVC_UNREACHABLE();
}

Result<void, RdfErrc> check_quad(const Quad& quad) {
  if (quad.subject.kind != TermKind::iri && quad.subject.kind != TermKind::blank_node)
    return std::unexpected(RdfErrc::expected_subject);
  if (quad.predicate.kind != TermKind::iri) return std::unexpected(RdfErrc::expected_predicate);
  if (quad.object.kind == TermKind::none) return std::unexpected(RdfErrc::expected_object);
  if (quad.graph.kind == TermKind::literal) return std::unexpected(RdfErrc::expected_graph_or_dot);
  PVC_TRY_VOID(check_term(quad.subject));
  PVC_TRY_VOID(check_term(quad.predicate));
  PVC_TRY_VOID(check_term(quad.object));
  return check_term(quad.graph);
}

Result<void, RdfErrc> check_admitted(const Quad& quad) {
  for (const Term* const term : {&quad.subject, &quad.object, &quad.graph})
    if (term->kind == TermKind::blank_node) return std::unexpected(RdfErrc::blank_node);
  if (quad.graph.value.starts_with(reserved_graph_prefix)) return std::unexpected(RdfErrc::reserved_graph);
  return {};
}

}  // namespace provchain::storage::rdf
