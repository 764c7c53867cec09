// SPDX-License-Identifier: Apache-2.0
#include "storage/index/quad_key.hpp"

namespace provchain::storage {

void append_quad_key(ByteVector& key, Permutation permutation, const QuadIds& quad) {
  for (const TermId id : ordered(permutation, quad)) append_term_key(key, id);
}

std::optional<QuadIds> decode_quad_key(Permutation permutation, Bytes key) {
  std::array<TermId, 4> ids;
  for (TermId& id : ids) {
    const auto taken = take_term_key(key);
    if (!taken) return std::nullopt;
    id = *taken;
  }
  if (!key.empty()) return std::nullopt;
  switch (permutation) {
    case Permutation::spog:
      return QuadIds{ids[0], ids[1], ids[2], ids[3]};
    case Permutation::posg:
      return QuadIds{ids[2], ids[0], ids[1], ids[3]};
    case Permutation::ospg:
      return QuadIds{ids[1], ids[2], ids[0], ids[3]};
    case Permutation::gspo:
      return QuadIds{ids[1], ids[2], ids[3], ids[0]};
  }
  PVC_UNREACHABLE();
}

void append_leb128(ByteVector& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}

std::optional<std::uint64_t> decode_leb128(Bytes bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint64_t bits = bytes[i] & 0x7f;
    if (i > 9 || (i == 9 && bits > 1)) return std::nullopt;
    value |= bits << (7 * i);
    if ((bytes[i] & 0x80) != 0) continue;
    const bool minimal = i == 0 || bits != 0;
    if (!minimal || i + 1 != bytes.size()) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

}  // namespace provchain::storage
