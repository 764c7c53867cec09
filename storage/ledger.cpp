// SPDX-License-Identifier: Apache-2.0
#include "storage/ledger.hpp"

#include <set>

namespace provchain::storage {
namespace {

using crypto::format::BlockHeader;
using crypto::format::BlockView;

// Replayed together in one transaction of state/.
constexpr std::size_t kReplayBytes = std::size_t{16} << 20;

// A block that repeats a transaction must not reach chain/: nothing could ever apply it.
StorageResult<void> check_new(const StateStore& state, std::span<const BlockView> blocks) {
  PVC_TRY(const ReadTxn txn, state.read());
  std::set<TxId> seen;  // ordered: an author can grind ids that share the leading bytes a hash table would go by
  for (const BlockView& block : blocks) {
    for (const auto& transaction : block.transactions) {
      PVC_TRY(const auto position, state.find_transaction(txn, transaction.id));
      // At this very height it is the block itself, for the second time: chain/ will call that a gap.
      const bool earlier = position && position->height < block.header.height;
      if (earlier || !seen.insert(transaction.id).second)
        return std::unexpected(Error{.code = Errc::duplicate_transaction,
                                     .number = block.header.height.value(),
                                     .where = "block",
                                     .detail = transaction.id.hex()});
    }
  }
  return {};
}

// state/ is only ever made after the first commit of chain/. An empty or missing chain file beside it was lost, and LMDB would
// quietly begin anew.
StorageResult<void> check_chain_not_lost(const DataDir& data_dir) {
  std::error_code ignored;
  const std::filesystem::path chain_file = data_dir.chain_path() / "data.mdb";
  const auto size = std::filesystem::file_size(chain_file, ignored);
  const bool chain_there = !ignored && size != 0;
  if (!chain_there && std::filesystem::exists(data_dir.state_path() / "data.mdb", ignored))
    return std::unexpected(Error{.code = Errc::chain_lost, .where = "data", .detail = data_dir.path().string()});
  return {};
}

lmdb::EnvOptions env_options(const StorageOptions& options, lmdb::SyncPolicy sync) {
  lmdb::EnvOptions env;
  env.map_bytes = options.map_bytes;
  env.sync = options.sync ? sync : lmdb::SyncPolicy::never;
  return env;
}

}  // namespace

lmdb::EnvOptions index_env_options(const StorageOptions& options) { return env_options(options, lmdb::SyncPolicy::meta_later); }

StorageResult<std::unique_ptr<Ledger>> Ledger::open(const StorageOptions& options, const BlockHeader& genesis) {
  PVC_TRY(DataDir data_dir, DataDir::open(options.directory, genesis.network_id));
  PVC_TRY_VOID(check_chain_not_lost(data_dir));
  PVC_TRY(ChainStore chain, ChainStore::open(data_dir.chain_path(), env_options(options, lmdb::SyncPolicy::full), genesis));
  PVC_TRY(StateStore state, StateStore::open(data_dir.state_path(), env_options(options, lmdb::SyncPolicy::meta_later)));
  std::unique_ptr<Ledger> ledger(new Ledger(options, std::move(data_dir), std::move(chain), std::move(state)));
  PVC_TRY_VOID(ledger->recover());
  return ledger;
}

StorageResult<void> Ledger::commit(const ChainCommit& commit) {
  PVC_TRY(const std::vector<BlockView> blocks, decode_blocks(commit.blocks));
  PVC_TRY_VOID(check_new(state_, blocks));
  PVC_TRY_VOID(chain_.commit(blocks, commit.certificate, commit.guard, commit.system));
  return state_.apply(blocks);
}

// state/ belongs to this chain when the block it applied last is the chain's block of that height.
StorageResult<void> Ledger::recover() {
  PVC_TRY(const ReadTxn chain_txn, chain_.read());
  PVC_TRY(const Height head, chain_.height(chain_txn));
  StateStore::Applied applied;
  {
    PVC_TRY(const ReadTxn state_txn, state_.read());
    PVC_TRY(applied, state_.applied(state_txn));
  }
  bool ours = applied.height <= head;
  if (ours && applied.height > Height{}) {
    PVC_TRY(const Bytes header, chain_.header_bytes_at(chain_txn, applied.height));
    ours = !header.empty() && crypto::format::block_id_of(header) == applied.id;
  }
  if (!ours) {
    PVC_TRY_VOID(state_.clear());
    applied = {};
  }
  return replay(applied.height.next(), head);
}

StorageResult<void> Ledger::replay(Height from, Height to) {
  while (from <= to) {
    PVC_TRY(const ReadTxn txn, chain_.read());
    std::vector<Bytes> bytes;
    std::size_t total = 0;
    for (; from <= to && total < kReplayBytes; from = from.next()) {
      PVC_TRY(const Bytes block, chain_.block_at(txn, from));
      if (block.empty()) return std::unexpected(Error{.code = Errc::corrupt, .number = from.value(), .where = "chain/blocks"});
      bytes.push_back(block);
      total += block.size();
    }
    auto blocks = decode_blocks(bytes);
    if (!blocks) return std::unexpected(Error{.code = Errc::corrupt, .number = from.value(), .where = "chain/blocks"});
    PVC_TRY_VOID(state_.apply(*blocks));
  }
  return {};
}

}  // namespace provchain::storage
