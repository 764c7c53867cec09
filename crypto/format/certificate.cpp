// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/certificate.hpp"

#include <algorithm>
#include <bit>

#include "crypto/ed25519.hpp"
#include "crypto/format/layout.hpp"

namespace provchain::crypto::format {
namespace {

constexpr std::size_t kBitmapOffset = 65;
constexpr std::size_t kLeb128BytesMax = 10;  // of a u64

std::size_t bitmap_bytes(std::size_t authority_count) { return (authority_count + 7) / 8; }

void append_leb128(ByteVector& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<std::uint8_t>(value));
}

// Reads one minimal LEB128 number at `offset` and moves it behind.
Result<std::uint64_t, FormatError> read_leb128(Bytes bytes, std::size_t& offset) {
  const std::size_t start = offset;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < kLeb128BytesMax; ++i) {
    if (offset == bytes.size()) return refuse(FormatErrc::truncated, offset);
    const std::uint8_t byte = bytes[offset++];
    if (i == kLeb128BytesMax - 1 && byte > 1) break;  // beyond 64 bits, or a number that does not end
    value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    if (byte == 0 && i > 0) break;
    return value;
  }
  return refuse(FormatErrc::not_minimal, start);
}

// Kind and the fields in front of the bitmap; `bytes` holds them.
Result<Certificate, FormatError> decode_head(Bytes bytes) {
  if (bytes[0] < 1 || bytes[0] > 3) return refuse(FormatErrc::unknown_kind, 0);
  Certificate certificate;
  certificate.kind = static_cast<VoteKind>(bytes[0]);
  certificate.epoch = Epoch(load_le<std::uint64_t>(bytes, 1));
  certificate.view = View(load_le<std::uint64_t>(bytes, 9));
  certificate.parent_view = View(load_le<std::uint64_t>(bytes, 17));
  certificate.height = Height(load_le<std::uint64_t>(bytes, 25));
  certificate.block_id = BlockId::load(bytes, 33);
  // For NULLIFY parent_view is zero here, so the question is the same with since = 0.
  if (certificate.kind == VoteKind::nullify && certificate.parent_view.value() != 0) return refuse(FormatErrc::bad_statement, 17);
  if (!is_well_formed(ballot_of(certificate, CertificateSigner{}))) return refuse(FormatErrc::bad_statement, 9);
  return certificate;
}

// The authorities of the bitmap, ascending, as signers without since and signature.
Result<std::vector<CertificateSigner>, FormatError> decode_bitmap(Bytes bitmap, std::size_t authority_count) {
  std::vector<CertificateSigner> signers;
  signers.reserve(quorum(authority_count));
  for (std::size_t i = 0; i < bitmap.size() * 8; ++i) {
    if ((bitmap[i / 8] >> (i % 8) & 1) == 0) continue;
    if (i >= authority_count || signers.size() == quorum(authority_count))
      return refuse(FormatErrc::bad_bitmap, kBitmapOffset + i / 8);
    signers.push_back({AuthorityIndex(static_cast<std::uint16_t>(i)), View{}, Signature{}});
  }
  if (signers.size() != quorum(authority_count)) return refuse(FormatErrc::bad_bitmap, kBitmapOffset);
  return signers;
}

}  // namespace

Ballot ballot_of(const Certificate& certificate, const CertificateSigner& signer) {
  const bool nullify = certificate.kind == VoteKind::nullify;
  return {certificate.kind,   certificate.epoch,   certificate.view, nullify ? signer.since : certificate.parent_view,
          certificate.height, certificate.block_id};
}

View covered_since(const Certificate& certificate) {
  View since;
  for (const CertificateSigner& signer : certificate.signers) since = std::max(since, signer.since);
  return since;
}

Result<Certificate, FormatError> decode_certificate(Bytes bytes, std::size_t authority_count) {
  if (authority_count == 0 || authority_count > limits::authorities_max) return refuse(FormatErrc::bad_count, 0);
  std::size_t offset = kBitmapOffset + bitmap_bytes(authority_count);
  if (bytes.size() < offset) return refuse(FormatErrc::truncated, bytes.size());
  PVC_TRY(Certificate certificate, decode_head(bytes));
  PVC_TRY(certificate.signers, decode_bitmap(bytes.subspan(kBitmapOffset, bitmap_bytes(authority_count)), authority_count));
  if (certificate.kind == VoteKind::nullify) {
    for (CertificateSigner& signer : certificate.signers) {
      const std::size_t start = offset;
      PVC_TRY(const std::uint64_t distance, read_leb128(bytes, offset));
      if (distance >= certificate.view.value()) return refuse(FormatErrc::not_minimal, start);
      signer.since = View(certificate.view.value() - 1 - distance);
    }
  }
  PVC_TRY_VOID(expect_exactly(bytes, offset + certificate.signers.size() * Signature::kSize));
  for (CertificateSigner& signer : certificate.signers) {
    signer.signature = Signature::load(bytes, offset);
    offset += Signature::kSize;
  }
  return certificate;
}

std::optional<Epoch> epoch_of_certificate(Bytes bytes) {
  if (bytes.size() < kBitmapOffset) return std::nullopt;
  return Epoch(load_le<std::uint64_t>(bytes, 1));
}

ByteVector encode_certificate(const Certificate& certificate, std::size_t authority_count) {
  const bool nullify = certificate.kind == VoteKind::nullify;
  PVC_CHECK(certificate.signers.size() == quorum(authority_count));
  ByteVector out;
  out.reserve(kBitmapOffset + bitmap_bytes(authority_count) +
              certificate.signers.size() * (Signature::kSize + (nullify ? 10 : 0)));
  out.push_back(static_cast<std::uint8_t>(certificate.kind));
  append_le(out, certificate.epoch.value());
  append_le(out, certificate.view.value());
  append_le(out, certificate.parent_view.value());
  append_le(out, certificate.height.value());
  append(out, certificate.block_id.view());
  out.resize(kBitmapOffset + bitmap_bytes(authority_count));
  for (std::size_t i = 0; i < certificate.signers.size(); ++i) {
    const std::size_t index = certificate.signers[i].authority.value();
    PVC_CHECK(index < authority_count && (i == 0 || certificate.signers[i - 1].authority.value() < index));
    out[kBitmapOffset + index / 8] = static_cast<std::uint8_t>(out[kBitmapOffset + index / 8] | 1U << (index % 8));
  }
  if (nullify) {
    for (const CertificateSigner& signer : certificate.signers) {
      PVC_CHECK(signer.since < certificate.view);
      append_leb128(out, certificate.view.value() - 1 - signer.since.value());
    }
  }
  for (const CertificateSigner& signer : certificate.signers) append(out, signer.signature.view());
  return out;
}

bool verify_certificate(const Certificate& certificate, const StatementContext& context, const AuthorityList& authorities) {
  if (certificate.signers.size() != quorum(authorities.size())) return false;
  for (std::size_t i = 0; i < certificate.signers.size(); ++i) {
    const CertificateSigner& signer = certificate.signers[i];
    if (signer.authority.value() >= authorities.size()) return false;
    // Counted once each: a signer named twice would make a quorum of fewer authorities.
    if (i > 0 && certificate.signers[i - 1].authority >= signer.authority) return false;
    const Ballot ballot = ballot_of(certificate, signer);
    if (!is_well_formed(ballot)) return false;
    if (!verify(authorities[signer.authority.value()].key, encode_statement(context, ballot), signer.signature)) return false;
  }
  return true;
}

}  // namespace provchain::crypto::format
