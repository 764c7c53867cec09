// SPDX-License-Identifier: Apache-2.0
// A proof that stands without the node that gave it: that a block, a transaction or a quad is final on a network.
// One UTF-8 JSON object, no spaces, members in this order, absent ones left out, one LF at the end; any other spelling is
// refused, so no two files are the same proof:
//   {"format":"provchain-proof/1","kind":"block|tx|quad","network_id":hex,
//    "claim":{"block_id":hex,"height":n} | {"tx_id":hex} | {"tx_id":hex,"line":string},
//    "epochs":[{"header":b64,"certificate":b64,"next_authorities":b64}],"head":{"header":b64,"certificate":b64},
//    "block":{"header":b64,"path":[hex]},"tx":{"index":n,"header":b64,"signature":b64,"path":[hex]},"quad":{"index":n,"path":[hex]}}
// hex = 64 lower-case digits; b64 = base/base64.hpp; n = decimal without leading zeros; strings escape only `"`, `\` and controls
// (\u00xx). `block` is absent when it is the head. `line` is the payload's line: no LF, no minted graph.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/types.hpp"

namespace provchain::crypto::format {

enum class ProofKind : std::uint8_t { block, tx, quad };

struct ProofClaim {
  BlockId block_id;  // kind block
  Height height;     // kind block
  TxId tx_id;        // kinds tx and quad
  std::string line;  // kind quad
  bool operator==(const ProofClaim&) const = default;
};

struct EpochStep {
  ByteVector header;            // of the block that ended the epoch
  ByteVector certificate;       // FINALIZE on it
  ByteVector next_authorities;  // encode_authorities of the next epoch
  bool operator==(const EpochStep&) const = default;
};
struct HeadPart {
  ByteVector header;
  ByteVector certificate;
  bool operator==(const HeadPart&) const = default;
};
struct BlockPart {
  ByteVector header;
  std::vector<Hash256> path;  // of its id in the head's history tree, whose size is the head's height
  bool operator==(const BlockPart&) const = default;
};
struct TxPart {
  std::uint64_t index = 0;
  ByteVector header;
  ByteVector signature;
  std::vector<Hash256> path;  // in the block's tx_root tree of tx_count leaves
  bool operator==(const TxPart&) const = default;
};
struct QuadPart {
  std::uint64_t index = 0;
  std::vector<Hash256> path;  // in the transaction's dataset tree of quad_count leaves
  bool operator==(const QuadPart&) const = default;
};

struct ProofBundle {
  ProofKind kind = ProofKind::block;
  NetworkId network_id;
  ProofClaim claim;
  std::vector<EpochStep> epochs;
  HeadPart head;
  std::optional<BlockPart> block;
  std::optional<TxPart> tx;      // kinds tx and quad
  std::optional<QuadPart> quad;  // kind quad
  bool operator==(const ProofBundle&) const = default;
};

struct BundleError {
  std::size_t offset = 0;  // of the first byte that no bundle has there
  std::string_view expected;
};

[[nodiscard]] std::string encode_proof_bundle(const ProofBundle& bundle);
// Only the one spelling that encode_proof_bundle writes; at most 64 MiB.
[[nodiscard]] Result<ProofBundle, BundleError> decode_proof_bundle(std::string_view text);

[[nodiscard]] std::string_view to_string(ProofKind kind);

}  // namespace provchain::crypto::format
