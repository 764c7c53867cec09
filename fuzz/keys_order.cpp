// SPDX-License-Identifier: Apache-2.0
// Index keys: two quads drawn from the input compare as their keys do in every permutation, and come back from them; bytes that
// decode as a key are the key of what they decode to.
#include "base/check.hpp"
#include "storage/index/quad_key.hpp"

using namespace provchain;
using namespace provchain::storage;

namespace {

constexpr Permutation kPermutations[] = {Permutation::spog, Permutation::posg, Permutation::ospg, Permutation::gspo};

QuadIds quad_at(Bytes input, std::size_t offset) {
  return {TermId(load_le<std::uint64_t>(input, offset)), TermId(load_le<std::uint64_t>(input, offset + 8)),
          TermId(load_le<std::uint64_t>(input, offset + 16)), TermId(load_le<std::uint64_t>(input, offset + 24))};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  for (const Permutation permutation : kPermutations) {
    if (const auto quad = decode_quad_key(permutation, input)) {
      ByteVector key;
      append_quad_key(key, permutation, *quad);
      PVC_CHECK(equal(key, input));
    }
    if (size < 64) continue;
    const QuadIds a = quad_at(input, 0);
    const QuadIds b = quad_at(input, 32);
    ByteVector key_a;
    ByteVector key_b;
    append_quad_key(key_a, permutation, a);
    append_quad_key(key_b, permutation, b);
    PVC_CHECK((key_a < key_b) == (ordered(permutation, a) < ordered(permutation, b)));
    PVC_CHECK(decode_quad_key(permutation, key_a) == a);
  }
  if (const auto number = decode_leb128(input)) {
    ByteVector encoded;
    append_leb128(encoded, *number);
    PVC_CHECK(equal(encoded, input));
  }
  return 0;
}
