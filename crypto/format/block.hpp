// SPDX-License-Identifier: Apache-2.0
// A block's bytes seen in place: header[336] ‖ transactions. Splitting checks the layout.
#pragma once

#include <span>
#include <vector>

#include "crypto/format/block_header.hpp"
#include "crypto/format/transaction.hpp"

namespace provchain::crypto::format {

// Valid as long as the bytes it was split from.
struct BlockView {
  BlockHeader header;
  BlockId id;
  Bytes header_bytes;
  Bytes body;
  std::vector<TxView> transactions;
};

// Exactly one block: tx_count transactions of body_bytes bytes in all, nothing behind them.
[[nodiscard]] Result<BlockView, FormatError> decode_block(Bytes bytes PVC_LIFETIMEBOUND);

// The tx_root over the block's transactions.
[[nodiscard]] Hash256 tx_root_of(std::span<const TxView> transactions);

}  // namespace provchain::crypto::format
