// SPDX-License-Identifier: Apache-2.0
// A proposal taken apart into owned bytes, to be changed and put together again. Value.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "crypto/format/block.hpp"
#include "wire/messages.hpp"

namespace provchain::sim {

struct ProposalDraft {
  crypto::format::Vote vote;
  wire::BodyForm form{};
  ByteVector block;  // header ‖ body, or the header alone
  ByteVector parent;
  ByteVector finality;
  std::vector<ByteVector> skips;

  // The payload of a proposal that a core has made.
  explicit ProposalDraft(const SharedBytes& payload) {
    const auto view = *wire::parse_proposal(payload.view());
    vote = *crypto::format::decode_vote(view.vote);
    form = view.form;
    block = to_vector(view.block);
    parent = to_vector(view.parent_certificate);
    finality = to_vector(view.finality_certificate);
    for (const Bytes skip : view.skip_certificates) skips.push_back(to_vector(skip));
  }

  [[nodiscard]] crypto::format::BlockHeader header() const {
    return *crypto::format::decode_block_header(Bytes(block).first(crypto::format::block_header_bytes));
  }
  // Another header; the ballot names the block that results. The leader has not signed that yet.
  void set_header(const crypto::format::BlockHeader& header) {
    std::ranges::copy(crypto::format::encode_block_header(header), block.begin());
    vote.ballot.block_id = crypto::format::block_id_of(header);
  }
  // These transactions instead, and the header that goes with them.
  void set_transactions(std::span<const SharedBytes> transactions) {
    crypto::format::BlockHeader changed = header();
    const std::uint64_t before_txs = changed.total_txs - changed.tx_count;
    const std::uint64_t before_quads = changed.total_quads - quads();
    block.resize(crypto::format::block_header_bytes);
    std::vector<crypto::format::TxView> views;
    std::uint64_t quad_count = 0;
    for (const SharedBytes& transaction : transactions) {
      append(block, transaction.view());
      views.push_back(*crypto::format::decode_transaction(transaction.view()));
      quad_count += views.back().header.quad_count;
    }
    changed.tx_count = static_cast<std::uint32_t>(views.size());
    changed.body_bytes = block.size() - crypto::format::block_header_bytes;
    changed.total_txs = before_txs + views.size();
    changed.total_quads = before_quads + quad_count;
    changed.tx_root = crypto::format::tx_root_of(views);
    set_header(changed);
  }

  [[nodiscard]] SharedBytes build() const {
    wire::ProposalFields fields;
    const auto vote_bytes = crypto::format::encode_vote(vote);
    fields.vote = vote_bytes;
    fields.form = form;
    fields.block = block;
    fields.parent_certificate = parent;
    fields.finality_certificate = finality;
    fields.skip_certificates = skips;
    return wire::build_proposal(fields);
  }

 private:
  [[nodiscard]] std::uint64_t quads() const {
    std::uint64_t sum = 0;
    const auto decoded = crypto::format::decode_block(block);
    for (const auto& tx : decoded->transactions) sum += tx.header.quad_count;
    return sum;
  }
};

[[nodiscard]] inline wire::OutMessage vote_message(const crypto::format::Vote& vote) {
  return wire::one_way(wire::MessageKind::vote, SharedBytes::copy_of(crypto::format::encode_vote(vote)));
}

}  // namespace provchain::sim
