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

std::vector<Change> changes() {
  return {{ChangeKind::add_authority, key_pair(9).public_key, "newcomer"},
          {ChangeKind::remove_authority, key_pair(4).public_key, ""},
          {ChangeKind::admit_participant, filled<PublicKey>(0x43), ""},
          {ChangeKind::open_participation, {}, ""}};
}

Approval approval(const SystemState& state, const std::vector<Change>& changes, std::uint16_t signer, std::uint8_t key_number) {
  return {signer, sign_tagged(key_pair(key_number).secret_key, domain::govern, approval_message(state.context(), changes))};
}

Governance governance(const SystemState& state) {
  Governance governance{changes(), {}};
  for (std::uint8_t i = 0; i < 3; ++i)
    governance.approvals.push_back(approval(state, governance.changes, i, static_cast<std::uint8_t>(i + 1)));
  governance.approvals.push_back(approval(state, governance.changes, first_newcomer, 9));
  return governance;
}

Evidence evidence(const SystemState& state, std::uint16_t signer) {
  const auto signed_ballot = [&](std::uint8_t block) {
    Ballot ballot = notarize(7);
    ballot.epoch = state.epoch;
    ballot.block_id = filled<BlockId>(block);
    const KeyPair pair = key_pair(static_cast<std::uint8_t>(signer + 1));
    return Vote{ballot, AuthorityIndex(signer), sign(pair.secret_key, encode_statement(state.context(), ballot))};
  };
  return *make_evidence(state.context(), signed_ballot(0x52), signed_ballot(0x51));
}

SystemState system_state() {
  SystemState state = genesis_state(genesis());
  for (std::uint8_t i = 0; i < 3; ++i)
    state = begin_epoch(state, filled<BlockId>(static_cast<std::uint8_t>(0x61 + i)), Height(40U * (i + 1U)), {});
  state.resting = {AuthorityIndex(1), AuthorityIndex(3)};
  PVC_CHECK(!apply(state, filled<TxId>(0x71), {state.epoch, changes()}));
  PVC_CHECK(!apply(state, filled<TxId>(0x72), {state.epoch, evidence(state, 2)}));
  return state;
}

}  // namespace provchain::crypto::format::samples
