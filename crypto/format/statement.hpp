// SPDX-License-Identifier: Apache-2.0
// What an authority signs: 152 fixed bytes (the first 16 are the domain tag), and the 131-byte vote that carries one over the
// wire. A statement's identity is its 152 bytes; the signer index only selects the key.
//   0 "pvc/consensus/v1" · 16 network_id · 48 anchor_id · 80 u8 kind + 7 zero · 88 u64 epoch · 96 u64 view ·
//   104 u64 parent_view (NULLIFY: since) · 112 u64 height (NULLIFY: 0) · 120 block_id (NULLIFY: zeros)
#pragma once

#include <array>

#include "base/result.hpp"
#include "base/types.hpp"
#include "crypto/format/error.hpp"

namespace provchain::crypto::format {

enum class VoteKind : std::uint8_t { notarize = 1, nullify = 2, finalize = 3 };

// The part of a statement that varies within one epoch.
struct Ballot {
  VoteKind kind = VoteKind::notarize;
  Epoch epoch;
  View view;
  View parent_view;  // NULLIFY: since
  Height height;     // NULLIFY: 0
  BlockId block_id;  // NULLIFY: zeros
  auto operator<=>(const Ballot&) const = default;
};

// view >= 1; NULLIFY has since < view, height 0, id zero; NOTARIZE and FINALIZE have parent_view < view and height >= 1.
[[nodiscard]] bool is_well_formed(const Ballot& ballot);

// One network, one epoch: what binds a ballot to a history.
struct StatementContext {
  NetworkId network_id;
  BlockId anchor_id;  // the block that ended the previous epoch; block 0 for epoch 0
  auto operator<=>(const StatementContext&) const = default;
};

inline constexpr std::size_t statement_bytes = 152;
using StatementBytes = std::array<std::uint8_t, statement_bytes>;

[[nodiscard]] StatementBytes encode_statement(const StatementContext& context, const Ballot& ballot);

struct Statement {
  StatementContext context;
  Ballot ballot;
};
[[nodiscard]] Result<Statement, FormatError> decode_statement(Bytes bytes);

struct Vote {
  Ballot ballot;
  AuthorityIndex signer;
  Signature signature;
  bool operator==(const Vote&) const = default;
};

//   0 u8 kind · 1 u16 signer · 3 u64 epoch · 11 u64 view · 19 u64 parent_view/since · 27 u64 height · 35 block_id · 67 sig
inline constexpr std::size_t vote_bytes = 131;
[[nodiscard]] std::array<std::uint8_t, vote_bytes> encode_vote(const Vote& vote);
[[nodiscard]] Result<Vote, FormatError> decode_vote(Bytes bytes);

}  // namespace provchain::crypto::format
