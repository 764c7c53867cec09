// SPDX-License-Identifier: Apache-2.0
// A certified chain for tests that need one without a cluster: one transaction a block, signed with fakes.
#pragma once

#include <vector>

#include "crypto/domain.hpp"
#include "crypto/format/block.hpp"
#include "crypto/merkle.hpp"
#include "tests/sim/fake_crypto.hpp"

namespace provchain::sim {

class ChainSample {
 public:
  ChainSample(const crypto::format::Genesis& genesis, std::uint64_t height) : genesis_(genesis) {
    headers_.push_back(crypto::format::genesis_header(genesis));
    ids_.push_back(crypto::format::block_id_of(headers_.back()));
    blocks_.emplace_back();
    for (std::uint64_t next = 1; next <= height; ++next) append_block(next);
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
    crypto::format::Certificate made;
    made.kind = crypto::format::VoteKind::finalize;
    made.view = View{height.value()};
    made.parent_view = View{height.value() - 1};
    made.height = height;
    made.block_id = block;
    const crypto::format::StatementContext context{genesis_.network_id, ids_.front()};
    for (std::uint16_t i = 0; i < crypto::format::quorum(genesis_.authorities.size()); ++i) {
      crypto::format::CertificateSigner signer{AuthorityIndex{i}, {}, {}};
      const auto statement = crypto::format::encode_statement(context, crypto::format::ballot_of(made, signer));
      signer.signature = fake_sign(genesis_.authorities[i].key, statement);
      made.signers.push_back(signer);
    }
    return made;
  }
  [[nodiscard]] ByteVector encoded_certificate(Height height) const {
    return crypto::format::encode_certificate(certificate(height), genesis_.authorities.size());
  }

 private:
  void append_block(std::uint64_t height) {
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
    header.epoch_anchor_id = ids_.front();
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
};

}  // namespace provchain::sim
