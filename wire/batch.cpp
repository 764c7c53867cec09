// SPDX-License-Identifier: Apache-2.0
#include "wire/batch.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "crypto/format/block_header.hpp"
#include "wire/layout.hpp"
#include "wire/zstd_frame.hpp"

namespace provchain::wire {

namespace {

constexpr MessageKind kKind = MessageKind::batch;
constexpr std::size_t kHeaderBytes = crypto::format::block_header_bytes;
constexpr std::size_t kBodyBytesOffset = 48;  // of u64 body_bytes in a block's header

std::unexpected<Error> refuse(Errc code, std::size_t offset) {
  return std::unexpected(Error{code, kKind, static_cast<std::uint32_t>(offset)});
}

// The blocks delimit themselves; no byte may be left.
Result<std::vector<SharedBytes>, Error> split(const SharedBytes& plain, std::size_t count) {
  std::vector<SharedBytes> blocks;
  blocks.reserve(count);
  std::size_t offset = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t left = plain.size() - offset;
    if (left < kHeaderBytes) return refuse(Errc::bad_blocks, offset);
    const auto body_bytes = load_le<std::uint64_t>(plain.view(), offset + kBodyBytesOffset);
    if (body_bytes > left - kHeaderBytes) return refuse(Errc::bad_blocks, offset);
    const std::size_t block_bytes = kHeaderBytes + static_cast<std::size_t>(body_bytes);
    blocks.push_back(plain.slice(offset, block_bytes));
    offset += block_bytes;
  }
  if (offset != plain.size()) return refuse(Errc::bad_blocks, offset);
  return blocks;
}

}  // namespace

std::size_t batch_prefix(std::span<const SharedBytes> blocks, std::size_t bytes_max) {
  const std::size_t plain_max = std::min(bytes_max, limits::sync_batch_bytes_max);
  std::size_t count = 0;
  std::size_t sum = 0;
  for (const SharedBytes& block : blocks) {
    if (count == limits::sync_batch_blocks_max || (count > 0 && sum + block.size() > plain_max)) break;
    sum += block.size();
    ++count;
  }
  return count;
}

SharedBytes encode_batch(const Batch& batch) {
  PVC_CHECK(!batch.blocks.empty() && batch_prefix(batch.blocks, limits::sync_batch_bytes_max) == batch.blocks.size());
  PVC_CHECK(batch.path.size() <= batch_path_hashes_max);
  ByteVector plain;
  for (const SharedBytes& block : batch.blocks) append(plain, block.view());
  ByteVector out;
  append_le(out, batch.first.value());
  append_le(out, static_cast<std::uint32_t>(batch.blocks.size()));
  append_le(out, static_cast<std::uint32_t>(plain.size()));
  append_le(out, std::uint32_t{0});
  append_le(out, static_cast<std::uint16_t>(batch.path.size()));
  append_le(out, std::uint16_t{0});
  for (const Hash256& hash : batch.path) append(out, hash.view());
  append(out, zstd_seal(plain));
  return SharedBytes::copy_of(out);
}

Result<Batch, Error> decode_batch(Bytes payload, std::size_t max_block_bytes) {
  Reader reader(kKind, payload);
  Batch batch;
  batch.first = Height(reader.read_le<std::uint64_t>());
  reader.require(batch.first.value() >= 1, Errc::bad_value);
  const std::size_t count = reader.read_le<std::uint32_t>();
  reader.require(count >= 1 && count <= limits::sync_batch_blocks_max, Errc::bad_count);
  const std::size_t plain_bytes = reader.read_le<std::uint32_t>();
  const std::size_t plain_max =
      count == 1 ? std::max(limits::sync_batch_bytes_max, kHeaderBytes + max_block_bytes) : limits::sync_batch_bytes_max;
  reader.require(plain_bytes <= plain_max, Errc::plain_too_large);
  reader.require(reader.read_le<std::uint32_t>() == 0, Errc::unknown_dictionary);
  const std::size_t hashes = reader.read_le<std::uint16_t>();
  reader.require(hashes <= batch_path_hashes_max, Errc::bad_count);
  reader.require(reader.read_le<std::uint16_t>() == 0, Errc::reserved_not_zero);
  for (std::size_t i = 0; reader.ok() && i < hashes; ++i) batch.path.push_back(reader.read_fixed<Hash256>());
  if (!reader.ok()) return std::unexpected(reader.error());
  const Bytes frame = payload.subspan(batch_header_bytes + hashes * Hash256::kSize);
  PVC_TRY(const SharedBytes plain, zstd_open(kKind, frame, plain_bytes));
  PVC_TRY(batch.blocks, split(plain, count));
  return batch;
}

}  // namespace provchain::wire
