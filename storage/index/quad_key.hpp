// SPDX-License-Identifier: Apache-2.0
// The keys of the four permutations: four term ids in the order the permutation names, each self-delimiting and order-preserving
// (term_id.hpp), so that the quads with a given beginning are neighbours. The value is the sequence number of the first asserting
// transaction as minimal LEB128. Example: ids 1, 2, 300, 1 in spog -> 01 01 01 02 02 01 2c 01 01. Pure functions, any thread.
#pragma once

#include <array>
#include <optional>

#include "base/check.hpp"
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

// The four members in the order of the permutation's key; comparing those of two QuadIds compares their keys. `Quad` is QuadIds,
// or anything else with these four members of one type (a pattern of optional ids).
template <class Quad>
[[nodiscard]] auto ordered(Permutation permutation, const Quad& quad) -> std::array<decltype(quad.subject), 4> {
  switch (permutation) {
    case Permutation::spog:
      return {quad.subject, quad.predicate, quad.object, quad.graph};
    case Permutation::posg:
      return {quad.predicate, quad.object, quad.subject, quad.graph};
    case Permutation::ospg:
      return {quad.object, quad.subject, quad.predicate, quad.graph};
    case Permutation::gspo:
      return {quad.graph, quad.subject, quad.predicate, quad.object};
  }
  PVC_UNREACHABLE();
}

void append_quad_key(ByteVector& key, Permutation permutation, const QuadIds& quad);
// Absent for bytes that append_quad_key never writes.
[[nodiscard]] std::optional<QuadIds> decode_quad_key(Permutation permutation, Bytes key);

void append_leb128(ByteVector& out, std::uint64_t value);
// Absent when `bytes` is not exactly one minimal LEB128 number.
[[nodiscard]] std::optional<std::uint64_t> decode_leb128(Bytes bytes);

}  // namespace provchain::storage
