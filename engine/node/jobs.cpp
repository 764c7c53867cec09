// SPDX-License-Identifier: Apache-2.0
#include "engine/node/jobs.hpp"

#include <algorithm>

#include "crypto/ed25519.hpp"
#include "storage/rdf/tx_check.hpp"
#include "wire/batch.hpp"
#include "wire/messages.hpp"

namespace provchain::node {
namespace {

using crypto::format::block_header_bytes;

core::CheckedTx checked(const storage::rdf::CheckedTransaction& tx) {
  return {tx.id, tx.author, tx.signature, tx.kind, tx.valid_until.value(), tx.quad_count, tx.bytes, std::nullopt, tx.system};
}

// Fills in where the chain has each transaction already. A block that is being committed meanwhile may or may not be seen: the
// core compares heights.
storage::StorageResult<void> look_up(const CheckContext& context, std::span<core::CheckedTx> transactions) {
  if (transactions.empty()) return {};
  const storage::StateStore& state = context.ledger->state();
  PVC_TRY(const storage::ReadTxn txn, state.read());
  for (core::CheckedTx& tx : transactions) {
    PVC_TRY(const auto found, state.find_transaction(txn, tx.id));
    if (found) tx.in_chain = found->height;
  }
  return {};
}

wire::OutMessage refusal(std::uint32_t corr, wire::PeerReason code, std::string detail) {
  return wire::answer(wire::MessageKind::error, corr, wire::build_error({corr, code, std::move(detail)}));
}

}  // namespace

std::vector<bool> verify_signatures(const std::vector<core::SignatureCheck>& checks) {
  std::vector<bool> valid;
  valid.reserve(checks.size());
  for (const core::SignatureCheck& check : checks)
    valid.push_back(crypto::verify(check.key, Bytes(check.message).first(check.message_bytes), check.signature));
  return valid;
}

storage::StorageResult<core::TxVerdict> check_transaction(const CheckContext& context, const core::CheckTransaction& request) {
  const auto verdict =
      storage::rdf::check_transaction(request.bytes.view(), context.network_id, {context.max_block_bytes}, request.system.get());
  core::TxVerdict answer{verdict.reject, checked(verdict.transaction)};
  if (!answer.reject) PVC_TRY_VOID(look_up(context, {&answer.tx, 1}));
  return answer;
}

storage::StorageResult<core::BlockVerdict> check_block(const CheckContext& context, const core::CheckBlock& request) {
  const auto verdict = storage::rdf::check_block_body(request.bytes.view(), request.known, context.network_id,
                                                      {context.max_block_bytes}, request.system.get());
  core::BlockVerdict answer;
  answer.reject = verdict.reject;
  switch (verdict.outcome) {
    case storage::rdf::BodyOutcome::valid:
      answer.outcome = core::BlockOutcome::valid;
      break;
    case storage::rdf::BodyOutcome::wrong_body:
      answer.outcome = core::BlockOutcome::wrong_body;
      break;
    case storage::rdf::BodyOutcome::invalid:
      answer.outcome = core::BlockOutcome::invalid;
      break;
  }
  for (const auto& tx : verdict.transactions) answer.transactions.push_back(checked(tx));
  PVC_TRY_VOID(look_up(context, answer.transactions));
  return answer;
}

std::optional<core::OpenedBatch> open_batch(const CheckContext& context, Bytes payload) {
  auto batch = wire::decode_batch(payload, context.max_block_bytes);
  if (!batch) return std::nullopt;
  return core::OpenedBatch{batch->first, std::move(batch->path), std::move(batch->blocks)};
}

wire::OutMessage serve_blocks(const CheckContext& context, const core::ServeBlocks& request) {
  const storage::ChainStore& chain = context.ledger->chain();
  const auto txn = chain.read();
  if (!txn) return refusal(request.corr, wire::PeerReason::busy, "the store is busy");
  wire::Batch batch;
  batch.first = request.first;
  std::size_t bytes = 0;
  Height last = request.first;
  for (std::uint32_t i = 0; i < request.count && i < limits::sync_batch_blocks_max; ++i) {
    const Height height = request.first.plus(i);
    const auto block = chain.block_at(*txn, height);
    if (!block || block->empty()) break;
    bytes += block->size();
    if (i > 0 && bytes > std::min<std::size_t>(request.bytes_max, limits::sync_batch_bytes_max)) break;
    batch.blocks.push_back(SharedBytes::copy_of(*block));
    last = height;
  }
  if (batch.blocks.empty()) return refusal(request.corr, wire::PeerReason::not_found, "no such block");
  if (request.head != Height(0)) {
    auto path = chain.inclusion_path(*txn, last, request.head.value());
    if (path && *path) batch.path = std::move(**path);
  }
  return wire::answer(wire::MessageKind::batch, request.corr, wire::encode_batch(batch));
}

wire::OutMessage serve_held_blocks(const core::ServeHeldBlocks& request) {
  wire::Batch batch;
  const std::size_t count = wire::batch_prefix(request.blocks, limits::sync_batch_bytes_max);
  batch.blocks.assign(request.blocks.begin(), request.blocks.begin() + static_cast<std::ptrdiff_t>(count));
  const auto header =
      count == 0 ? std::nullopt
                 : std::optional(crypto::format::decode_block_header(batch.blocks.front().view().first(block_header_bytes)));
  if (!header || !*header) return refusal(request.corr, wire::PeerReason::not_found, "no such block");
  batch.first = (*header)->height;
  return wire::answer(wire::MessageKind::batch, request.corr, wire::encode_batch(batch));
}

wire::OutMessage serve_headers(const CheckContext& context, const core::ServeHeaders& request) {
  const storage::ChainStore& chain = context.ledger->chain();
  const auto txn = chain.read();
  if (!txn) return refusal(request.corr, wire::PeerReason::busy, "the store is busy");
  ByteVector headers;
  for (std::uint32_t i = 0; i < request.count && i < wire::headers_per_message_max; ++i) {
    const auto header = chain.header_bytes_at(*txn, request.first.plus(i));
    if (!header || header->empty()) break;
    append(headers, *header);
  }
  if (headers.empty()) return refusal(request.corr, wire::PeerReason::not_found, "no such header");
  return wire::answer(wire::MessageKind::headers, request.corr, wire::build_headers(headers));
}

wire::OutMessage serve_epochs(const CheckContext& context, const core::ServeEpochs& request) {
  const storage::ChainStore& chain = context.ledger->chain();
  const auto txn = chain.read();
  if (!txn) return refusal(request.corr, wire::PeerReason::busy, "the store is busy");
  std::vector<crypto::format::EpochEndView> epochs;
  for (std::uint32_t i = 0; i < request.count && i < wire::epochs_per_message_max; ++i) {
    const auto end = chain.epochs().end_of(*txn, request.first.plus(i));
    if (!end || !*end) break;
    const auto header = chain.header_bytes_at(*txn, (*end)->height);
    if (!header || header->empty()) break;
    epochs.push_back({*header, (*end)->certificate, (*end)->next_authorities});
  }
  epochs.resize(wire::epochs_prefix(epochs));
  if (epochs.empty()) return refusal(request.corr, wire::PeerReason::not_found, "this epoch has not ended");
  return wire::answer(wire::MessageKind::epochs, request.corr, wire::build_epochs(epochs));
}

}  // namespace provchain::node
