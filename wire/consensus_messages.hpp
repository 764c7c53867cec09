// SPDX-License-Identifier: Apache-2.0
// The messages of consensus but VOTE and CERTIFICATE, whose payload is exactly the bytes of
// crypto/format/{statement,certificate}.hpp. Pure functions, any thread. A view is valid as long as the bytes it was parsed from.
//
// ViewStatus (97 bytes; the STATUS of the protocol)
//   0 u64 epoch · 8 u64 view (current, >= 1) · 16 u64 view of lf · 24 u64 height of lf · 32 lf block_id[32] · 64 u64 top
//   notarised view · 72 u64 own position: view · 80 u8 own position: step 0 … 2 · 81 u8 flags (b0 HAVE_PROPOSAL, b1 VOTER) ·
//   82 u16 NOTARIZE, 84 u16 NULLIFY, 86 u16 FINALIZE: how many votes for the current view the sender holds ·
//   88 u64 view, 96 u8 step: the position of the receiver's highest vote that the sender holds
//   lf is the last finalised node; view 0 of an epoch is its anchor. lf.view < view and top notarised view < view: only a
//   certificate moves a view. A step is 0 if and only if its view is.
// GetCertificates
//   0 u64 epoch · 8 u8 n, 1 … 64 · n × { u8 kind (1 NOTARIZE, 2 NULLIFY, 3 FINALIZE), u64 view }
// Certificates
//   n × { u32 length ‖ certificate }, n 1 … 64
// Proposal: a table, schema/consensus.fbs. Its `block` is header[336] ‖ body (FULL) or the header alone (NONE: a proposal of a
// block that the
//   receivers have), so that a received block can be kept, journalled and stored without being copied (part_of).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/limits.hpp"
#include "crypto/format/statement.hpp"
#include "wire/byte_list.hpp"

namespace provchain::wire {

struct ViewStatus {
  Epoch epoch;
  View view;
  View final_view;  // lf
  Height final_height;
  BlockId final_id;
  View top_notarized;
  View own_view;  // the sender's signing guard in this epoch: (own_view, own_step); (0, 0) when it signed nothing
  std::uint8_t own_step = 0;
  bool have_proposal = false;  // for the current view
  bool voter = false;          // the sender is an authority of this epoch and votes
  std::uint16_t notarize_votes = 0;
  std::uint16_t nullify_votes = 0;
  std::uint16_t finalize_votes = 0;
  View seen_view;  // the position of the receiver's highest vote that the sender holds; (0, 0): none
  std::uint8_t seen_step = 0;
  bool operator==(const ViewStatus&) const = default;
};
inline constexpr std::size_t view_status_bytes = 97;
[[nodiscard]] SharedBytes build_view_status(const ViewStatus& status);
[[nodiscard]] Result<ViewStatus, Error> parse_view_status(Bytes payload);

struct CertificateKey {
  crypto::format::VoteKind kind = crypto::format::VoteKind::notarize;
  View view;
  auto operator<=>(const CertificateKey&) const = default;
};
inline constexpr std::size_t certificates_per_message_max = 64;
struct GetCertificates {
  Epoch epoch;
  std::vector<CertificateKey> keys;
  bool operator==(const GetCertificates&) const = default;
};
[[nodiscard]] SharedBytes build_get_certificates(const GetCertificates& request);
[[nodiscard]] Result<GetCertificates, Error> parse_get_certificates(Bytes payload);

// The caller has kept to 64 certificates. Parsing checks the list, not the certificates.
[[nodiscard]] SharedBytes build_certificates(std::span<const ByteVector> certificates);
[[nodiscard]] Result<ByteList, Error> parse_certificates(Bytes payload PVC_LIFETIMEBOUND);

enum class BodyForm : std::uint8_t { full = 1, none = 2, compact = 3 };  // compact: reserved, refused

struct ProposalFields {
  Bytes vote;  // the leader's NOTARIZE, 131 bytes
  BodyForm form = BodyForm::full;
  Bytes block;                                    // header ‖ body; the header alone when form is none
  Bytes parent_certificate;                       // N or F of the parent node; empty when that is the epoch's anchor
  std::span<const ByteVector> skip_certificates;  // at most 64
  Bytes finality_certificate;                     // F(lf), or empty
};
[[nodiscard]] SharedBytes build_proposal(const ProposalFields& fields);

// The lengths are right and the body is as long as the header says; what the bytes mean is for the codecs of crypto/format.
struct ProposalView {
  Bytes vote;
  BodyForm form = BodyForm::full;
  Bytes header;
  Bytes body;                // empty when form is none
  Bytes block;               // header ‖ body, contiguous
  Bytes parent_certificate;  // may be empty
  ByteList skip_certificates;
  Bytes finality_certificate;  // may be empty
};
[[nodiscard]] Result<ProposalView, Error> parse_proposal(Bytes payload PVC_LIFETIMEBOUND);

}  // namespace provchain::wire
