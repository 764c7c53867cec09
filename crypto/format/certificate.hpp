// SPDX-License-Identifier: Apache-2.0
// q signatures over one statement (NOTARIZE, FINALIZE) or over NULLIFY statements of one view with possibly different `since`.
//   0 u8 kind · 1 u64 epoch · 9 u64 view · 17 u64 parent_view · 25 u64 height · 33 block_id · 65 bitmap[⌈n/8⌉] (authority i = bit
//   i mod 8, lowest first, of byte i/8; exactly q set) · NULLIFY only: q minimal LEB128 view−1−since · q × sig[64]. For NULLIFY
//   17…64 are zero.
// Lists in signer order; no byte may follow. Only the authority set of the certificate's own epoch and anchor may check it.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "crypto/format/authorities.hpp"
#include "crypto/format/statement.hpp"

namespace provchain::crypto::format {

struct CertificateSigner {
  AuthorityIndex authority;
  View since;  // NULLIFY only, else 0
  Signature signature;
  bool operator==(const CertificateSigner&) const = default;
};

struct Certificate {
  VoteKind kind = VoteKind::notarize;
  Epoch epoch;
  View view;
  View parent_view;                        // NULLIFY: 0
  Height height;                           // NULLIFY: 0
  BlockId block_id;                        // NULLIFY: zeros
  std::vector<CertificateSigner> signers;  // ascending by authority, exactly q
  bool operator==(const Certificate&) const = default;
};

// The ballot that signer `signer` signed.
[[nodiscard]] Ballot ballot_of(const Certificate& certificate, const CertificateSigner& signer);
// NULLIFY: the greatest since; it covers the views in (covered_since, view].
[[nodiscard]] View covered_since(const Certificate& certificate);

// `authority_count` is n of the certificate's epoch; q follows from it. Checks the layout only, not the signatures.
[[nodiscard]] Result<Certificate, FormatError> decode_certificate(Bytes bytes, std::size_t authority_count);
// The epoch whose authorities may check it, read before anything else can be: their number decides the layout. Absent when there
// are too few bytes for a certificate.
[[nodiscard]] std::optional<Epoch> epoch_of_certificate(Bytes bytes);
[[nodiscard]] ByteVector encode_certificate(const Certificate& certificate, std::size_t authority_count);

// All signatures, one after the other (about 50 µs each): for tools, storage replay and tests. The node hands them to the crypto
// pool instead.
[[nodiscard]] bool verify_certificate(const Certificate& certificate, const StatementContext& context,
                                      const AuthorityList& authorities);

}  // namespace provchain::crypto::format
