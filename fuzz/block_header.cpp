// SPDX-License-Identifier: Apache-2.0
// Block headers: whatever decodes encodes to the same bytes, so the id of the fields is the id of the bytes.
#include "crypto/format/block_header.hpp"
#include "base/check.hpp"

using namespace provchain;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const auto header = crypto::format::decode_block_header(input);
  if (!header) {
    PVC_CHECK(header.error().offset <= size);
    return 0;
  }
  PVC_CHECK(equal(crypto::format::encode_block_header(*header), input));
  PVC_CHECK(crypto::format::block_id_of(*header) == crypto::format::block_id_of(input));
  return 0;
}
