// SPDX-License-Identifier: Apache-2.0
#include "engine/api/blocks.hpp"

#include <algorithm>
#include <charconv>

#include "crypto/format/block.hpp"
#include "crypto/format/certificate.hpp"
#include "engine/api/chain_reads.hpp"
#include "engine/api/epoch_names.hpp"

namespace provchain::api {
namespace {

using crypto::format::BlockHeader;

constexpr std::size_t kBlocksPerPageMax = 1'000;

Result<Json, Problem> header_json(EpochNames& names, const BlockHeader& header, const BlockId& id) {
  PVC_TRY(const std::string proposer, names.name(header.epoch, header.proposer));
  return Json{{"height", header.height.value()},
              {"id", id.hex()},
              {"parent_id", header.parent_id.hex()},
              {"epoch", header.epoch.value()},
              {"view", header.view.value()},
              {"proposer", header.proposer.value()},
              {"proposer_name", proposer},
              {"timestamp_ms", header.timestamp_ms},
              {"tx_count", header.tx_count},
              {"body_bytes", header.body_bytes},
              {"total_txs", header.total_txs},
              {"total_quads", header.total_quads},
              {"history_root", header.history_root.hex()},
              {"tx_root", header.tx_root.hex()},
              {"system_root", header.system_root.hex()},
              {"authority_set_hash", header.authority_set_hash.hex()}};
}

// Null while no certificate covers the height: a block fetched during catch-up is certified by one above.
Result<Json, Problem> certificate_json(const storage::ChainStore& chain, const storage::ReadTxn& txn, EpochNames& names,
                                       Height height) {
  PVC_TRY(const auto certified, chain.certificate_at_or_above(txn, height));
  if (certified.certificate.empty()) return Json(nullptr);
  const auto epoch = crypto::format::epoch_of_certificate(certified.certificate);
  if (!epoch) return std::unexpected(Problem(corrupt_block(certified.height)));
  PVC_TRY(const auto* authorities, names.authorities(*epoch));
  const auto certificate = crypto::format::decode_certificate(certified.certificate, authorities->size());
  if (!certificate) return std::unexpected(Problem(corrupt_block(certified.height)));
  Json signers = Json::array();
  for (const crypto::format::CertificateSigner& signer : certificate->signers) {
    PVC_TRY(std::string name, names.name(*epoch, signer.authority));
    signers.push_back(std::move(name));
  }
  return Json{{"height", certified.height.value()}, {"signers", std::move(signers)}};
}

Problem no_block() { return not_found("the chain has no such block"); }

}  // namespace

Result<Height, Problem> resolve_block(const Context& context, const Request& request) {
  const storage::Ledger& ledger = *context.backend.ledger;
  const std::string& ref = request.argument;
  PVC_TRY(const storage::ReadTxn txn, ledger.chain().read());
  PVC_TRY(const Height newest, ledger.chain().height(txn));
  if (ref == "latest") {
    if (newest == Height{}) return std::unexpected(not_found("the chain has no block yet"));
    return newest;
  }
  if (const auto id = BlockId::parse_hex(ref)) {
    PVC_TRY(const storage::ReadTxn state_txn, ledger.state().read());
    PVC_TRY(const auto height, ledger.state().find_block(state_txn, *id));
    if (!height) return std::unexpected(no_block());
    return *height;
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(ref.data(), ref.data() + ref.size(), number);
  if (error != std::errc{} || end != ref.data() + ref.size())
    return std::unexpected(bad_parameter("ref", "expected a height, a block id of 64 lower-case hex digits, or latest"));
  // Height 0 is the genesis: it has no block.
  if (number == 0 || number > newest.value()) return std::unexpected(no_block());
  return Height(number);
}

Handled get_blocks(const Context& context, const Request& request) {
  PVC_TRY(const auto from, request.query.height("from"));
  PVC_TRY(const std::size_t limit, request.query.limit(kBlocksPerPageMax));
  const storage::ChainStore& chain = context.backend.ledger->chain();
  PVC_TRY(const storage::ReadTxn txn, chain.read());
  PVC_TRY(const Height newest, chain.height(txn));
  EpochNames names(*context.backend.genesis, chain, txn);
  Json blocks = Json::array();
  Height height = std::max(from.value_or(Height(1)), Height(1));
  for (; height <= newest && blocks.size() < limit; height = height.next()) {
    PVC_TRY(const Bytes bytes, chain.header_bytes_at(txn, height));
    const auto header = crypto::format::decode_block_header(bytes);
    if (!header) return std::unexpected(Problem(corrupt_block(height)));
    PVC_TRY(Json entry, header_json(names, *header, crypto::format::block_id_of(bytes)));
    blocks.push_back(std::move(entry));
  }
  Json answer{{"blocks", std::move(blocks)}};
  set_heights(answer, context);
  if (height <= newest) answer["next"] = height.value();
  return json_response(answer);
}

Handled get_block(const Context& context, const Request& request) {
  PVC_TRY(const Height height, resolve_block(context, request));
  const storage::ChainStore& chain = context.backend.ledger->chain();
  PVC_TRY(const storage::ReadTxn txn, chain.read());
  PVC_TRY(const Bytes bytes, chain.block_at(txn, height));
  const auto block = crypto::format::decode_block(bytes);
  if (!block) return std::unexpected(Problem(corrupt_block(height)));
  EpochNames names(*context.backend.genesis, chain, txn);
  PVC_TRY(Json answer, header_json(names, block->header, block->id));
  Json ids = Json::array();
  for (const crypto::format::TxView& tx : block->transactions) ids.push_back(tx.id.hex());
  answer["transactions"] = std::move(ids);
  PVC_TRY(Json certificate, certificate_json(chain, txn, names, height));
  if (!certificate.is_null()) answer["certificate"] = std::move(certificate);
  set_heights(answer, context);
  return json_response(answer);
}

Handled get_block_bytes(const Context& context, const Request& request) {
  PVC_TRY(const Height height, resolve_block(context, request));
  PVC_TRY(const storage::ReadTxn txn, context.backend.ledger->chain().read());
  PVC_TRY(const Bytes bytes, context.backend.ledger->chain().block_at(txn, height));
  if (bytes.empty()) return std::unexpected(no_block());
  Response response;
  response.content_type = "application/octet-stream";
  response.body = as_text(bytes);
  return response;
}

}  // namespace provchain::api
