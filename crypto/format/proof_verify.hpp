// SPDX-License-Identifier: Apache-2.0
// Checks a proof bundle against a genesis, offline: the trusted authorities certify the head, the head's history tree holds the
// block, the block's tx_root holds the transaction, the transaction's dataset_root holds the line, and its author signed it. What
// it does not show: that the head's epoch is the newest one, and that nothing else was asserted. Pure function.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "crypto/format/genesis.hpp"
#include "crypto/format/proof_bundle.hpp"

namespace provchain::crypto::format {

enum class ProofErrc : std::uint8_t {
  foreign_network,       // the bundle is of another network than the genesis
  bad_head_header,       // not a block header of this network and epoch
  bad_head_certificate,  // not a FINALIZE certificate that names the head
  bad_head_signature,    // fewer than a quorum of valid signatures
  bad_epoch_step,        // an epoch's last header, certificate or next authorities do not fit
  bad_block_header,
  block_not_in_history,  // the path does not lead to the head's history_root
  needless_block,        // the block is the head itself and yet given again
  bad_tx_header,
  tx_not_in_block,
  bad_author_signature,
  quad_not_in_tx,
  claim_differs,  // what is proven is not what is claimed
};
[[nodiscard]] std::string_view to_string(ProofErrc code);

// What a valid proof says beside its claim.
struct ProvenFacts {
  BlockId block_id;
  Height height;
  std::uint64_t timestamp_ms = 0;
  Epoch epoch;
  Height head_height;
  std::optional<PublicKey> author;  // kinds tx and quad
};

[[nodiscard]] Result<ProvenFacts, ProofErrc> verify_proof(const ProofBundle& bundle, const Genesis& genesis);

}  // namespace provchain::crypto::format
