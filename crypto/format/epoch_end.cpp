// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/epoch_end.hpp"

namespace provchain::crypto::format {

std::string_view to_string(EpochFault fault) {
  switch (fault) {
    case EpochFault::not_an_end:
      return "not_an_end";
    case EpochFault::foreign_block:
      return "foreign_block";
    case EpochFault::foreign_set:
      return "foreign_set";
    case EpochFault::wrong_certificate:
      return "wrong_certificate";
    case EpochFault::wrong_next_set:
      return "wrong_next_set";
  }
  PVC_UNREACHABLE();
}

Result<EpochEnd, EpochFault> read_epoch_end(const EpochEndView& bytes, const TrustedEpoch& epoch) {
  const auto header = decode_block_header(bytes.header);
  if (!header || !header->ends_epoch()) return std::unexpected(EpochFault::not_an_end);
  if (header->network_id != epoch.network_id || header->epoch != epoch.epoch || header->epoch_anchor_id != epoch.anchor_id ||
      header->height <= epoch.anchor_height)
    return std::unexpected(EpochFault::foreign_block);
  if (header->authority_set_hash != authority_set_hash(epoch.authorities)) return std::unexpected(EpochFault::foreign_set);

  const BlockId id = block_id_of(bytes.header);
  auto certificate = decode_certificate(bytes.certificate, epoch.authorities.size());
  if (!certificate || certificate->kind != VoteKind::finalize || certificate->epoch != epoch.epoch ||
      certificate->height != header->height || certificate->block_id != id)
    return std::unexpected(EpochFault::wrong_certificate);

  auto next = decode_authorities(bytes.next_authorities);
  if (!next || !is_acceptable(*next) || authority_set_hash(*next) != header->next_authority_set_hash)
    return std::unexpected(EpochFault::wrong_next_set);
  return EpochEnd{*header, *std::move(certificate),
                  TrustedEpoch{epoch.network_id, epoch.epoch.next(), id, header->height, *std::move(next)}};
}

}  // namespace provchain::crypto::format
