// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/block.hpp"

#include "base/limits.hpp"
#include "crypto/domain.hpp"
#include "crypto/format/layout.hpp"
#include "crypto/merkle.hpp"

namespace provchain::crypto::format {
namespace {

constexpr std::size_t kTxBytesMin = tx_header_bytes + tx_signature_bytes;
constexpr std::size_t kTxCountOffset = 36;
constexpr std::size_t kBodyBytesOffset = 48;

}  // namespace

Result<BlockView, FormatError> decode_block(Bytes bytes) {
  if (bytes.size() < block_header_bytes) return refuse(FormatErrc::truncated, bytes.size());
  BlockView view;
  view.header_bytes = bytes.first(block_header_bytes);
  PVC_TRY(view.header, decode_block_header(view.header_bytes));
  if (view.header.body_bytes > limits::block_bytes_max) return refuse(FormatErrc::too_large, kBodyBytesOffset);
  PVC_TRY_VOID(expect_exactly(bytes, block_header_bytes + view.header.body_bytes));
  view.body = bytes.subspan(block_header_bytes);
  // A count that the body cannot hold must not reserve memory.
  if (view.header.tx_count > view.body.size() / kTxBytesMin) return refuse(FormatErrc::bad_count, kTxCountOffset);
  view.transactions.reserve(view.header.tx_count);
  std::size_t offset = block_header_bytes;
  while (view.transactions.size() < view.header.tx_count) {
    const auto transaction = split_transaction(bytes.subspan(offset));
    if (!transaction) return refuse(transaction.error().code, offset + transaction.error().offset);
    view.transactions.push_back(*transaction);
    offset += transaction->bytes.size();
  }
  if (offset != bytes.size()) return refuse(FormatErrc::bad_count, kTxCountOffset);
  view.id = block_id_of(view.header_bytes);
  return view;
}

Hash256 tx_root_of(std::span<const TxView> transactions) {
  const merkle::TaggedHash h(domain::transactions);
  merkle::Frontier frontier;
  for (const TxView& transaction : transactions)
    merkle::append_leaf_hash(h, frontier, tx_leaf_hash(transaction.id, transaction.signature));
  return merkle::root_of(h, frontier);
}

}  // namespace provchain::crypto::format
