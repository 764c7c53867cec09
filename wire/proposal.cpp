// SPDX-License-Identifier: Apache-2.0
#include "base/check.hpp"
#include "consensus_generated.h"
#include "crypto/format/block_header.hpp"
#include "wire/consensus_messages.hpp"
#include "wire/registry.hpp"
#include "wire/table.hpp"

namespace provchain::wire {

namespace {

constexpr MessageKind kKind = MessageKind::proposal;
constexpr std::size_t kBodyBytesOffset = 48;  // of u64 body_bytes in the header

std::unexpected<Error> refuse(Errc code, std::uint32_t field) { return std::unexpected(Error{code, kKind, field}); }

// The field numbers of schema/consensus.fbs, for Error::offset.
enum Field : std::uint32_t { field_vote, field_form, field_block, field_parent, field_skips, field_finality };

Result<bool, Error> check_block(const ProposalView& view) {
  switch (view.form) {
    case BodyForm::full:
      if (load_le<std::uint64_t>(view.header, kBodyBytesOffset) != view.body.size()) return refuse(Errc::bad_length, field_block);
      return true;
    case BodyForm::none:
      if (!view.body.empty()) return refuse(Errc::bad_length, field_block);
      return true;
    case BodyForm::compact:
      return refuse(Errc::unsupported_form, field_form);
  }
  return refuse(Errc::bad_kind, field_form);
}

}  // namespace

SharedBytes build_proposal(const ProposalFields& fields) {
  PVC_CHECK(fields.vote.size() == crypto::format::vote_bytes && fields.block.size() >= crypto::format::block_header_bytes);
  PVC_CHECK(fields.skip_certificates.size() <= limits::skip_certificates_per_proposal_max);
  ByteVector skips;
  for (const ByteVector& certificate : fields.skip_certificates) append_byte_string(skips, certificate);
  flatbuffers::FlatBufferBuilder builder(fields.block.size() + skips.size() + fields.parent_certificate.size() +
                                         fields.finality_certificate.size() + 1024);
  const auto finality = vector_of(builder, fields.finality_certificate);
  const auto skip_list = vector_of(builder, skips);
  const auto parent = vector_of(builder, fields.parent_certificate);
  const auto block = vector_of(builder, fields.block);
  const auto vote = vector_of(builder, fields.vote);
  return finish(builder,
                fb::CreateProposal(builder, vote, static_cast<std::uint8_t>(fields.form), block, parent, skip_list, finality));
}

Result<ProposalView, Error> parse_proposal(Bytes payload) {
  PVC_TRY(const fb::Proposal* table, verify<fb::Proposal>(kKind, payload));
  const std::size_t certificate_bytes_max = info_of(MessageKind::certificate).bytes_max;
  if (table->vote() == nullptr) return refuse(Errc::missing_field, field_vote);
  if (table->block() == nullptr) return refuse(Errc::missing_field, field_block);
  ProposalView view;
  view.vote = bytes_of(table->vote());
  if (view.vote.size() != crypto::format::vote_bytes) return refuse(Errc::bad_length, field_vote);
  view.form = static_cast<BodyForm>(table->form());
  view.block = bytes_of(table->block());
  if (view.block.size() < crypto::format::block_header_bytes) return refuse(Errc::bad_length, field_block);
  if (reinterpret_cast<std::uintptr_t>(view.block.data()) % 8 != 0) return refuse(Errc::misaligned_field, field_block);
  view.header = view.block.first(crypto::format::block_header_bytes);
  view.body = view.block.subspan(crypto::format::block_header_bytes);
  PVC_TRY_VOID(check_block(view));
  view.parent_certificate = bytes_of(table->parent_certificate());
  if (view.parent_certificate.size() > certificate_bytes_max) return refuse(Errc::bad_length, field_parent);
  PVC_TRY(view.skip_certificates, ByteList::parse(kKind, bytes_of(table->skip_certificates()),
                                                  limits::skip_certificates_per_proposal_max, certificate_bytes_max));
  view.finality_certificate = bytes_of(table->finality_certificate());
  if (view.finality_certificate.size() > certificate_bytes_max) return refuse(Errc::bad_length, field_finality);
  return view;
}

}  // namespace provchain::wire
