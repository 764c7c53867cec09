// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/characters.hpp"

namespace provchain::storage::rdf::characters {
namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// PN_CHARS_BASE beyond ASCII.
constexpr Range kBase[] = {{0x00C0, 0x00D6}, {0x00D8, 0x00F6}, {0x00F8, 0x02FF}, {0x0370, 0x037D},
                           {0x037F, 0x1FFF}, {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},
                           {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}};

bool is_base(std::uint32_t code) {
  for (const Range& range : kBase)
    if (code >= range.first && code <= range.last) return true;
  return false;
}

}  // namespace

bool is_label_start(std::uint32_t code) {
  if (code < 0x80) return is(static_cast<std::uint8_t>(code), alpha | digit) || code == '_';
  return is_base(code);
}

bool is_label(std::uint32_t code) {
  return is_label_start(code) || code == '-' || code == 0x00B7 || (code >= 0x0300 && code <= 0x036F) || code == 0x203F ||
         code == 0x2040;
}

}  // namespace provchain::storage::rdf::characters
