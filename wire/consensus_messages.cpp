// SPDX-License-Identifier: Apache-2.0
#include "wire/consensus_messages.hpp"

#include "base/check.hpp"
#include "wire/layout.hpp"
#include "wire/registry.hpp"

namespace provchain::wire {

namespace {

constexpr std::uint8_t kHaveProposal = 1U << 0;
constexpr std::uint8_t kVoter = 1U << 1;

bool is_vote_kind(std::uint8_t number) { return number >= 1 && number <= 3; }

}  // namespace

SharedBytes build_view_status(const ViewStatus& status) {
  ByteVector out;
  append_le(out, status.epoch.value());
  append_le(out, status.view.value());
  append_le(out, status.final_view.value());
  append_le(out, status.final_height.value());
  append(out, status.final_id.view());
  append_le(out, status.top_notarized.value());
  append_le(out, status.own_view.value());
  out.push_back(status.own_step);
  out.push_back(static_cast<std::uint8_t>((status.have_proposal ? kHaveProposal : 0) | (status.voter ? kVoter : 0)));
  append_le(out, status.notarize_votes);
  append_le(out, status.nullify_votes);
  append_le(out, status.finalize_votes);
  append_le(out, status.seen_view.value());
  out.push_back(status.seen_step);
  PVC_CHECK(out.size() == view_status_bytes);
  return SharedBytes::copy_of(out);
}

Result<ViewStatus, Error> parse_view_status(Bytes payload) {
  Reader reader(MessageKind::view_status, payload);
  ViewStatus status;
  status.epoch = Epoch(reader.read_le<std::uint64_t>());
  status.view = View(reader.read_le<std::uint64_t>());
  status.final_view = View(reader.read_le<std::uint64_t>());
  status.final_height = Height(reader.read_le<std::uint64_t>());
  status.final_id = reader.read_fixed<BlockId>();
  status.top_notarized = View(reader.read_le<std::uint64_t>());
  reader.require(status.final_view < status.view && status.top_notarized < status.view, Errc::bad_value);
  status.own_view = View(reader.read_le<std::uint64_t>());
  status.own_step = reader.read_le<std::uint8_t>();
  reader.require(status.own_step <= 2 && (status.own_step == 0) == (status.own_view.value() == 0), Errc::bad_value);
  const auto flags = reader.read_le<std::uint8_t>();
  reader.require((flags & ~(kHaveProposal | kVoter)) == 0, Errc::reserved_not_zero);
  status.have_proposal = (flags & kHaveProposal) != 0;
  status.voter = (flags & kVoter) != 0;
  status.notarize_votes = reader.read_le<std::uint16_t>();
  status.nullify_votes = reader.read_le<std::uint16_t>();
  status.finalize_votes = reader.read_le<std::uint16_t>();
  status.seen_view = View(reader.read_le<std::uint64_t>());
  status.seen_step = reader.read_le<std::uint8_t>();
  reader.require(status.seen_step <= 2 && (status.seen_step == 0) == (status.seen_view.value() == 0), Errc::bad_value);
  return reader.finish(status);
}

SharedBytes build_get_certificates(const GetCertificates& request) {
  PVC_CHECK(!request.keys.empty() && request.keys.size() <= certificates_per_message_max);
  ByteVector out;
  append_le(out, request.epoch.value());
  out.push_back(static_cast<std::uint8_t>(request.keys.size()));
  for (const CertificateKey& key : request.keys) {
    out.push_back(static_cast<std::uint8_t>(key.kind));
    append_le(out, key.view.value());
  }
  return SharedBytes::copy_of(out);
}

Result<GetCertificates, Error> parse_get_certificates(Bytes payload) {
  Reader reader(MessageKind::get_certificates, payload);
  GetCertificates request;
  request.epoch = Epoch(reader.read_le<std::uint64_t>());
  const auto count = reader.read_le<std::uint8_t>();
  reader.require(count >= 1 && count <= certificates_per_message_max, Errc::bad_count);
  for (std::size_t i = 0; reader.ok() && i < count; ++i) {
    const auto kind = reader.read_le<std::uint8_t>();
    reader.require(is_vote_kind(kind), Errc::bad_kind);
    const View view(reader.read_le<std::uint64_t>());
    reader.require(view.value() >= 1, Errc::bad_value);
    request.keys.push_back({static_cast<crypto::format::VoteKind>(kind), view});
  }
  return reader.finish(std::move(request));
}

SharedBytes build_certificates(std::span<const ByteVector> certificates) {
  PVC_CHECK(!certificates.empty() && certificates.size() <= certificates_per_message_max);
  ByteVector out;
  for (const ByteVector& certificate : certificates) append_byte_string(out, certificate);
  return SharedBytes::copy_of(out);
}

Result<ByteList, Error> parse_certificates(Bytes payload) {
  constexpr MessageKind kind = MessageKind::certificates;
  const std::size_t certificate_bytes_max = info_of(MessageKind::certificate).bytes_max;
  PVC_TRY(const ByteList list, ByteList::parse(kind, payload, certificates_per_message_max, certificate_bytes_max));
  if (list.empty()) return std::unexpected(Error{Errc::bad_count, kind, 0});
  return list;
}

}  // namespace provchain::wire
