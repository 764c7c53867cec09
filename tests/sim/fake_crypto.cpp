// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/fake_crypto.hpp"

#include "crypto/format/block.hpp"

namespace provchain::sim {

using crypto::format::TxReject;

core::TxVerdict fake_check(const crypto::format::Genesis& genesis, Bytes transaction, std::optional<Height> in_chain) {
  core::TxVerdict verdict;
  const auto tx = crypto::format::decode_transaction(transaction);
  if (!tx) {
    verdict.reject = TxReject::malformed;
    return verdict;
  }
  verdict.tx = {tx->id,
                tx->header.author,
                tx->signature,
                tx->header.kind,
                tx->header.valid_until.value(),
                tx->header.quad_count,
                static_cast<std::uint32_t>(tx->bytes.size()),
                in_chain};
  if (tx->header.network_id != genesis.network_id)
    verdict.reject = TxReject::wrong_network;
  else if (tx->header.dataset_root != crypto::merkle::TaggedHash(crypto::domain::dataset).leaf(tx->payload))
    verdict.reject = TxReject::bad_dataset_root;
  else if (!fake_verify(tx->header.author, tx->id.view(), tx->signature))
    verdict.reject = TxReject::bad_signature;
  return verdict;
}

core::BlockVerdict fake_check_block(const crypto::format::Genesis& genesis, Bytes bytes) {
  core::BlockVerdict verdict;
  verdict.outcome = core::BlockOutcome::wrong_body;
  const auto block = crypto::format::decode_block(bytes);
  if (!block || crypto::format::tx_root_of(block->transactions) != block->header.tx_root) return verdict;
  for (const crypto::format::TxView& tx : block->transactions) {
    core::TxVerdict checked = fake_check(genesis, tx.bytes, std::nullopt);
    if (checked.reject) {
      verdict.outcome = core::BlockOutcome::invalid;
      verdict.reject = checked.reject;
      return verdict;
    }
    verdict.transactions.push_back(checked.tx);
  }
  verdict.outcome = core::BlockOutcome::valid;
  return verdict;
}

}  // namespace provchain::sim
