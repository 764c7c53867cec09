// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/fake_crypto.hpp"

#include "crypto/format/block.hpp"
#include "crypto/format/system_request.hpp"

namespace provchain::sim {

using crypto::format::TxReject;

namespace {

core::CheckedTx checked_of(const crypto::format::TxView& tx, std::optional<Height> in_chain) {
  return {tx.id,
          tx.header.author,
          tx.signature,
          tx.header.kind,
          tx.header.valid_until.value(),
          tx.header.quad_count,
          static_cast<std::uint32_t>(tx.bytes.size()),
          in_chain,
          nullptr};
}

bool has_own_payload(const crypto::format::TxView& tx) {
  return tx.header.dataset_root == crypto::merkle::TaggedHash(crypto::domain::dataset).leaf(tx.payload);
}

std::optional<TxReject> reject_of(const crypto::format::Genesis& genesis, const crypto::format::TxView& tx, Verify verify) {
  if (tx.header.network_id != genesis.network_id) return TxReject::wrong_network;
  if (!has_own_payload(tx)) return TxReject::bad_dataset_root;
  if (!verify(tx.header.author, tx.id.view(), tx.signature)) return TxReject::bad_signature;
  return std::nullopt;
}

// What a transaction of kind governance or evidence asks for, or why it is refused.
std::optional<TxReject> take_request(const crypto::format::TxView& tx, const crypto::format::SystemState* system, Verify verify,
                                     core::CheckedTx& checked) {
  if (tx.header.kind == crypto::format::TxKind::dataset) return std::nullopt;
  if (system == nullptr) return TxReject::unsupported_kind;
  auto request = crypto::format::check_system_request(tx.header.kind, tx.payload, *system, verify);
  if (!request) return request.error();
  checked.system = std::make_shared<const crypto::format::SystemRequest>(*std::move(request));
  return std::nullopt;
}

}  // namespace

core::TxVerdict fake_check(const crypto::format::Genesis& genesis, Bytes transaction, std::optional<Height> in_chain,
                           Verify verify, const crypto::format::SystemState* system) {
  core::TxVerdict verdict;
  const auto tx = crypto::format::decode_transaction(transaction);
  if (!tx) {
    verdict.reject = TxReject::malformed;
    return verdict;
  }
  verdict.tx = checked_of(*tx, in_chain);
  verdict.reject = reject_of(genesis, *tx, verify);
  if (!verdict.reject) verdict.reject = take_request(*tx, system, verify, verdict.tx);
  return verdict;
}

core::BlockVerdict fake_check_block(const crypto::format::Genesis& genesis, Bytes bytes, const std::vector<bool>& known,
                                    const InChain& in_chain, Verify verify, const crypto::format::SystemState* system) {
  core::BlockVerdict verdict;
  verdict.outcome = core::BlockOutcome::wrong_body;
  const auto block = crypto::format::decode_block(bytes);
  if (!block || crypto::format::tx_root_of(block->transactions) != block->header.tx_root) return verdict;
  for (std::size_t i = 0; i < block->transactions.size(); ++i) {
    const crypto::format::TxView& tx = block->transactions[i];
    const bool is_known = i < known.size() && known[i];
    // The id commits to the payload, so a payload that does not fit is the sender's fault and not the block's.
    if (!is_known && !has_own_payload(tx)) {
      verdict.transactions.clear();
      return verdict;
    }
    core::CheckedTx checked = checked_of(tx, in_chain ? in_chain(tx.id) : std::nullopt);
    std::optional<TxReject> reject = is_known ? std::nullopt : reject_of(genesis, tx, verify);
    if (!reject) reject = take_request(tx, system, verify, checked);
    if (reject) {
      verdict.outcome = core::BlockOutcome::invalid;
      verdict.reject = reject;
      return verdict;
    }
    verdict.transactions.push_back(std::move(checked));
  }
  verdict.outcome = core::BlockOutcome::valid;
  return verdict;
}

}  // namespace provchain::sim
