// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/document.hpp"

#include <algorithm>
#include <array>

#include "storage/rdf/nquads.hpp"
#include "storage/rdf/turtle.hpp"

namespace provchain::storage::rdf {
namespace {

struct FormatNames {
  DocumentFormat format;
  std::string_view extension;
  std::string_view media_type;
};
constexpr std::array<FormatNames, 4> kFormats = {{{DocumentFormat::nquads, ".nq", "application/n-quads"},
                                                  {DocumentFormat::ntriples, ".nt", "application/n-triples"},
                                                  {DocumentFormat::turtle, ".ttl", "text/turtle"},
                                                  {DocumentFormat::trig, ".trig", "application/trig"}}};

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// `lower_case` is in lower case already.
bool equals_in_any_case(std::string_view text, std::string_view lower_case) {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return to_lower(a) == b; });
}

}  // namespace

std::optional<DocumentFormat> format_of_file_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  for (const FormatNames& names : kFormats)
    if (equals_in_any_case(name.substr(dot), names.extension)) return names.format;
  return std::nullopt;
}

std::optional<DocumentFormat> format_of_media_type(std::string_view media_type) {
  media_type = media_type.substr(0, media_type.find_first_of("; \t"));
  for (const FormatNames& names : kFormats)
    if (equals_in_any_case(media_type, names.media_type)) return names.format;
  return std::nullopt;
}

Result<void, RdfError> read_document(Bytes text, DocumentFormat format, std::string_view base_iri, QuadSink& sink) {
  switch (format) {
    case DocumentFormat::nquads:
      return scan_nquads(text, Syntax::nquads, sink);
    case DocumentFormat::ntriples:
      return scan_nquads(text, Syntax::ntriples, sink);
    case DocumentFormat::turtle:
      return read_turtle(text, {.syntax = TurtleSyntax::turtle, .base_iri = base_iri}, sink);
    case DocumentFormat::trig:
      return read_turtle(text, {.syntax = TurtleSyntax::trig, .base_iri = base_iri}, sink);
  }
  PVC_UNREACHABLE();
}

}  // namespace provchain::storage::rdf
