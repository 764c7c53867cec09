// SPDX-License-Identifier: Apache-2.0
#include "storage/index/indexer.hpp"

#include "storage/index/quad_batch.hpp"

namespace provchain::storage {
namespace {

using crypto::format::BlockView;

// A batch also ends here, so that many large transactions with few quads cannot take all memory.
constexpr std::size_t kBatchBytes = std::size_t{64} << 20;

Error corrupt(Height height) { return Error{.code = Errc::corrupt, .number = height.value(), .where = "chain/blocks"}; }

// Copies, because a batch takes longer than a read transaction should live.
struct LoadedBlocks {
  std::vector<ByteVector> blocks;
  Height head;
};

StorageResult<LoadedBlocks> load(const ChainStore& chain, Height from, std::uint64_t batch_quads) {
  PVC_TRY(const ReadTxn txn, chain.read());
  LoadedBlocks loaded;
  PVC_TRY(loaded.head, chain.height(txn));
  PVC_TRY(const auto below, chain.header_at(txn, from.previous()));
  if (!below) return std::unexpected(corrupt(from.previous()));
  std::uint64_t quads = 0;
  std::size_t bytes = 0;
  for (Height height = from; height <= loaded.head && quads < batch_quads && bytes < kBatchBytes; height = height.next()) {
    PVC_TRY(const Bytes block, chain.block_at(txn, height));
    PVC_TRY(const auto header, chain.header_at(txn, height));
    if (block.empty() || !header) return std::unexpected(corrupt(height));
    quads = header->total_quads - below->total_quads;
    bytes += block.size();
    loaded.blocks.push_back(to_vector(block));
  }
  return loaded;
}

}  // namespace

StorageResult<void> Indexer::recover() {
  IndexWatermark watermark;
  {
    PVC_TRY(const ReadTxn txn, index_.read());
    PVC_TRY(watermark, index_.watermark(txn));
  }
  if (watermark.height == Height{}) return {};
  bool ours = false;
  {
    PVC_TRY(const ReadTxn txn, chain_.read());
    PVC_TRY(const Bytes header, chain_.header_bytes_at(txn, watermark.height));
    ours = !header.empty() && crypto::format::block_id_of(header) == watermark.block_id;
  }
  return ours ? StorageResult<void>{} : index_.clear();
}

StorageResult<Indexer::Progress> Indexer::index_next() {
  IndexWatermark watermark;
  {
    PVC_TRY(const ReadTxn txn, index_.read());
    PVC_TRY(watermark, index_.watermark(txn));
  }
  PVC_TRY(const LoadedBlocks loaded, load(chain_, watermark.height.next(), batch_quads_));
  if (loaded.blocks.empty()) return Progress{.height = watermark.height, .behind = false};

  const std::vector<Bytes> bytes(loaded.blocks.begin(), loaded.blocks.end());
  PVC_TRY(const std::vector<BlockView> blocks, decode_blocks(bytes));
  QuadBatch batch(index_);
  for (const BlockView& block : blocks) PVC_TRY_VOID(batch.add(block));
  PVC_TRY_VOID(batch.write(watermark));
  return Progress{.height = watermark.height, .behind = watermark.height < loaded.head};
}

StorageResult<Height> Indexer::index_all() {
  Progress progress{.height = {}, .behind = true};
  while (progress.behind) {
    PVC_TRY(progress, index_next());
  }
  return progress.height;
}

}  // namespace provchain::storage
