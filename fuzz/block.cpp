// SPDX-License-Identifier: Apache-2.0
// Blocks: whatever decodes is its header and its transactions, encoded anew and joined; its tx_root is the tree over them.
#include "crypto/format/block.hpp"
#include "base/check.hpp"
#include "crypto/domain.hpp"
#include "crypto/merkle.hpp"

using namespace provchain;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const auto block = crypto::format::decode_block(input);
  if (!block) {
    PVC_CHECK(block.error().offset <= size);
    return 0;
  }
  PVC_CHECK(block->transactions.size() == block->header.tx_count);
  ByteVector encoded = to_vector(crypto::format::encode_block_header(block->header));
  std::vector<Hash256> leaves;
  for (const auto& transaction : block->transactions) {
    append(encoded, crypto::format::encode_tx_header(transaction.header));
    append(encoded, transaction.payload);
    append(encoded, transaction.signature.view());
    leaves.push_back(crypto::format::tx_leaf_hash(transaction.id, transaction.signature));
  }
  PVC_CHECK(equal(encoded, input));
  PVC_CHECK(crypto::format::tx_root_of(block->transactions) ==
            crypto::merkle::root_of(crypto::merkle::TaggedHash(crypto::domain::transactions), leaves));
  return 0;
}
