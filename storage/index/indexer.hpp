// SPDX-License-Identifier: Apache-2.0
// Takes finalized blocks from chain/ into index/ in large batches. What it writes is a pure function of the chain (but for the
// hash key): the same ids on every node, whether blocks came one by one or all at once. One thread.
#pragma once

#include "storage/chain_store.hpp"
#include "storage/index/index_store.hpp"

namespace provchain::storage {

// A batch ends with the block that reaches this many quads: below it commits dominate, far above it the dirty pages do.
inline constexpr std::uint64_t index_batch_quads_default = 100'000;

class Indexer {
 public:
  // Both stores must outlive the indexer.
  Indexer(const ChainStore& chain, IndexStore& index, std::uint64_t batch_quads = index_batch_quads_default)
      : chain_(chain), index_(index), batch_quads_(batch_quads) {}

  // Once, before the first index_next(): an index that is ahead of the chain or of another chain is cleared.
  [[nodiscard]] StorageResult<void> recover();

  // Indexes the next batch. Returns the height indexed so far and whether the chain has more.
  struct Progress {
    Height height;
    bool behind = false;
  };
  [[nodiscard]] StorageResult<Progress> index_next();
  // Until nothing is left.
  [[nodiscard]] StorageResult<Height> index_all();

 private:
  const ChainStore& chain_;
  IndexStore& index_;
  std::uint64_t batch_quads_;
};

}  // namespace provchain::storage
