// SPDX-License-Identifier: Apache-2.0
#include "tests/crypto/format_samples.hpp"

#include "crypto/domain.hpp"
#include "crypto/merkle.hpp"

namespace provchain::crypto::format::samples {
namespace {

Hash256 dataset_root() {
  const merkle::TaggedHash h(domain::dataset);
  const Hash256 leaves[] = {h.leaf(as_bytes("<urn:a> <urn:p> \"1\" .")), h.leaf(as_bytes("<urn:b> <urn:p> \"2\" <urn:g> ."))};
  return merkle::root_of(h, leaves);
}

}  // namespace

TxHeader tx_header() {
  TxHeader header;
  header.network_id = filled<NetworkId>(0x11);
  header.author = filled<PublicKey>(0x22);
  header.salt = 7;
  header.valid_until = Height(1000);
  header.quad_count = 2;
  header.payload_bytes = static_cast<std::uint32_t>(dataset.size());
  header.dataset_root = dataset_root();
  return header;
}

ByteVector transaction(std::uint64_t salt) {
  const KeyPair author = key_pair(0x77);
  TxHeader header = tx_header();
  header.author = author.public_key;
  header.salt = salt;
  const TxHeaderBytes header_bytes = encode_tx_header(header);
  ByteVector out = to_vector(header_bytes);
  append(out, as_bytes(dataset));
  append(out, sign_tagged(author.secret_key, domain::transaction_sign, tx_id_of(header_bytes).view()).view());
  return out;
}

BlockHeader block_header() {
  BlockHeader header;
  header.flags = flag_epoch_end;
  header.height = Height(41);
  header.epoch = Epoch(3);
  header.view = View(1000);
  header.proposer = AuthorityIndex(2);
  header.timestamp_ms = 1'790'000'000'000;
  header.total_txs = 500;
  header.total_quads = 7500;
  header.network_id = filled<NetworkId>(0x11);
  header.parent_id = filled<BlockId>(0x20);
  header.epoch_anchor_id = filled<BlockId>(0x12);
  header.history_root = filled<Hash256>(0x31);
  header.tx_root = merkle::TaggedHash(domain::transactions).empty();
  header.system_root = filled<Hash256>(0x33);
  header.authority_set_hash = filled<Hash256>(0x34);
  header.next_authority_set_hash = filled<Hash256>(0x35);
  return header;
}

ByteVector block(std::uint32_t tx_count) {
  ByteVector body;
  std::vector<Hash256> leaves;
  for (std::uint32_t i = 0; i < tx_count; ++i) {
    const ByteVector bytes = transaction(i);
    const Bytes view(bytes);
    leaves.push_back(
        tx_leaf_hash(tx_id_of(view.first(tx_header_bytes)), Signature::load(view, bytes.size() - tx_signature_bytes)));
    append(body, bytes);
  }
  BlockHeader header = block_header();
  header.tx_count = tx_count;
  header.body_bytes = body.size();
  header.tx_root = merkle::root_of(merkle::TaggedHash(domain::transactions), leaves);
  ByteVector out = to_vector(encode_block_header(header));
  append(out, body);
  return out;
}

Genesis genesis() {
  Genesis genesis;
  genesis.name = "sample";
  genesis.network_id = network_id_of(as_bytes("the bytes of a genesis document"));
  genesis.time_ms = 1'790'000'000'000;
  genesis.authorities = authorities(4);
  genesis.open_participation = false;
  genesis.participants = {filled<PublicKey>(0x41), filled<PublicKey>(0x42)};
  return genesis;
}

}  // namespace provchain::crypto::format::samples
