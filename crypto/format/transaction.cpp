// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/transaction.hpp"

#include "base/limits.hpp"
#include "crypto/digest.hpp"
#include "crypto/domain.hpp"
#include "crypto/format/layout.hpp"
#include "crypto/merkle.hpp"

namespace provchain::crypto::format {
namespace {

constexpr std::uint32_t kVersion = 1;

}  // namespace

TxHeaderBytes encode_tx_header(const TxHeader& header) {
  TxHeaderBytes bytes{};
  const MutBytes out(bytes);
  store_le(out, 0, kVersion);
  store_le(out, 4, static_cast<std::uint32_t>(header.kind));
  header.network_id.store(out, 8);
  header.author.store(out, 40);
  store_le(out, 72, header.salt);
  store_le(out, 80, header.valid_until.value());
  store_le(out, 88, header.quad_count);
  store_le(out, 92, header.payload_bytes);
  header.dataset_root.store(out, 96);
  return bytes;
}

Result<TxHeader, FormatError> decode_tx_header(Bytes bytes) {
  PVC_TRY_VOID(expect_exactly(bytes, tx_header_bytes));
  if (load_le<std::uint32_t>(bytes, 0) != kVersion) return refuse(FormatErrc::unknown_version, 0);
  const std::uint32_t kind = load_le<std::uint32_t>(bytes, 4);
  if (kind < 1 || kind > 3) return refuse(FormatErrc::unknown_kind, 4);
  TxHeader header;
  header.kind = static_cast<TxKind>(kind);
  header.network_id = NetworkId::load(bytes, 8);
  header.author = PublicKey::load(bytes, 40);
  header.salt = load_le<std::uint64_t>(bytes, 72);
  header.valid_until = Height(load_le<std::uint64_t>(bytes, 80));
  header.quad_count = load_le<std::uint32_t>(bytes, 88);
  if ((header.kind == TxKind::dataset) != (header.quad_count > 0)) return refuse(FormatErrc::bad_count, 88);
  header.payload_bytes = load_le<std::uint32_t>(bytes, 92);
  header.dataset_root = Hash256::load(bytes, 96);
  return header;
}

TxId tx_id_of(Bytes header_bytes) { return as<TxId>(hash(domain::transaction, header_bytes)); }

Result<TxView, FormatError> split_transaction(Bytes bytes) {
  if (bytes.size() < tx_header_bytes) return refuse(FormatErrc::truncated, bytes.size());
  TxView view;
  PVC_TRY(view.header, decode_tx_header(bytes.first(tx_header_bytes)));
  // Judged before anything waits for the bytes: no block can hold more.
  const std::size_t size_bytes = tx_header_bytes + std::size_t{view.header.payload_bytes} + tx_signature_bytes;
  if (size_bytes > limits::block_bytes_max) return refuse(FormatErrc::too_large, 92);
  if (bytes.size() < size_bytes) return refuse(FormatErrc::truncated, bytes.size());
  view.id = tx_id_of(bytes.first(tx_header_bytes));
  view.signature = Signature::load(bytes, size_bytes - tx_signature_bytes);
  view.bytes = bytes.first(size_bytes);
  view.payload = bytes.subspan(tx_header_bytes, view.header.payload_bytes);
  return view;
}

Result<TxView, FormatError> decode_transaction(Bytes bytes) {
  PVC_TRY(const TxView view, split_transaction(bytes));
  PVC_TRY_VOID(expect_exactly(bytes, view.bytes.size()));
  return view;
}

Hash256 tx_leaf_hash(const TxId& id, const Signature& signature) {
  std::array<std::uint8_t, TxId::kSize + Signature::kSize> leaf;
  id.store(leaf, 0);
  signature.store(leaf, TxId::kSize);
  return merkle::TaggedHash(domain::transactions).leaf(leaf);
}

std::string_view to_string(TxReject reject) {
  switch (reject) {
    case TxReject::malformed:
      return "malformed";
    case TxReject::wrong_network:
      return "wrong_network";
    case TxReject::unsupported_kind:
      return "unsupported_kind";
    case TxReject::too_large:
      return "too_large";
    case TxReject::bad_dataset_root:
      return "bad_dataset_root";
    case TxReject::not_canonical:
      return "not_canonical";
    case TxReject::not_sorted:
      return "not_sorted";
    case TxReject::blank_node:
      return "blank_node";
    case TxReject::reserved_graph:
      return "reserved_graph";
    case TxReject::bad_quad_count:
      return "bad_quad_count";
    case TxReject::bad_author_key:
      return "bad_author_key";
    case TxReject::bad_signature:
      return "bad_signature";
    case TxReject::expired:
      return "expired";
    case TxReject::duplicate:
      return "duplicate";
    case TxReject::author_not_admitted:
      return "author_not_admitted";
    case TxReject::author_quota:
      return "author_quota";
    case TxReject::mempool_full:
      return "mempool_full";
    case TxReject::syncing:
      return "syncing";
    case TxReject::bad_governance:
      return "bad_governance";
    case TxReject::bad_evidence:
      return "bad_evidence";
    case TxReject::not_applicable:
      return "not_applicable";
  }
  PVC_UNREACHABLE();
}

}  // namespace provchain::crypto::format
