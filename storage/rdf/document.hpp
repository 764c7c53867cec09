// SPDX-License-Identifier: Apache-2.0
// RDF documents of the formats this ledger reads, by file name or media type.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "storage/rdf/term.hpp"

namespace provchain::storage::rdf {

enum class DocumentFormat : std::uint8_t { nquads, ntriples, turtle, trig };

// By the extension, in any case: .nq .nt .ttl .trig. Absent for any other.
[[nodiscard]] std::optional<DocumentFormat> format_of_file_name(std::string_view name);
// application/n-quads, application/n-triples, text/turtle, application/trig, in any case; parameters are ignored. Absent for any
// other.
[[nodiscard]] std::optional<DocumentFormat> format_of_media_type(std::string_view media_type);

// Reads a whole document into `sink`. `base_iri` serves Turtle and TriG alone; empty: relative IRIs are refused.
[[nodiscard]] Result<void, RdfError> read_document(Bytes text, DocumentFormat format, std::string_view base_iri, QuadSink& sink);

}  // namespace provchain::storage::rdf
