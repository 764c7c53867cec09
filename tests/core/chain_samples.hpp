// SPDX-License-Identifier: Apache-2.0
// A certified chain for tests that need one without a cluster: one transaction a block, signed with fakes. Epochs end where a
// test says so.
#pragma once

#include <memory>
#include <vector>

#include "crypto/domain.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/format/block.hpp"
#include "crypto/format/epoch_end.hpp"
#include "crypto/format/system_state.hpp"
#include "crypto/merkle.hpp"
#include "tests/sim/fake_crypto.hpp"

namespace provchain::sim {

class ChainSample {
 public:
  ChainSample(const crypto::format::Genesis& genesis, std::uint64_t height) : genesis_(genesis) {
    headers_.push_back(crypto::format::genesis_header(genesis));
    ids_.push_back(crypto::format::block_id_of(headers_.back()));
    blocks_.emplace_back();
    systems_.push_back(std::make_shared<const crypto::format::SystemState>(crypto::format::genesis_state(genesis)));
    grow(height);
  }

  void grow(std::uint64_t blocks) {
    for (std::uint64_t i = 0; i < blocks; ++i) append_block(headers_.size(), nullptr);
  }
  // One more block, which ends its epoch.
  void end_epoch(const crypto::format::AuthorityList& next) {
    append_block(headers_.size(), &next);
    crypto::format::SystemState ended = *systems_.back();
    ended.next_authorities = next;
    const Height height(headers_.size() - 1);
    systems_.push_back(std::make_shared<const crypto::format::SystemState>(begin_epoch(ended, ids_.back(), height, {})));
    ends_.push_back({to_vector(Bytes(crypto::format::encode_block_header(headers_.back()))), encoded_certificate(height),
                     crypto::format::encode_authorities(next)});
  }
  // What ended an epoch, as it is sent.
  [[nodiscard]] crypto::format::EpochEndView end_of(std::uint64_t epoch) const {
    const EndBytes& end = ends_[epoch];
    return {end.header, end.certificate, end.next_authorities};
  }
  // That the block above `height` builds on.
  [[nodiscard]] const std::shared_ptr<const crypto::format::SystemState>& system(Height height) const {
    const crypto::format::BlockHeader& at = headers_[height.value()];
    return systems_[at.epoch.value() + (at.ends_epoch() ? 1 : 0)];
  }

  [[nodiscard]] const crypto::format::BlockHeader& header(Height height) const { return headers_[height.value()]; }
  [[nodiscard]] BlockId id(Height height) const { return ids_[height.value()]; }
  [[nodiscard]] const SharedBytes& block(Height height) const { return blocks_[height.value()]; }

  // Over the ids of heights 0 … `height`.
  [[nodiscard]] crypto::merkle::Frontier history(Height height) const {
    const crypto::merkle::TaggedHash tree(crypto::domain::history);
    crypto::merkle::Frontier frontier;
    for (std::uint64_t i = 0; i <= height.value(); ++i)
      crypto::merkle::append_leaf_hash(tree, frontier, tree.leaf(ids_[i].view()));
    return frontier;
  }

  // Of the block at `height` in the history tree of `head` leaves.
  [[nodiscard]] std::vector<Hash256> path(Height height, Height head) const {
    const crypto::merkle::TaggedHash tree(crypto::domain::history);
    std::vector<Hash256> leaves;
    for (std::uint64_t i = 0; i < head.value(); ++i) leaves.push_back(tree.leaf(ids_[i].view()));
    return crypto::merkle::inclusion_path(tree, leaves, height.value());
  }

  [[nodiscard]] crypto::format::Certificate certificate(Height height) const { return certificate(height, id(height)); }
  // Of another block at that height, as only faulty authorities sign it.
  [[nodiscard]] crypto::format::Certificate certificate(Height height, const BlockId& block) const {
    const crypto::format::SystemState& epoch = epoch_of(height);
    crypto::format::Certificate made;
    made.kind = crypto::format::VoteKind::finalize;
    made.epoch = epoch.epoch;
    made.view = View{height.value()};
    made.parent_view = View{height.value() - 1};
    made.height = height;
    made.block_id = block;
    for (std::uint16_t i = 0; i < crypto::format::quorum(epoch.authorities.size()); ++i) {
      crypto::format::CertificateSigner signer{AuthorityIndex{i}, {}, {}};
      const auto statement = crypto::format::encode_statement(epoch.context(), crypto::format::ballot_of(made, signer));
      signer.signature = fake_sign(epoch.authorities[i].key, statement);
      made.signers.push_back(signer);
    }
    return made;
  }
  [[nodiscard]] ByteVector encoded_certificate(Height height) const {
    return crypto::format::encode_certificate(certificate(height), epoch_of(height).authorities.size());
  }

 private:
  struct EndBytes {
    ByteVector header, certificate, next_authorities;
  };

  // Of the block at `height` itself.
  [[nodiscard]] const crypto::format::SystemState& epoch_of(Height height) const {
    return *systems_[headers_[height.value()].epoch.value()];
  }

  void append_block(std::uint64_t height, const crypto::format::AuthorityList* next) {
    const crypto::format::SystemState& epoch = *systems_.back();
    const SharedBytes transaction = fake_transaction(genesis_, {.author = height % 3, .salt = height});
    const auto view = crypto::format::decode_transaction(transaction.view());
    crypto::format::BlockHeader header = headers_.back();
    header.height = Height{height};
    header.view = View{height};
    header.tx_count = 1;
    header.timestamp_ms += 1;
    header.body_bytes = transaction.size();
    header.total_txs += 1;
    header.total_quads += 1;
    header.parent_id = ids_.back();
    header.flags = next == nullptr ? 0 : crypto::format::flag_epoch_end;
    header.epoch = epoch.epoch;
    header.epoch_anchor_id = epoch.anchor_id;
    header.authority_set_hash = crypto::format::authority_set_hash(epoch.authorities);
    header.next_authority_set_hash = next == nullptr ? header.authority_set_hash : crypto::format::authority_set_hash(*next);
    header.history_root =
        crypto::merkle::root_of(crypto::merkle::TaggedHash(crypto::domain::history), history(Height{height - 1}));
    header.tx_root = crypto::format::tx_root_of(std::span(&*view, 1));
    ByteVector bytes;
    append(bytes, crypto::format::encode_block_header(header));
    append(bytes, transaction.view());
    headers_.push_back(header);
    ids_.push_back(crypto::format::block_id_of(header));
    blocks_.push_back(SharedBytes::copy_of(bytes));
  }

  const crypto::format::Genesis& genesis_;
  std::vector<crypto::format::BlockHeader> headers_;
  std::vector<BlockId> ids_;
  std::vector<SharedBytes> blocks_;
  std::vector<std::shared_ptr<const crypto::format::SystemState>> systems_;  // that each epoch begins with
  std::vector<EndBytes> ends_;
};

// Authorities with keys that a list of next authorities may hold; number i is the same in every list.
inline crypto::format::AuthorityList sample_authorities(const std::vector<std::uint8_t>& numbers) {
  crypto::format::AuthorityList authorities;
  for (const std::uint8_t number : numbers) {
    Hash256 seed;
    seed.bytes.fill(number);
    authorities.push_back({crypto::key_pair_from_seed(seed.view()).public_key, "member-" + std::to_string(number)});
  }
  return authorities;
}

}  // namespace provchain::sim
