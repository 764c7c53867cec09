// SPDX-License-Identifier: Apache-2.0
#include "tests/storage/chain_builder.hpp"

#include <algorithm>

#include "crypto/domain.hpp"

namespace provchain::storage::testing {
namespace {

using namespace crypto::format;
namespace merkle = crypto::merkle;

const std::vector<std::uint8_t> kGenesisKeys{100, 101, 102, 103};

crypto::KeyPair key_pair(std::uint8_t number) {
  Hash256 seed;
  seed.bytes.fill(number);
  return crypto::key_pair_from_seed(seed.view());
}

AuthorityList authorities_of(const std::vector<std::uint8_t>& keys) {
  AuthorityList authorities;
  for (const std::uint8_t key : keys) {
    const bool in_genesis = key >= kGenesisKeys.front() && key <= kGenesisKeys.back();
    const std::string name =
        in_genesis ? "authority-" + std::to_string(key - kGenesisKeys.front()) : "member-" + std::to_string(key);
    authorities.push_back({key_pair(key).public_key, name});
  }
  return authorities;
}

Genesis make_genesis(std::string_view network) {
  Genesis genesis;
  genesis.name = network;
  genesis.network_id = network_id_of(as_bytes(network));
  genesis.time_ms = 1'700'000'000'000;
  genesis.authorities = authorities_of(kGenesisKeys);
  return genesis;
}

void append_history(merkle::Frontier& history, const BlockHeader& header) {
  const merkle::TaggedHash hash(crypto::domain::history);
  merkle::append_leaf_hash(hash, history, hash.leaf(block_id_of(header).view()));
}

}  // namespace

ChainBuilder::ChainBuilder(std::string_view network)
    : genesis_(make_genesis(network)),
      genesis_header_(crypto::format::genesis_header(genesis_)),
      tip_(genesis_header_),
      next_epoch_{Epoch{}, block_id_of(genesis_header_), kGenesisKeys} {
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
    provchain::append(body, transaction);
    views.push_back(*decode_transaction(transaction));
    quads += views.back().header.quad_count;
  }
  header.tx_count = static_cast<std::uint32_t>(transactions.size());
  header.total_txs = tip_.total_txs + transactions.size();
  header.total_quads = tip_.total_quads + quads;
  header.tx_root = tx_root_of(views);
  header.authority_set_hash = authority_set_hash(authorities_of(next_epoch_.keys));
  header.next_authority_set_hash = header.authority_set_hash;
  return append(header, body);
}

ByteVector ChainBuilder::add_epoch_end(const std::vector<std::uint8_t>& next) {
  BlockHeader header = genesis_header_;
  header.flags = flag_epoch_end;
  header.total_txs = tip_.total_txs;
  header.total_quads = tip_.total_quads;
  header.authority_set_hash = authority_set_hash(authorities_of(next_epoch_.keys));
  header.next_authority_set_hash = authority_set_hash(authorities_of(next));
  ByteVector block = append(header, {});
  next_epoch_ = {tip_epoch_.epoch.next(), tip_id(), next};
  return block;
}

ByteVector ChainBuilder::authorities() const { return encode_authorities(authorities_of(next_epoch_.keys)); }

ByteVector ChainBuilder::append(BlockHeader header, const ByteVector& body) {
  tip_epoch_ = next_epoch_;
  header.epoch = tip_epoch_.epoch;
  header.epoch_anchor_id = tip_epoch_.anchor_id;
  header.parent_id = block_id_of(tip_);
  header.height = tip_.height.next();
  header.view = View(header.height.value());
  header.timestamp_ms = tip_.timestamp_ms + 250;
  header.body_bytes = body.size();
  header.history_root = merkle::root_of(merkle::TaggedHash(crypto::domain::history), history_);
  tip_ = header;
  append_history(history_, header);
  const auto header_bytes = encode_block_header(header);
  ByteVector block(header_bytes.begin(), header_bytes.end());
  provchain::append(block, body);
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
  provchain::append(bytes, as_bytes(payload));
  provchain::append(bytes,
                    crypto::sign_tagged(keys.secret_key, crypto::domain::transaction_sign, tx_id_of(header_bytes).view()).view());
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
  const StatementContext context{.network_id = genesis_.network_id, .anchor_id = tip_epoch_.anchor_id};
  const std::size_t count = tip_epoch_.keys.size();
  for (std::size_t i = 0; i < quorum(count); ++i) {
    CertificateSigner signer{.authority = AuthorityIndex(static_cast<std::uint16_t>(i)), .since = {}, .signature = {}};
    signer.signature =
        crypto::sign(key_pair(tip_epoch_.keys[i]).secret_key, encode_statement(context, ballot_of(certificate, signer)));
    certificate.signers.push_back(signer);
  }
  return encode_certificate(certificate, count);
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
