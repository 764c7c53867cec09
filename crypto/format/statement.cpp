// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/statement.hpp"

#include "crypto/domain.hpp"
#include "crypto/format/layout.hpp"

namespace provchain::crypto::format {
namespace {

constexpr std::size_t kTagBytes = 16;
static_assert(domain::consensus.size() == kTagBytes);

bool is_vote_kind(std::uint8_t kind) { return kind >= 1 && kind <= 3; }

// The five fields behind the kind and the epoch lie in the same order in statements and votes.
void store_tail(MutBytes out, std::size_t offset, const Ballot& ballot) {
  store_le(out, offset, ballot.epoch.value());
  store_le(out, offset + 8, ballot.view.value());
  store_le(out, offset + 16, ballot.parent_view.value());
  store_le(out, offset + 24, ballot.height.value());
  ballot.block_id.store(out, offset + 32);
}

Ballot load_ballot(Bytes bytes, std::uint8_t kind, std::size_t offset) {
  Ballot ballot;
  ballot.kind = static_cast<VoteKind>(kind);
  ballot.epoch = Epoch(load_le<std::uint64_t>(bytes, offset));
  ballot.view = View(load_le<std::uint64_t>(bytes, offset + 8));
  ballot.parent_view = View(load_le<std::uint64_t>(bytes, offset + 16));
  ballot.height = Height(load_le<std::uint64_t>(bytes, offset + 24));
  ballot.block_id = BlockId::load(bytes, offset + 32);
  return ballot;
}

}  // namespace

bool is_well_formed(const Ballot& ballot) {
  if (ballot.view.value() == 0 || ballot.parent_view >= ballot.view) return false;
  switch (ballot.kind) {
    case VoteKind::nullify:
      return ballot.height.value() == 0 && ballot.block_id.is_zero();
    case VoteKind::notarize:
    case VoteKind::finalize:
      return ballot.height.value() >= 1;
  }
  return false;
}

StatementBytes encode_statement(const StatementContext& context, const Ballot& ballot) {
  StatementBytes out{};
  std::memcpy(out.data(), domain::consensus.data(), kTagBytes);
  context.network_id.store(out, 16);
  context.anchor_id.store(out, 48);
  out[80] = static_cast<std::uint8_t>(ballot.kind);
  store_tail(out, 88, ballot);
  return out;
}

Result<Statement, FormatError> decode_statement(Bytes bytes) {
  PVC_TRY_VOID(expect_exactly(bytes, statement_bytes));
  if (!equal(bytes.first(kTagBytes), as_bytes(domain::consensus))) return refuse(FormatErrc::unknown_version, 0);
  if (!is_vote_kind(bytes[80])) return refuse(FormatErrc::unknown_kind, 80);
  if (!all_zero(bytes.subspan(81, 7))) return refuse(FormatErrc::reserved_not_zero, 81);
  const Statement statement{{NetworkId::load(bytes, 16), BlockId::load(bytes, 48)}, load_ballot(bytes, bytes[80], 88)};
  if (!is_well_formed(statement.ballot)) return refuse(FormatErrc::bad_statement, 88);
  return statement;
}

std::array<std::uint8_t, vote_bytes> encode_vote(const Vote& vote) {
  std::array<std::uint8_t, vote_bytes> out{};
  out[0] = static_cast<std::uint8_t>(vote.ballot.kind);
  store_le(MutBytes(out), 1, vote.signer.value());
  store_tail(out, 3, vote.ballot);
  vote.signature.store(out, 67);
  return out;
}

Result<Vote, FormatError> decode_vote(Bytes bytes) {
  PVC_TRY_VOID(expect_exactly(bytes, vote_bytes));
  if (!is_vote_kind(bytes[0])) return refuse(FormatErrc::unknown_kind, 0);
  const Vote vote{load_ballot(bytes, bytes[0], 3), AuthorityIndex(load_le<std::uint16_t>(bytes, 1)), Signature::load(bytes, 67)};
  if (!is_well_formed(vote.ballot)) return refuse(FormatErrc::bad_statement, 3);
  return vote;
}

}  // namespace provchain::crypto::format
