// SPDX-License-Identifier: Apache-2.0
// Inlined terms: a spelling that has an id is what the id is spelled as, byte for byte; an id that has a spelling is that
// spelling's id.
#include "storage/index/term_id.hpp"
#include "base/check.hpp"

using namespace provchain;
using namespace provchain::storage;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  if (const auto id = inline_term(as_text(input))) {
    const auto spelling = inline_spelling(*id);
    PVC_CHECK(spelling && *spelling == as_text(input));
  }
  if (size >= 8) {
    const TermId id(load_le<std::uint64_t>(input, 0));
    if (const auto spelling = inline_spelling(id)) PVC_CHECK(inline_term(*spelling) == id);
  }
  Bytes rest = input;
  if (const auto id = take_term_key(rest)) {
    ByteVector key;
    append_term_key(key, *id);
    PVC_CHECK(equal(key, input.first(size - rest.size())));
  }
  return 0;
}
