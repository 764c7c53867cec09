// SPDX-License-Identifier: Apache-2.0
// 64-bit term ids: a 4-bit tag and a 60-bit payload. A term is inlined only when id -> spelling gives back the very same bytes;
// everything else has a number in the dictionary, issued in chain order, so that every node gives a term the same id. As key
// bytes an id is tag << 4 | n, then the n bytes of the payload, big-endian without leading zeros: 1 to 9 bytes, self-delimiting,
// and sorted as the ids are. Example: dictionary number 300 -> 02 01 2c; "ab" -> 52 61 62. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.hpp"

namespace provchain::storage {

enum class TermTag : std::uint8_t {
  dictionary = 0,
  integer = 1,       // canonical xsd:integer, |v| < 2^59, zig-zag
  boolean = 4,       // 0 false, 1 true
  short_string = 5,  // xsd:string of at most 7 printable ASCII characters without escapes, big-endian
  tx_graph = 8,      // <urn:provchain:tx:…> by the transaction's sequence number
};

using TermId = Ordinal<struct TermIdTag, std::uint64_t>;

inline constexpr std::uint64_t term_payload_max = (std::uint64_t{1} << 60) - 1;
inline constexpr std::size_t term_key_bytes_max = 9;

[[nodiscard]] constexpr TermId make_term_id(TermTag tag, std::uint64_t payload) {
  return TermId(static_cast<std::uint64_t>(tag) << 60 | payload);
}
[[nodiscard]] constexpr std::uint8_t tag_of(TermId id) { return static_cast<std::uint8_t>(id.value() >> 60); }
[[nodiscard]] constexpr std::uint64_t payload_of(TermId id) { return id.value() & term_payload_max; }

// The graph in which a transaction's default-graph quads are asserted: "<urn:provchain:tx:…>".
[[nodiscard]] std::string minted_graph_term(const TxId& id);

// The id of a term that needs no dictionary; absent for all others. `spelling` is canonical N-Quads.
[[nodiscard]] std::optional<TermId> inline_term(std::string_view spelling);
// The spelling of an inlined term; absent for ids that are in a table (dictionary, tx_graph) or that inline_term never gives.
[[nodiscard]] std::optional<std::string> inline_spelling(TermId id);

void append_term_key(ByteVector& key, TermId id);
// Takes the id at the front of `key` off it; absent (key unspecified) for bytes that append_term_key never writes.
[[nodiscard]] std::optional<TermId> take_term_key(Bytes& key);

}  // namespace provchain::storage
