// SPDX-License-Identifier: Apache-2.0
// The bodies of the core's effects that cost a core-second or a disk read: pure functions of their arguments and of what is
// durable, run by the crypto pool (checks) and the serve pool (reads).
#pragma once

#include <optional>
#include <vector>

#include "engine/core/effects.hpp"
#include "storage/ledger.hpp"
#include "wire/message.hpp"

namespace provchain::node {

struct CheckContext {
  NetworkId network_id;
  std::uint64_t max_block_bytes = 0;
  const storage::Ledger* ledger = nullptr;  // outlives the pools
};

[[nodiscard]] std::vector<bool> verify_signatures(const std::vector<core::SignatureCheck>& checks);
// An error: state/ could not be read, so that nothing is known of what the chain has already.
[[nodiscard]] storage::StorageResult<core::TxVerdict> check_transaction(const CheckContext& context,
                                                                        const core::CheckTransaction& request);
[[nodiscard]] storage::StorageResult<core::BlockVerdict> check_block(const CheckContext& context,
                                                                     const core::CheckBlock& request);
// Absent: not a batch.
[[nodiscard]] std::optional<core::OpenedBatch> open_batch(const CheckContext& context, Bytes payload);

// The answers to a peer's requests. An Error message when there is nothing to give.
[[nodiscard]] wire::OutMessage serve_blocks(const CheckContext& context, const core::ServeBlocks& request);
[[nodiscard]] wire::OutMessage serve_held_blocks(const core::ServeHeldBlocks& request);
[[nodiscard]] wire::OutMessage serve_headers(const CheckContext& context, const core::ServeHeaders& request);
[[nodiscard]] wire::OutMessage serve_epochs(const CheckContext& context, const core::ServeEpochs& request);

}  // namespace provchain::node
