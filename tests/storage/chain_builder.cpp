// SPDX-License-Identifier: Apache-2.0
#include "tests/storage/chain_builder.hpp"

#include <algorithm>

#include "crypto/domain.hpp"

namespace provchain::storage::testing {
namespace {

using namespace crypto::format;
namespace merkle = crypto::merkle;

constexpr std::size_t kAuthorities = 4;

crypto::KeyPair key_pair(std::uint8_t number) {
  Hash256 seed;
  seed.bytes.fill(number);
  return crypto::key_pair_from_seed(seed.view());
}

Genesis make_genesis(std::string_view network) {
  Genesis genesis;
  genesis.name = network;
  genesis.network_id = network_id_of(as_bytes(network));
  genesis.time_ms = 1'700'000'000'000;
  for (std::size_t i = 0; i < kAuthorities; ++i)
    genesis.authorities.push_back({authority_key(static_cast<std::uint8_t>(i)).public_key, "authority-" + std::to_string(i)});
  return genesis;
}

void append_history(merkle::Frontier& history, const BlockHeader& header) {
  const merkle::TaggedHash hash(crypto::domain::history);
  merkle::append_leaf_hash(hash, history, hash.leaf(block_id_of(header).view()));
}

}  // namespace

ChainBuilder::ChainBuilder(std::string_view network)
    : genesis_(make_genesis(network)), genesis_header_(crypto::format::genesis_header(genesis_)), tip_(genesis_header_) {
  append_history(history_, genesis_header_);
}

ByteVector ChainBuilder::add_block(const std::vector<Lines>& datasets) {
  std::vector<ByteVector> transactions;
  for (const Lines& lines : datasets) transactions.push_back(transaction(lines, next_salt_++));
  return add_block(transactions);
}

ByteVector ChainBuilder::add_block(const std::vector<ByteVector>& transactions) {
  BlockHeader header = genesis_header_;
  ByteVector body;
  std::vector<TxView> views;
  std::uint64_t quads = 0;
  for (const ByteVector& transaction : transactions) {
    append(body, transaction);
    views.push_back(*decode_transaction(transaction));
    quads += views.back().header.quad_count;
  }
  header.parent_id = block_id_of(tip_);
  header.epoch_anchor_id = block_id_of(genesis_header_);
  header.height = tip_.height.next();
  header.view = View(header.height.value());
  header.tx_count = static_cast<std::uint32_t>(transactions.size());
  header.timestamp_ms = tip_.timestamp_ms + 250;
  header.body_bytes = body.size();
  header.total_txs = tip_.total_txs + transactions.size();
  header.total_quads = tip_.total_quads + quads;
  header.tx_root = tx_root_of(views);
  header.history_root = merkle::root_of(merkle::TaggedHash(crypto::domain::history), history_);
  tip_ = header;
  append_history(history_, header);
  const auto header_bytes = encode_block_header(header);
  ByteVector block(header_bytes.begin(), header_bytes.end());
  append(block, body);
  return block;
}

ByteVector ChainBuilder::transaction(Lines lines, std::uint64_t salt, std::uint8_t author) const {
  const std::string payload = payload_of(lines);
  const merkle::TaggedHash hash(crypto::domain::dataset);
  std::ranges::sort(lines);
  std::vector<Hash256> leaves;
  for (const std::string& line : lines) leaves.push_back(hash.leaf(as_bytes(line)));
  const crypto::KeyPair keys = key_pair(author);
  TxHeader header;
  header.network_id = genesis_.network_id;
  header.author = keys.public_key;
  header.salt = salt;
  header.valid_until = Height(1'000'000'000);
  header.quad_count = static_cast<std::uint32_t>(lines.size());
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  header.dataset_root = merkle::root_of(hash, std::span<const Hash256>(leaves));
  const auto header_bytes = encode_tx_header(header);
  ByteVector bytes(header_bytes.begin(), header_bytes.end());
  append(bytes, as_bytes(payload));
  append(bytes, crypto::sign_tagged(keys.secret_key, crypto::domain::transaction_sign, tx_id_of(header_bytes).view()).view());
  return bytes;
}

ByteVector ChainBuilder::certificate() const {
  Certificate certificate{.kind = VoteKind::finalize,
                          .epoch = tip_.epoch,
                          .view = tip_.view,
                          .parent_view = tip_.view.previous(),
                          .height = tip_.height,
                          .block_id = block_id_of(tip_),
                          .signers = {}};
  const StatementContext context{.network_id = genesis_.network_id, .anchor_id = block_id_of(genesis_header_)};
  for (std::size_t i = 0; i < quorum(kAuthorities); ++i) {
    CertificateSigner signer{.authority = AuthorityIndex(static_cast<std::uint16_t>(i)), .since = {}, .signature = {}};
    signer.signature = crypto::sign(authority_key(static_cast<std::uint8_t>(i)).secret_key,
                                    encode_statement(context, ballot_of(certificate, signer)));
    certificate.signers.push_back(signer);
  }
  return encode_certificate(certificate, kAuthorities);
}

crypto::KeyPair authority_key(std::uint8_t index) { return key_pair(static_cast<std::uint8_t>(100 + index)); }

TxId tx_id_of_bytes(Bytes transaction) { return tx_id_of(transaction.first(tx_header_bytes)); }

std::string payload_of(Lines lines) {
  std::ranges::sort(lines);
  std::string payload;
  for (const std::string& line : lines) payload += line + "\n";
  return payload;
}

}  // namespace provchain::storage::testing
