// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/canonical.hpp"

#include <algorithm>

#include "storage/rdf/characters.hpp"

namespace provchain::storage::rdf {
namespace {

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  switch (c) {
    case '\b':
      out += "\\b";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\r':
      out += "\\r";
      return;
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    default:
      break;
  }
  const auto byte = static_cast<std::uint8_t>(c);
  out += "\\u00";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 0x0F];
}

void append_literal(std::string& out, const Term& term) {
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < term.value.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(term.value[i]);
    if (byte >= 0x80 || characters::is(byte, characters::literal)) continue;
    out += term.value.substr(from, i - from);
    append_escaped(out, term.value[i]);
    from = i + 1;
  }
  out += term.value.substr(from);
  out += '"';
  if (!term.language.empty()) {
    out += '@';
    out += term.language;
  } else if (!term.datatype.empty() && term.datatype != xsd_string) {
    out += "^^<";
    out += term.datatype;
    out += '>';
  }
}

// An upper bound when it is small, exact when it matters.
std::size_t spelled_bytes(const Term& term) {
  constexpr std::size_t kLongestEscape = 6;
  const std::size_t bound = kLongestEscape * term.value.size() + term.datatype.size() + term.language.size() + kLongestEscape;
  if (bound <= limits::term_bytes_max) return bound;
  std::string spelled;
  append_canonical_term(spelled, term);
  return spelled.size();
}

}  // namespace

void append_canonical_term(std::string& out, const Term& term) {
  switch (term.kind) {
    case TermKind::none:
      return;
    case TermKind::iri:
      out += '<';
      out += term.value;
      out += '>';
      return;
    case TermKind::blank_node:
      out += "_:";
      out += term.value;
      return;
    case TermKind::literal:
      append_literal(out, term);
      return;
  }
}

void append_canonical_line(std::string& out, const Quad& quad) {
  append_canonical_term(out, quad.subject);
  out += ' ';
  append_canonical_term(out, quad.predicate);
  out += ' ';
  append_canonical_term(out, quad.object);
  out += ' ';
  if (quad.graph.kind != TermKind::none) {
    append_canonical_term(out, quad.graph);
    out += ' ';
  }
  out += ".\n";
}

Result<bool, RdfError> CanonicalScanner::next(Quad& quad) {
  PVC_TRY(const bool found, scanner_.next(quad));
  if (!found) return false;
  if (quad.line <= previous_) return std::unexpected(RdfError{RdfErrc::not_ascending, quad.at});
  previous_ = quad.line;
  return true;
}

Result<void, RdfErrc> CanonicalDataset::on_quad(const Quad& quad) {
  PVC_TRY_VOID(check_admitted(quad));
  // Escapes lengthen a literal, and the receiving side bounds terms as they are spelled.
  if (spelled_bytes(quad.object) > limits::term_bytes_max) return std::unexpected(RdfErrc::term_too_long);
  append_canonical_line(text_, quad);
  if (text_.size() > bytes_max_) return std::unexpected(RdfErrc::document_too_large);
  ends_.push_back(text_.size());
  return {};
}

void CanonicalDataset::finish() {
  lines_.reserve(ends_.size());
  std::size_t begin = 0;
  for (const std::size_t end : ends_) {
    lines_.push_back(std::string_view(text_).substr(begin, end - begin - 1));
    begin = end;
  }
  std::sort(lines_.begin(), lines_.end());
  lines_.erase(std::unique(lines_.begin(), lines_.end()), lines_.end());
}

std::string join_lines(std::span<const std::string_view> lines) {
  std::size_t size = 0;
  for (const std::string_view line : lines) size += line.size() + 1;
  std::string text;
  text.reserve(size);
  for (const std::string_view line : lines) {
    text += line;
    text += '\n';
  }
  return text;
}

}  // namespace provchain::storage::rdf
