// SPDX-License-Identifier: Apache-2.0
// Every bound of the system that more than one file needs, with its unit in its name. A bound that only one file needs stands in
// that file.
#pragma once

#include <cstddef>
#include <cstdint>

namespace provchain::limits {

inline constexpr std::size_t authorities_max = 100;

// One transaction with header and signature never exceeds max_block_bytes (a genesis parameter), which never exceeds this.
inline constexpr std::size_t block_bytes_default = 1'048'576;
inline constexpr std::size_t block_bytes_max = 16 * std::size_t{1'048'576};
// What a PROPOSAL or a single-block Batch may need beside the block: header, certificates, skip certificates.
inline constexpr std::size_t proposal_overhead_bytes = 512 * std::size_t{1024};
inline constexpr std::size_t transaction_quads_max = 1'000'000;
inline constexpr std::size_t term_bytes_max = 1'048'576;

inline constexpr std::size_t skip_certificates_per_proposal_max = 64;
inline constexpr std::uint64_t vote_window_views_behind = 64;
inline constexpr std::uint64_t vote_window_views_ahead = 8;

inline constexpr std::size_t sync_batch_blocks_max = 128;
inline constexpr std::size_t sync_batch_bytes_max = 4 * std::size_t{1'048'576};

inline constexpr std::size_t mempool_bytes_max = 64 * std::size_t{1'048'576};
inline constexpr std::size_t mempool_transactions_max = 20'000;
inline constexpr std::size_t mempool_author_transactions_max = 512;
inline constexpr std::size_t mempool_author_bytes_max = 4 * std::size_t{1'048'576};

inline constexpr std::size_t tx_announce_ids_max = 1'024;
inline constexpr std::size_t tx_request_ids_max = 256;

static_assert(block_bytes_default <= block_bytes_max);

}  // namespace provchain::limits
