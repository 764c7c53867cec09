// SPDX-License-Identifier: Apache-2.0
// The quads of some consecutive blocks on their way into the index: collected in chain order, written sorted, in one transaction.
//   A quad that was asserted before keeps its first asserter; only the graph registry records the repetition.
// One thread; used once.
#pragma once

#include <vector>

#include "crypto/format/block.hpp"
#include "storage/index/dictionary.hpp"
#include "storage/index/index_store.hpp"
#include "storage/index/quad_key.hpp"
#include "storage/rdf/nquads.hpp"

namespace provchain::storage {

class QuadBatch {
 public:
  explicit QuadBatch(const IndexStore& store) : store_(store), terms_(store) {}

  // Blocks in the order of their heights; their bytes must outlive the batch. malformed_block: a payload the index cannot read,
  // which no valid block has.
  [[nodiscard]] StorageResult<void> add(const crypto::format::BlockView& block);

  // Writes everything after `watermark` and moves it on. On error nothing was written.
  [[nodiscard]] StorageResult<void> write(IndexWatermark& watermark);

 private:
  struct Pending {
    std::uint32_t subject, predicate, object, graph;  // numbers of terms_
    std::uint64_t sequence;
  };
  struct Entry {
    QuadIds ids;
    std::uint64_t sequence;
  };
  struct BlockEnd {
    Height height;
    BlockId id;
    std::uint64_t transactions;
  };
  StorageResult<void> add_dataset(const crypto::format::TxView& tx, std::uint64_t sequence, Height height);
  [[nodiscard]] std::vector<Entry> resolved() const;
  StorageResult<void> write_graphs(lmdb::WriteTxn& txn, const std::vector<Entry>& entries) const;
  StorageResult<std::vector<Entry>> write_first_assertions(lmdb::WriteTxn& txn, std::vector<Entry> entries) const;
  StorageResult<void> write_permutation(lmdb::WriteTxn& txn, lmdb::Database table, Permutation permutation,
                                        std::vector<Entry>& entries) const;
  StorageResult<void> write_positions(lmdb::WriteTxn& txn, std::uint64_t first_sequence) const;

  const IndexStore& store_;
  TermBatch terms_;
  std::vector<Pending> quads_;
  std::vector<TxRecord> transactions_;
  std::vector<BlockEnd> blocks_;
  std::uint64_t payload_bytes_ = 0;
};

}  // namespace provchain::storage
