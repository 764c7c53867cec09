// SPDX-License-Identifier: Apache-2.0
#include "storage/rdf/tx_build.hpp"

#include <algorithm>

#include "crypto/domain.hpp"
#include "storage/rdf/canonical.hpp"
#include "storage/rdf/tx_check.hpp"

namespace provchain::storage::rdf {

using crypto::format::TxHeader;

namespace {

constexpr std::size_t kEnvelopeBytes = crypto::format::tx_header_bytes + crypto::format::tx_signature_bytes;

// `header` says what only its kind knows.
ByteVector sign_transaction(TxHeader header, Bytes payload, const TxTerms& terms, const crypto::KeyPair& author) {
  PVC_CHECK(payload.size() <= UINT32_MAX);
  header.network_id = terms.network_id;
  header.author = author.public_key;
  header.salt = terms.salt;
  header.valid_until = terms.valid_until;
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  const crypto::format::TxHeaderBytes header_bytes = crypto::format::encode_tx_header(header);
  const TxId id = crypto::format::tx_id_of(header_bytes);
  const Signature signature = crypto::sign_tagged(author.secret_key, crypto::domain::transaction_sign, id.view());
  ByteVector bytes;
  bytes.reserve(kEnvelopeBytes + payload.size());
  append(bytes, header_bytes);
  append(bytes, payload);
  append(bytes, signature.view());
  return bytes;
}

}  // namespace

Result<std::vector<Lines>, RdfError> split_into_batches(Lines lines, const BatchLimits& batch_limits) {
  const std::size_t quads_max = std::clamp<std::size_t>(batch_limits.quads_max, 1, limits::transaction_quads_max);
  std::vector<Lines> batches;
  std::size_t first = 0;
  std::size_t bytes = kEnvelopeBytes;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t line_bytes = lines[i].size() + 1;
    if (kEnvelopeBytes + line_bytes > batch_limits.transaction_bytes_max)
      return std::unexpected(RdfError{RdfErrc::line_exceeds_transaction, {i + 1, 1}});
    if (bytes + line_bytes > batch_limits.transaction_bytes_max || i - first == quads_max) {
      batches.push_back(lines.subspan(first, i - first));
      first = i;
      bytes = kEnvelopeBytes;
    }
    bytes += line_bytes;
  }
  if (first < lines.size()) batches.push_back(lines.subspan(first));
  return batches;
}

ByteVector build_transaction(Lines lines, const TxTerms& terms, const crypto::KeyPair& author) {
  PVC_CHECK(!lines.empty() && lines.size() <= limits::transaction_quads_max);
  const std::string payload = join_lines(lines);
  TxHeader header;
  header.quad_count = static_cast<std::uint32_t>(lines.size());
  header.dataset_root = dataset_root_of(as_bytes(payload));
  return sign_transaction(header, as_bytes(payload), terms, author);
}

ByteVector build_system_transaction(crypto::format::TxKind kind, Bytes payload, const TxTerms& terms,
                                    const crypto::KeyPair& author) {
  PVC_CHECK(kind != crypto::format::TxKind::dataset);
  TxHeader header;
  header.kind = kind;
  header.dataset_root = crypto::format::payload_root_of(payload);
  return sign_transaction(header, payload, terms, author);
}

}  // namespace provchain::storage::rdf
