// SPDX-License-Identifier: Apache-2.0
// What several resources read of the chain. Each call is one short read transaction; results own their bytes. Any thread.
#pragma once

#include <optional>
#include <string>

#include "crypto/format/block_header.hpp"
#include "crypto/format/transaction.hpp"
#include "storage/ledger.hpp"

namespace provchain::api {

// Absent when the chain does not have it.
[[nodiscard]] storage::StorageResult<std::optional<storage::TxPosition>> find_transaction(const storage::Ledger& ledger,
                                                                                          const TxId& id);

struct StoredTransaction {
  storage::TxPosition position;
  BlockId block_id;
  crypto::format::TxHeader header;
  std::uint64_t bytes = 0;
  std::string payload;
};
// Absent when the chain does not have it.
[[nodiscard]] storage::StorageResult<std::optional<StoredTransaction>> read_transaction(const storage::Ledger& ledger,
                                                                                        const TxId& id);

[[nodiscard]] storage::Error corrupt_block(Height height);

}  // namespace provchain::api
