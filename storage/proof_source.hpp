// SPDX-License-Identifier: Apache-2.0
// Collects from the stores what a proof bundle is made of: the newest certified header, the path of a block in its history tree,
// of a transaction in the block, of a line in the transaction. Bytes only; the bundle's encoding is another file's. Any thread;
// holds nothing between calls.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/ledger.hpp"

namespace provchain::storage {

struct BlockPath {
  crypto::format::BlockHeaderBytes header;
  std::vector<Hash256> path;  // of leaf `height` in the history_root of the head
};

struct TxPath {
  std::uint32_t index = 0;
  crypto::format::TxHeaderBytes header;
  Signature signature;
  std::vector<Hash256> path;  // in the block's tx_root
};

struct LinePath {
  std::uint32_t index = 0;
  std::string line;           // without LF
  std::vector<Hash256> path;  // in the transaction's dataset_root
};

struct ProofMaterial {
  BlockId block_id;
  Height height;
  crypto::format::BlockHeaderBytes head_header;
  ByteVector head_certificate;     // FINALIZE
  std::optional<BlockPath> block;  // absent when the block is the head itself
  std::optional<TxPath> tx;        // proofs of a transaction or a quad
  std::optional<LinePath> line;    // proofs of a quad
};

class ProofSource {
 public:
  explicit ProofSource(const Ledger& ledger) : ledger_(ledger) {}

  // Each is absent when the thing is not in the chain, or no certificate covers its height yet.
  [[nodiscard]] StorageResult<std::optional<ProofMaterial>> block(Height height) const;
  [[nodiscard]] StorageResult<std::optional<ProofMaterial>> transaction(const TxId& id) const;
  // `line` as the payload has it: canonical, no LF, no minted graph.
  [[nodiscard]] StorageResult<std::optional<ProofMaterial>> line(const TxId& id, std::string_view line) const;

 private:
  const Ledger& ledger_;
};

}  // namespace provchain::storage
