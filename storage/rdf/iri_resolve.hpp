// SPDX-License-Identifier: Apache-2.0
// Relative IRIs against a base: RFC 3986 section 5.2, strict, character for character. Pure function, any thread.
#pragma once

#include <string>
#include <string_view>

namespace provchain::storage::rdf {

// `base` is absolute. A reference with a scheme loses its dot segments too, as section 5.2.2 has it.
[[nodiscard]] std::string resolve_iri(std::string_view base, std::string_view reference);

}  // namespace provchain::storage::rdf
