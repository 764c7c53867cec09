// SPDX-License-Identifier: Apache-2.0
// The step from one epoch to the next, for whoever knows the authorities of the one: the header of its last block says who
// decides next (by hash), a FINALIZE of a quorum of the known ones certifies it, and a list fits the hash. Read here are all
// rules but the signatures, which are dear and the caller's. Values and pure functions, any thread.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "crypto/format/block_header.hpp"
#include "crypto/format/certificate.hpp"

namespace provchain::crypto::format {

// An epoch whose authorities are known for sure.
struct TrustedEpoch {
  NetworkId network_id;
  Epoch epoch;
  BlockId anchor_id;  // the block that ended the epoch before; block 0 for epoch 0
  Height anchor_height;
  AuthorityList authorities;
  bool operator==(const TrustedEpoch&) const = default;
  [[nodiscard]] StatementContext context() const { return {network_id, anchor_id}; }
};

// As it is sent and proven: bytes of somebody else.
struct EpochEndView {
  Bytes header;
  Bytes certificate;
  Bytes next_authorities;
};

struct EpochEnd {
  BlockHeader header;
  Certificate certificate;  // FINALIZE on it
  TrustedEpoch next;        // whom it makes the authorities, once the certificate's signatures are known to be valid
  [[nodiscard]] BlockId block_id() const { return next.anchor_id; }
};

// Why something is not the end of a known epoch.
enum class EpochFault : std::uint8_t {
  not_an_end,         // not a block header, or one without EPOCH_END
  foreign_block,      // of another network, epoch or anchor, or not above the anchor
  foreign_set,        // the header names other authorities than the epoch has
  wrong_certificate,  // not a FINALIZE of this epoch on this block, with a quorum's bits
  wrong_next_set,     // not an acceptable list of authorities, or not the one the header names
};
[[nodiscard]] std::string_view to_string(EpochFault fault);

// All but the signatures of the certificate, which has exactly a quorum of them.
[[nodiscard]] Result<EpochEnd, EpochFault> read_epoch_end(const EpochEndView& bytes, const TrustedEpoch& epoch);

}  // namespace provchain::crypto::format
