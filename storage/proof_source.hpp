// SPDX-License-Identifier: Apache-2.0
// Makes proof bundles from the stores: what ended every epoch before the head's, the newest certified header, the path of a block
// in its history tree, of a transaction in the block, of a line in the transaction. Any thread; holds nothing between calls.
#pragma once

#include <optional>
#include <string_view>

#include "crypto/format/proof_bundle.hpp"
#include "storage/ledger.hpp"

namespace provchain::storage {

class ProofSource {
 public:
  explicit ProofSource(const Ledger& ledger) : ledger_(ledger) {}

  // Each is absent when the thing is not in the chain, or no certificate covers its height yet.
  [[nodiscard]] StorageResult<std::optional<crypto::format::ProofBundle>> block(Height height) const;
  [[nodiscard]] StorageResult<std::optional<crypto::format::ProofBundle>> transaction(const TxId& id) const;
  // `line` as the payload has it: canonical, no LF, no minted graph.
  [[nodiscard]] StorageResult<std::optional<crypto::format::ProofBundle>> line(const TxId& id, std::string_view line) const;

 private:
  const Ledger& ledger_;
};

}  // namespace provchain::storage
