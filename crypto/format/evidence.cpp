// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/evidence.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "crypto/domain.hpp"
#include "crypto/format/layout.hpp"

namespace provchain::crypto::format {
namespace {

constexpr std::size_t kSignedBytes = statement_bytes + 2 + Signature::kSize;

std::optional<Contradiction> of_same_kind(const Ballot& a, const Ballot& b) {
  if (a.view != b.view || a == b) return std::nullopt;
  switch (a.kind) {
    case VoteKind::notarize:
      return Contradiction::two_notarisations;
    case VoteKind::finalize:
      return Contradiction::two_finalisations;
    case VoteKind::nullify:
      return Contradiction::two_nullifications;
  }
  return std::nullopt;
}

bool same_node(const Ballot& a, const Ballot& b) {
  return a.parent_view == b.parent_view && a.height == b.height && a.block_id == b.block_id;
}

struct SignedStatement {
  Statement statement;
  AuthorityIndex signer;
  Signature signature;
};

Result<SignedStatement, FormatError> decode_signed(Bytes bytes, std::size_t offset) {
  const auto statement = decode_statement(bytes.subspan(offset, statement_bytes));
  if (!statement) return refuse(statement.error().code, offset + statement.error().offset);
  const std::size_t signer_at = offset + statement_bytes;
  return SignedStatement{*statement, AuthorityIndex(load_le<std::uint16_t>(bytes, signer_at)),
                         Signature::load(bytes, signer_at + 2)};
}

}  // namespace

std::string_view to_string(Contradiction contradiction) {
  switch (contradiction) {
    case Contradiction::two_notarisations:
      return "two_notarisations";
    case Contradiction::two_finalisations:
      return "two_finalisations";
    case Contradiction::skipped_a_finalised:
      return "skipped_a_finalised";
    case Contradiction::finalised_another:
      return "finalised_another";
    case Contradiction::two_nullifications:
      return "two_nullifications";
  }
  PVC_UNREACHABLE();
}

std::optional<Contradiction> contradiction_of(const Ballot& a, const Ballot& b) {
  if (a.epoch != b.epoch) return std::nullopt;
  if (a.kind == b.kind) return of_same_kind(a, b);
  if (b.kind == VoteKind::finalize) return contradiction_of(b, a);
  if (a.kind != VoteKind::finalize) return std::nullopt;  // NOTARIZE beside NULLIFY is allowed
  if (b.kind == VoteKind::notarize) {
    if (a.view == b.view && !same_node(a, b)) return Contradiction::finalised_another;
    return std::nullopt;
  }
  if (b.parent_view < a.view && a.view <= b.view) return Contradiction::skipped_a_finalised;
  return std::nullopt;
}

std::optional<Evidence> make_evidence(const StatementContext& context, const Vote& a, const Vote& b) {
  if (a.signer != b.signer || !contradiction_of(a.ballot, b.ballot)) return std::nullopt;
  Evidence evidence{context, a.signer, {{{a.ballot, a.signature}, {b.ballot, b.signature}}}};
  if (encode_statement(context, b.ballot) < encode_statement(context, a.ballot))
    std::swap(evidence.statements[0], evidence.statements[1]);
  return evidence;
}

std::array<std::uint8_t, evidence_bytes> encode_evidence(const Evidence& evidence) {
  std::array<std::uint8_t, evidence_bytes> out{};
  std::size_t offset = 0;
  for (const Evidence::Signed& part : evidence.statements) {
    const StatementBytes statement = encode_statement(evidence.context, part.ballot);
    std::ranges::copy(statement, out.begin() + static_cast<std::ptrdiff_t>(offset));
    store_le(MutBytes(out), offset + statement_bytes, evidence.signer.value());
    part.signature.store(out, offset + statement_bytes + 2);
    offset += kSignedBytes;
  }
  return out;
}

Result<Evidence, FormatError> decode_evidence(Bytes payload) {
  PVC_TRY_VOID(expect_exactly(payload, evidence_bytes));
  PVC_TRY(const SignedStatement first, decode_signed(payload, 0));
  PVC_TRY(const SignedStatement second, decode_signed(payload, kSignedBytes));
  if (first.statement.context != second.statement.context) return refuse(FormatErrc::bad_statement, kSignedBytes);
  if (first.signer != second.signer) return refuse(FormatErrc::bad_statement, kSignedBytes + statement_bytes);
  const Vote a{first.statement.ballot, first.signer, first.signature};
  const Vote b{second.statement.ballot, second.signer, second.signature};
  const std::optional<Evidence> evidence = make_evidence(first.statement.context, a, b);
  if (!evidence) return refuse(FormatErrc::bad_statement, kSignedBytes);
  if (evidence->statements[0].ballot != a.ballot) return refuse(FormatErrc::not_ascending, kSignedBytes);
  return *evidence;
}

Contradiction contradiction_of(const Evidence& evidence) {
  const auto contradiction = contradiction_of(evidence.statements[0].ballot, evidence.statements[1].ballot);
  PVC_CHECK(contradiction.has_value());
  return *contradiction;
}

Hash256 evidence_id_of(const Evidence& evidence) {
  const StatementBytes first = encode_statement(evidence.context, evidence.statements[0].ballot);
  const StatementBytes second = encode_statement(evidence.context, evidence.statements[1].ballot);
  return Hasher(domain::evidence)
      .update_le(evidence.statements[0].ballot.epoch.value())
      .update_le(evidence.signer.value())
      .update_le(static_cast<std::uint8_t>(contradiction_of(evidence)))
      .update(Bytes(first))
      .update(Bytes(second))
      .finish();
}

}  // namespace provchain::crypto::format
