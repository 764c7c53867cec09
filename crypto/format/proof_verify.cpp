// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/proof_verify.hpp"

#include "crypto/domain.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/format/epoch_end.hpp"
#include "crypto/format/transaction.hpp"
#include "crypto/merkle.hpp"

namespace provchain::crypto::format {
namespace {

// Is `certificate` a FINALIZE by a quorum of the epoch on exactly this header?
Result<void, ProofErrc> check_certified(const BlockHeader& header, Bytes certificate_bytes, const TrustedEpoch& trusted) {
  const auto certificate = decode_certificate(certificate_bytes, trusted.authorities.size());
  if (!certificate || certificate->kind != VoteKind::finalize || certificate->epoch != trusted.epoch ||
      certificate->height != header.height || certificate->block_id != block_id_of(header))
    return std::unexpected(ProofErrc::bad_head_certificate);
  if (!verify_certificate(*certificate, trusted.context(), trusted.authorities))
    return std::unexpected(ProofErrc::bad_head_signature);
  return {};
}

Result<TrustedEpoch, ProofErrc> walk_epochs(const ProofBundle& bundle, const Genesis& genesis) {
  TrustedEpoch trusted{genesis.network_id, Epoch{}, block_id_of(genesis_header(genesis)), Height{}, genesis.authorities};
  for (const EpochStep& step : bundle.epochs) {
    auto end = read_epoch_end({step.header, step.certificate, step.next_authorities}, trusted);
    if (!end || !verify_certificate(end->certificate, trusted.context(), trusted.authorities))
      return std::unexpected(ProofErrc::bad_epoch_step);
    trusted = std::move(end->next);
  }
  return trusted;
}

Result<BlockHeader, ProofErrc> check_head(const ProofBundle& bundle, const TrustedEpoch& trusted) {
  const auto head = decode_block_header(bundle.head.header);
  if (!head || head->network_id != trusted.network_id || head->epoch != trusted.epoch ||
      head->epoch_anchor_id != trusted.anchor_id || head->authority_set_hash != authority_set_hash(trusted.authorities))
    return std::unexpected(ProofErrc::bad_head_header);
  PVC_TRY_VOID(check_certified(*head, bundle.head.certificate, trusted));
  return *head;
}

Result<BlockHeader, ProofErrc> check_block(const ProofBundle& bundle, const BlockHeader& head) {
  if (!bundle.block) return head;
  const auto block = decode_block_header(bundle.block->header);
  if (!block || block->network_id != head.network_id) return std::unexpected(ProofErrc::bad_block_header);
  if (block->height >= head.height) return std::unexpected(ProofErrc::needless_block);
  const merkle::TaggedHash tree(domain::history);
  if (!merkle::verify_inclusion(tree, tree.leaf(block_id_of(*block).view()), block->height.value(), head.height.value(),
                                bundle.block->path, head.history_root))
    return std::unexpected(ProofErrc::block_not_in_history);
  return *block;
}

Result<TxHeader, ProofErrc> check_tx(const TxPart& part, const BlockHeader& block) {
  const auto header = decode_tx_header(part.header);
  if (!header || header->network_id != block.network_id || part.signature.size() != Signature::kSize)
    return std::unexpected(ProofErrc::bad_tx_header);
  const TxId id = tx_id_of(part.header);
  const Signature signature = Signature::load(part.signature);
  const merkle::TaggedHash tree(domain::transactions);
  if (!merkle::verify_inclusion(tree, tx_leaf_hash(id, signature), part.index, block.tx_count, part.path, block.tx_root))
    return std::unexpected(ProofErrc::tx_not_in_block);
  if (!verify_tagged(header->author, domain::transaction_sign, id.view(), signature))
    return std::unexpected(ProofErrc::bad_author_signature);
  return *header;
}

Result<void, ProofErrc> check_quad(const ProofBundle& bundle, const TxHeader& header) {
  const merkle::TaggedHash tree(domain::dataset);
  const bool inside =
      header.kind == TxKind::dataset && merkle::verify_inclusion(tree, tree.leaf(as_bytes(bundle.claim.line)), bundle.quad->index,
                                                                 header.quad_count, bundle.quad->path, header.dataset_root);
  if (!inside) return std::unexpected(ProofErrc::quad_not_in_tx);
  return {};
}

}  // namespace

std::string_view to_string(ProofErrc code) {
  switch (code) {
    case ProofErrc::foreign_network:
      return "the proof is of another network than the genesis";
    case ProofErrc::bad_head_header:
      return "the head is not a block header of this network and epoch";
    case ProofErrc::bad_head_certificate:
      return "the certificate is not a finality certificate of the head";
    case ProofErrc::bad_head_signature:
      return "a signature of the finality certificate is not valid";
    case ProofErrc::bad_epoch_step:
      return "a step from one epoch to the next does not hold";
    case ProofErrc::bad_block_header:
      return "the block is not a block header of this network";
    case ProofErrc::block_not_in_history:
      return "the block is not in the history of the certified head";
    case ProofErrc::needless_block:
      return "the block is not below the certified head";
    case ProofErrc::bad_tx_header:
      return "the transaction header is not one of this network";
    case ProofErrc::tx_not_in_block:
      return "the transaction is not in the block";
    case ProofErrc::bad_author_signature:
      return "the author's signature is not valid";
    case ProofErrc::quad_not_in_tx:
      return "the line is not in the transaction's dataset";
    case ProofErrc::claim_differs:
      return "what is proven is not what the proof claims";
  }
  PVC_UNREACHABLE();
}

Result<ProvenFacts, ProofErrc> verify_proof(const ProofBundle& bundle, const Genesis& genesis) {
  if (bundle.network_id != genesis.network_id) return std::unexpected(ProofErrc::foreign_network);
  PVC_TRY(const TrustedEpoch trusted, walk_epochs(bundle, genesis));
  PVC_TRY(const BlockHeader head, check_head(bundle, trusted));
  PVC_TRY(const BlockHeader block, check_block(bundle, head));
  ProvenFacts facts{block_id_of(block), block.height, block.timestamp_ms, block.epoch, head.height, std::nullopt};
  if (bundle.kind == ProofKind::block) {
    if (bundle.claim.block_id != facts.block_id || bundle.claim.height != facts.height)
      return std::unexpected(ProofErrc::claim_differs);
    return facts;
  }
  if (!bundle.tx) return std::unexpected(ProofErrc::bad_tx_header);
  PVC_TRY(const TxHeader tx, check_tx(*bundle.tx, block));
  if (tx_id_of(bundle.tx->header) != bundle.claim.tx_id) return std::unexpected(ProofErrc::claim_differs);
  facts.author = tx.author;
  if (bundle.kind == ProofKind::quad) {
    if (!bundle.quad) return std::unexpected(ProofErrc::quad_not_in_tx);
    PVC_TRY_VOID(check_quad(bundle, tx));
  }
  return facts;
}

}  // namespace provchain::crypto::format
