// SPDX-License-Identifier: Apache-2.0
// The keys of the four permutations: four term ids in the order the permutation names, each self-delimiting and order-preserving
// (term_id.hpp), so that the quads with a given beginning are neighbours. The value is the sequence number of the first asserting
// transaction as minimal LEB128. Example: ids 1, 2, 300, 1 in spog -> 01 01 01 02 02 01 2c 01 01. Pure functions, any thread.
#pragma once

#include <array>
#include <optional>

#include "storage/index/term_id.hpp"

namespace provchain::storage {

// Each is named by the order of its key. Graph-first once only: a graph is about as large as a transaction, and is scanned.
enum class Permutation : std::uint8_t { spog, posg, ospg, gspo };

struct QuadIds {
  TermId subject;
  TermId predicate;
  TermId object;
  TermId graph;
  bool operator==(const QuadIds&) const = default;
};

// The ids in the order of the permutation's key; comparing these compares the keys.
[[nodiscard]] std::array<TermId, 4> ordered(Permutation permutation, const QuadIds& quad);

void append_quad_key(ByteVector& key, Permutation permutation, const QuadIds& quad);
// Absent for bytes that append_quad_key never writes.
[[nodiscard]] std::optional<QuadIds> decode_quad_key(Permutation permutation, Bytes key);

void append_leb128(ByteVector& out, std::uint64_t value);
// Absent when `bytes` is not exactly one minimal LEB128 number.
[[nodiscard]] std::optional<std::uint64_t> decode_leb128(Bytes bytes);

}  // namespace provchain::storage
