// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/chain_check.hpp"

#include <string>

#include "crypto/domain.hpp"
#include "crypto/format/system_request.hpp"
#include "engine/core/consensus/leader.hpp"

namespace provchain::sim {

using crypto::format::BlockHeader;
using crypto::format::BlockView;

namespace {

constexpr crypto::merkle::TaggedHash kHistory(crypto::domain::history);

}  // namespace

ChainCheck::ChainCheck(const crypto::format::Genesis& genesis, const Signatures& signatures, std::size_t nodes,
                       Findings& findings)
    : genesis_(genesis), signatures_(signatures), findings_(findings), tips_(nodes), system_(genesis_state(genesis)) {
  epochs_.push_back(system_);
  const BlockHeader header = crypto::format::genesis_header(genesis);
  agreed_.push_back({crypto::format::block_id_of(header), header});
}

void ChainCheck::report(std::size_t node, Height height, const std::string& what) {
  findings_.add("node " + std::to_string(node) + " height " + std::to_string(height.value()) + ": " + what);
}

void ChainCheck::on_committed(std::size_t node, const Disk& disk, Height first, Height last,
                              const std::optional<ByteVector>& certificate) {
  if (first != tips_[node].next() || first > top().next()) {
    report(node, first, "commits do not follow one another");
    return;
  }
  for (Height height = first; height <= last; height = height.next()) {
    if (height > top()) check_block(node, disk, disk.block(height));
    if (disk.id(height) != agreed_[height.value()].id) report(node, height, "AGREEMENT: another block is final elsewhere");
  }
  tips_[node] = std::max(tips_[node], last);
  const BlockHeader end = disk.header(last);
  if (end.ends_epoch() && disk.system() != epochs_[end.epoch.next().value()])
    report(node, last, "AGREEMENT: the next epoch is another elsewhere");
  if (certificate) check_certificate(node, {disk.id(last), disk.header(last)}, *certificate);
}

void ChainCheck::on_state(std::size_t node, const Disk& disk) {
  const BlockHeader header = disk.header(disk.tip());
  if (disk.transaction_count() != header.total_txs) report(node, header.height, "the state is not what the chain says");
}

void ChainCheck::on_start(std::size_t node, const Disk& disk, bool restored) {
  if (restored) tips_[node] = disk.tip();
  if (disk.tip() < tips_[node]) report(node, tips_[node], "a final block is gone");
  for (Height height = tips_[node]; height <= disk.tip(); height = height.next())
    if (height <= top() && disk.id(height) != agreed_[height.value()].id) report(node, height, "a final block has changed");
}

void ChainCheck::on_final_answer(std::size_t node, const TxId& id, Height height) {
  const auto at = transactions_.find(id);
  if (at == transactions_.end() || at->second != height) report(node, height, "a transaction was called final that is not");
}

// ---- the block by itself ----

void ChainCheck::check_block(std::size_t node, const Disk& disk, const SharedBytes& bytes) {
  const auto block = crypto::format::decode_block(bytes.view());
  if (!block) {
    report(node, top().next(), "a final block cannot be read");
    return;
  }
  const BlockHeader& header = block->header;
  crypto::merkle::append_leaf_hash(kHistory, history_, kHistory.leaf(agreed_.back().id.view()));
  const char* fault = header_fault(*block);
  if (fault == nullptr) fault = system_fault(disk, *block);
  if (fault != nullptr) report(node, header.height, std::string("a final block is invalid: ") + fault);
  for (const auto& tx : block->transactions) {
    if (!transactions_.emplace(tx.id, header.height).second) report(node, header.height, "a transaction is final twice");
    if (tx.header.valid_until < header.height) report(node, header.height, "an expired transaction is final");
    if (!signatures_.verify(tx.header.author, tx.id.view(), tx.signature))
      report(node, header.height, "a final transaction is not signed by its author");
  }
  agreed_.push_back({block->id, header});
}

const char* ChainCheck::header_fault(const BlockView& block) const {
  const BlockHeader& header = block.header;
  const BlockHeader& parent = agreed_.back().header;
  const bool is_first = agreed_.back().id == system_.anchor_id;
  std::uint64_t body_bytes = 0;
  std::uint64_t quads = 0;
  for (const auto& tx : block.transactions) {
    body_bytes += tx.bytes.size();
    quads += tx.header.quad_count;
  }
  if (header.network_id != genesis_.network_id) return "network";
  if (header.height != parent.height.next() || header.parent_id != agreed_.back().id) return "parent";
  if (header.epoch != system_.epoch || header.epoch_anchor_id != system_.anchor_id) return "epoch";
  if (header.view <= (is_first ? View{} : parent.view)) return "view";
  if (header.proposer != core::consensus::schedule_of(system_).leader(header.view)) return "proposer";
  if (header.timestamp_ms < parent.timestamp_ms + genesis_.parameters.min_interval_ms) return "time";
  if (block.transactions.empty() && !hurries(system_)) return "empty";
  if (header.tx_count != block.transactions.size() || header.body_bytes != body_bytes) return "sizes";
  if (body_bytes > genesis_.parameters.max_block_bytes) return "too large";
  if (header.total_txs != parent.total_txs + header.tx_count || header.total_quads != parent.total_quads + quads) return "totals";
  if (header.tx_root != crypto::format::tx_root_of(block.transactions)) return "tx_root";
  if (header.history_root != crypto::merkle::root_of(kHistory, history_)) return "history_root";
  return nullptr;
}

const char* ChainCheck::system_fault(const Disk& disk, const BlockView& block) {
  for (const auto& tx : block.transactions) {
    if (tx.header.kind == crypto::format::TxKind::dataset) continue;
    const auto request = crypto::format::check_system_request(tx.header.kind, tx.payload, system_, signatures_.verifier());
    if (!request || apply(system_, tx.id, *request)) return "system transaction";
  }
  const BlockHeader& header = block.header;
  if (header.system_root != system_root_of(system_)) return "system_root";
  if (header.authority_set_hash != authority_set_hash(system_.authorities)) return "authority_set_hash";
  if (header.ends_epoch() != ends_epoch(system_, header.height)) return "EPOCH_END";
  if (header.next_authority_set_hash != authority_set_hash(header.ends_epoch() ? system_.next_authorities : system_.authorities))
    return "next_authority_set_hash";
  if (!header.ends_epoch()) return nullptr;
  system_ = begin_epoch(system_, block.id, header.height, disk.system().resting);
  epochs_.push_back(system_);
  return nullptr;
}

void ChainCheck::check_certificate(std::size_t node, const Agreed& block, const ByteVector& bytes) {
  const crypto::format::AuthorityList& signers = authorities(block.header.epoch);
  const auto certificate = crypto::format::decode_certificate(bytes, signers.size());
  if (!certificate || certificate->kind != crypto::format::VoteKind::finalize || certificate->block_id != block.id ||
      certificate->height != block.header.height) {
    report(node, block.header.height, "committed without its finality certificate");
    return;
  }
  const crypto::format::StatementContext context{genesis_.network_id, block.header.epoch_anchor_id};
  for (const auto& signer : certificate->signers) {
    const auto statement = crypto::format::encode_statement(context, crypto::format::ballot_of(*certificate, signer));
    if (!signatures_.verify(signers[signer.authority.value()].key, statement, signer.signature))
      report(node, block.header.height, "a finality certificate with a wrong signature");
  }
}

}  // namespace provchain::sim
