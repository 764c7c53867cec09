// SPDX-License-Identifier: Apache-2.0
#include "engine/api/chain_reads.hpp"

#include "crypto/format/block.hpp"

namespace provchain::api {

using storage::StorageResult;

storage::Error corrupt_block(Height height) {
  return {.code = storage::Errc::corrupt, .number = height.value(), .where = "chain/blocks"};
}

StorageResult<std::optional<storage::TxPosition>> find_transaction(const storage::Ledger& ledger, const TxId& id) {
  PVC_TRY(const storage::ReadTxn txn, ledger.state().read());
  return ledger.state().find_transaction(txn, id);
}

StorageResult<std::optional<StoredTransaction>> read_transaction(const storage::Ledger& ledger, const TxId& id) {
  PVC_TRY(const auto position, find_transaction(ledger, id));
  if (!position) return std::optional<StoredTransaction>();
  PVC_TRY(const storage::ReadTxn txn, ledger.chain().read());
  PVC_TRY(const Bytes bytes, ledger.chain().block_at(txn, position->height));
  const auto block = crypto::format::decode_block(bytes);
  if (!block || position->index >= block->transactions.size()) return std::unexpected(corrupt_block(position->height));
  const crypto::format::TxView& tx = block->transactions[position->index];
  if (tx.id != id) return std::unexpected(corrupt_block(position->height));
  return StoredTransaction{*position, block->id, tx.header, tx.bytes.size(), std::string(as_text(tx.payload))};
}

}  // namespace provchain::api
