// SPDX-License-Identifier: Apache-2.0
// What must be known of a Turtle or TriG document before Serd may read it. Serd recurses once a bracket, takes bad UTF-8, NUL and
// escaped surrogates, reads `12.` at the end of a statement as the string "12", and takes the graphs of TriG in Turtle too.
#pragma once

#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "storage/rdf/error.hpp"

namespace provchain::storage::rdf {

struct TurtleScan {
  // Offsets of dots that end a statement right behind an integer. A space before each parts the two for Serd.
  std::vector<std::size_t> dots_behind_integers;
};

inline constexpr std::size_t turtle_nesting_max = 256;

// One pass. Refuses bad_utf8, nul_character, bad_code_point, nesting_too_deep and, unless `has_graphs`, the braces of a graph;
// anything else that is wrong is left for the reader to find.
[[nodiscard]] Result<TurtleScan, RdfError> scan_turtle(Bytes text, bool has_graphs);

// The line and column of a byte. O(offset): for errors.
[[nodiscard]] Position position_of(Bytes text, std::size_t offset);

}  // namespace provchain::storage::rdf
