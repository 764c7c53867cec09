// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/block_header.hpp"

#include "crypto/digest.hpp"
#include "crypto/domain.hpp"
#include "crypto/format/layout.hpp"

namespace provchain::crypto::format {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kKnownFlags = flag_epoch_end | flag_heartbeat;

}  // namespace

BlockHeaderBytes encode_block_header(const BlockHeader& header) {
  BlockHeaderBytes bytes{};
  const MutBytes out(bytes);
  store_le(out, 0, kVersion);
  store_le(out, 4, header.flags);
  store_le(out, 8, header.height.value());
  store_le(out, 16, header.epoch.value());
  store_le(out, 24, header.view.value());
  store_le(out, 32, std::uint32_t{header.proposer.value()});
  store_le(out, 36, header.tx_count);
  store_le(out, 40, header.timestamp_ms);
  store_le(out, 48, header.body_bytes);
  store_le(out, 56, header.total_txs);
  store_le(out, 64, header.total_quads);
  header.network_id.store(out, 80);
  header.parent_id.store(out, 112);
  header.epoch_anchor_id.store(out, 144);
  header.history_root.store(out, 176);
  header.tx_root.store(out, 208);
  header.system_root.store(out, 240);
  header.authority_set_hash.store(out, 272);
  header.next_authority_set_hash.store(out, 304);
  return bytes;
}

Result<BlockHeader, FormatError> decode_block_header(Bytes bytes) {
  PVC_TRY_VOID(expect_exactly(bytes, block_header_bytes));
  if (load_le<std::uint32_t>(bytes, 0) != kVersion) return refuse(FormatErrc::unknown_version, 0);
  BlockHeader header;
  header.flags = load_le<std::uint32_t>(bytes, 4);
  if ((header.flags & ~kKnownFlags) != 0) return refuse(FormatErrc::unknown_flag, 4);
  header.height = Height(load_le<std::uint64_t>(bytes, 8));
  header.epoch = Epoch(load_le<std::uint64_t>(bytes, 16));
  header.view = View(load_le<std::uint64_t>(bytes, 24));
  const std::uint32_t proposer = load_le<std::uint32_t>(bytes, 32);
  if (proposer > UINT16_MAX) return refuse(FormatErrc::bad_count, 32);
  header.proposer = AuthorityIndex(static_cast<std::uint16_t>(proposer));
  header.tx_count = load_le<std::uint32_t>(bytes, 36);
  header.timestamp_ms = load_le<std::uint64_t>(bytes, 40);
  header.body_bytes = load_le<std::uint64_t>(bytes, 48);
  header.total_txs = load_le<std::uint64_t>(bytes, 56);
  header.total_quads = load_le<std::uint64_t>(bytes, 64);
  if (!all_zero(bytes.subspan(72, 8))) return refuse(FormatErrc::reserved_not_zero, 72);
  header.network_id = NetworkId::load(bytes, 80);
  header.parent_id = BlockId::load(bytes, 112);
  header.epoch_anchor_id = BlockId::load(bytes, 144);
  header.history_root = Hash256::load(bytes, 176);
  header.tx_root = Hash256::load(bytes, 208);
  header.system_root = Hash256::load(bytes, 240);
  header.authority_set_hash = Hash256::load(bytes, 272);
  header.next_authority_set_hash = Hash256::load(bytes, 304);
  return header;
}

BlockId block_id_of(const BlockHeader& header) { return block_id_of(encode_block_header(header)); }

BlockId block_id_of(Bytes header_bytes) { return as<BlockId>(hash(domain::header, header_bytes)); }

}  // namespace provchain::crypto::format
