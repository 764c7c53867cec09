// SPDX-License-Identifier: Apache-2.0
// The check of transactions and block bodies, which decides the same on every replica. The input is (a) a transaction's bytes,
// and (b), behind its first two bytes, the payload of a transaction that is signed here.
//   A signed payload is accepted exactly when it is not empty and is its own canonical form; then a flipped bit, at a place the
//   first two bytes name, makes the transaction refused and a block's body wrong.
#include "storage/rdf/tx_check.hpp"

#include <algorithm>

#include "crypto/domain.hpp"
#include "crypto/ed25519.hpp"
#include "storage/rdf/canonical.hpp"

using namespace provchain;
using namespace provchain::storage::rdf;
using crypto::format::BlockHeader;
using crypto::format::TxHeader;

namespace {

const crypto::KeyPair& author() {
  static const crypto::KeyPair pair = [] {
    PVC_CHECK(crypto::init());
    return crypto::key_pair_from_seed(ByteVector(32, 7));
  }();
  return pair;
}

ByteVector signed_transaction(Bytes payload) {
  TxHeader header;
  header.author = author().public_key;
  header.valid_until = Height{9};
  header.quad_count = static_cast<std::uint32_t>(std::max<std::ptrdiff_t>(1, std::count(payload.begin(), payload.end(), '\n')));
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  header.dataset_root = dataset_root_of(payload);
  const auto header_bytes = crypto::format::encode_tx_header(header);
  ByteVector bytes(header_bytes.begin(), header_bytes.end());
  append(bytes, payload);
  const TxId id = crypto::format::tx_id_of(header_bytes);
  append(bytes, crypto::sign_tagged(author().secret_key, crypto::domain::transaction_sign, id.view()).view());
  return bytes;
}

ByteVector block_of(const ByteVector& transaction) {
  const auto view = crypto::format::decode_transaction(transaction);
  PVC_CHECK(view.has_value());
  BlockHeader header;
  header.height = Height{1};
  header.tx_count = 1;
  header.body_bytes = transaction.size();
  header.tx_root = crypto::format::tx_root_of(std::span(&*view, 1));
  const auto header_bytes = crypto::format::encode_block_header(header);
  ByteVector block(header_bytes.begin(), header_bytes.end());
  append(block, transaction);
  return block;
}

bool is_own_canonical_form(Bytes payload) {
  CanonicalDataset dataset(8 * payload.size() + 1'024);
  if (const Result<void, RdfError> done = scan_nquads(payload, Syntax::nquads, dataset); !done) return false;
  dataset.finish();
  return !payload.empty() && join_lines(dataset.lines()) == as_text(payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const TransactionVerdict raw = check_transaction(input, NetworkId{}, {});
  if (!raw.reject) PVC_CHECK(raw.transaction.bytes == size);
  if (size < 2) return 0;
  const Bytes payload = input.subspan(2);
  ByteVector bytes = signed_transaction(payload);
  const TransactionVerdict verdict = check_transaction(bytes, NetworkId{}, {});
  PVC_CHECK(verdict.reject.has_value() != is_own_canonical_form(payload));
  ByteVector block = block_of(bytes);
  const BodyVerdict body = check_block_body(block, {}, NetworkId{}, {});
  PVC_CHECK(body.outcome == (verdict.reject ? BodyOutcome::invalid : BodyOutcome::valid));
  PVC_CHECK(body.reject == verdict.reject);
  if (verdict.reject) return 0;
  const std::size_t place = load_le<std::uint16_t>(input, 0);
  const std::size_t flipped = place % bytes.size();
  bytes[flipped] ^= static_cast<std::uint8_t>(1U << place % 8);
  block[crypto::format::block_header_bytes + flipped] = bytes[flipped];
  PVC_CHECK(check_transaction(bytes, NetworkId{}, {}).reject.has_value());
  PVC_CHECK(check_block_body(block, {}, NetworkId{}, {}).outcome == BodyOutcome::wrong_body);
  return 0;
}
