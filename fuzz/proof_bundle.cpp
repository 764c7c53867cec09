// SPDX-License-Identifier: Apache-2.0
// Any text: the decoder never crashes, and what it accepts is exactly what the encoder writes.
#include <cstdlib>

#include "crypto/format/proof_bundle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto bundle = provchain::crypto::format::decode_proof_bundle(text);
  if (bundle && provchain::crypto::format::encode_proof_bundle(*bundle) != text) std::abort();
  return 0;
}
