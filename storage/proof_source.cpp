// SPDX-License-Identifier: Apache-2.0
#include "storage/proof_source.hpp"

#include "crypto/domain.hpp"

namespace provchain::storage {
namespace {

using crypto::format::BlockView;
using crypto::format::ProofBundle;
using crypto::format::ProofKind;
using crypto::format::TxView;
using MaybeBundle = std::optional<ProofBundle>;

constexpr crypto::merkle::TaggedHash transactions_hash{crypto::domain::transactions};
constexpr crypto::merkle::TaggedHash dataset_hash{crypto::domain::dataset};

Error corrupt(Height height) { return Error{.code = Errc::corrupt, .number = height.value(), .where = "chain/blocks"}; }

// From the genesis' authorities, whom the reader knows, to those of the head's epoch.
StorageResult<std::vector<crypto::format::EpochStep>> prove_epochs(const ChainStore& chain, const ReadTxn& txn, Epoch head) {
  std::vector<crypto::format::EpochStep> steps;
  for (Epoch epoch; epoch < head; epoch = epoch.next()) {
    PVC_TRY(const auto end, chain.epochs().end_of(txn, epoch));
    if (!end) return std::unexpected(Error{.code = Errc::corrupt, .number = epoch.value(), .where = "chain/epochs"});
    PVC_TRY(const Bytes header, chain.header_bytes_at(txn, end->height));
    if (header.empty()) return std::unexpected(corrupt(end->height));
    steps.push_back({.header = to_vector(header),
                     .certificate = to_vector(end->certificate),
                     .next_authorities = to_vector(end->next_authorities)});
  }
  return steps;
}

// The head and, unless the block is the head itself, the block's place in its history. Absent when no certificate covers the
// height.
StorageResult<MaybeBundle> prove_block(const ChainStore& chain, const ReadTxn& txn, Height height) {
  PVC_TRY(const auto head, chain.newest_certificate(txn));
  if (head.certificate.empty() || height > head.height || height == Height{}) return MaybeBundle{};
  PVC_TRY(const Bytes head_header, chain.header_bytes_at(txn, head.height));
  PVC_TRY(const Bytes header, chain.header_bytes_at(txn, height));
  if (head_header.empty() || header.empty()) return std::unexpected(corrupt(height));

  ProofBundle bundle;
  auto decoded = crypto::format::decode_block_header(head_header);
  if (!decoded) return std::unexpected(corrupt(head.height));
  bundle.network_id = decoded->network_id;
  PVC_TRY(bundle.epochs, prove_epochs(chain, txn, decoded->epoch));
  bundle.head.header = to_vector(head_header);
  bundle.head.certificate = to_vector(head.certificate);
  if (height != head.height) {
    PVC_TRY(auto path, chain.inclusion_path(txn, height, head.height.value()));
    if (!path) return std::unexpected(corrupt(height));
    bundle.block = crypto::format::BlockPart{.header = to_vector(header), .path = *std::move(path)};
  }
  return MaybeBundle(std::move(bundle));
}

crypto::format::TxPart prove_transaction(const BlockView& block, std::uint32_t index) {
  std::vector<Hash256> leaves;
  leaves.reserve(block.transactions.size());
  for (const TxView& tx : block.transactions) leaves.push_back(crypto::format::tx_leaf_hash(tx.id, tx.signature));
  const TxView& tx = block.transactions[index];
  return {.index = index,
          .header = to_vector(tx.bytes.first(crypto::format::tx_header_bytes)),
          .signature = to_vector(tx.signature.view()),
          .path = crypto::merkle::inclusion_path(transactions_hash, std::span<const Hash256>(leaves), index)};
}

// Absent when the payload has no such line.
std::optional<crypto::format::QuadPart> prove_line(const TxView& tx, std::string_view line) {
  std::vector<Hash256> leaves;
  leaves.reserve(tx.header.quad_count);
  std::optional<std::uint64_t> index;
  std::string_view rest = as_text(tx.payload);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view candidate = rest.substr(0, end);
    if (candidate == line) index = leaves.size();
    leaves.push_back(dataset_hash.leaf(as_bytes(candidate)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!index) return std::nullopt;
  return crypto::format::QuadPart{.index = *index,
                                  .path = crypto::merkle::inclusion_path(dataset_hash, std::span<const Hash256>(leaves), *index)};
}

// The proof of a transaction and, when `line` is given, of that line in it.
StorageResult<MaybeBundle> prove(const Ledger& ledger, const TxId& id, std::optional<std::string_view> line) {
  PVC_TRY(const ReadTxn state_txn, ledger.state().read());
  PVC_TRY(const auto position, ledger.state().find_transaction(state_txn, id));
  if (!position) return MaybeBundle{};
  PVC_TRY(const ReadTxn txn, ledger.chain().read());
  PVC_TRY(auto bundle, prove_block(ledger.chain(), txn, position->height));
  if (!bundle) return MaybeBundle{};
  PVC_TRY(const Bytes bytes, ledger.chain().block_at(txn, position->height));
  auto block = crypto::format::decode_block(bytes);
  if (!block || position->index >= block->transactions.size()) return std::unexpected(corrupt(position->height));
  const TxView& tx = block->transactions[position->index];
  if (tx.id != id) return std::unexpected(corrupt(position->height));

  bundle->kind = ProofKind::tx;
  bundle->claim.tx_id = id;
  bundle->tx = prove_transaction(*block, position->index);
  if (!line) return bundle;
  if (tx.header.kind != crypto::format::TxKind::dataset) return MaybeBundle{};
  bundle->kind = ProofKind::quad;
  bundle->claim.line = *line;
  bundle->quad = prove_line(tx, *line);
  if (!bundle->quad) return MaybeBundle{};
  return bundle;
}

}  // namespace

StorageResult<MaybeBundle> ProofSource::block(Height height) const {
  PVC_TRY(const ReadTxn txn, ledger_.chain().read());
  PVC_TRY(auto bundle, prove_block(ledger_.chain(), txn, height));
  if (!bundle) return MaybeBundle{};
  const Bytes header = bundle->block ? Bytes(bundle->block->header) : Bytes(bundle->head.header);
  bundle->kind = ProofKind::block;
  bundle->claim.block_id = crypto::format::block_id_of(header);
  bundle->claim.height = height;
  return bundle;
}

StorageResult<MaybeBundle> ProofSource::transaction(const TxId& id) const { return prove(ledger_, id, std::nullopt); }

StorageResult<MaybeBundle> ProofSource::line(const TxId& id, std::string_view line) const { return prove(ledger_, id, line); }

}  // namespace provchain::storage
