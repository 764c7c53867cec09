// SPDX-License-Identifier: Apache-2.0
// Transactions: whatever splits off is header, payload and signature encoded anew, lies within the input, and is what decoding it
// alone gives.
#include "crypto/format/transaction.hpp"
#include "base/check.hpp"

using namespace provchain;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const auto first = crypto::format::split_transaction(input);
  const auto whole = crypto::format::decode_transaction(input);
  if (!first) {
    PVC_CHECK(first.error().offset <= size && !whole && whole.error().code == first.error().code);
    return 0;
  }
  PVC_CHECK(whole.has_value() == (first->bytes.size() == size));
  ByteVector encoded = to_vector(crypto::format::encode_tx_header(first->header));
  PVC_CHECK(crypto::format::tx_id_of(encoded) == first->id);
  append(encoded, first->payload);
  append(encoded, first->signature.view());
  PVC_CHECK(equal(encoded, first->bytes) && equal(encoded, input.first(encoded.size())));
  return 0;
}
