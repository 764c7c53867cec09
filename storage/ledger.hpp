// SPDX-License-Identifier: Apache-2.0
// The data directory with its chain and its state: opened, brought together after a crash, written by one thread, read by any.
// index/ is not here: the indexer follows at its own pace (storage/index/indexer.hpp) and consensus never waits for it.
#pragma once

#include <filesystem>
#include <memory>

#include "crypto/format/genesis.hpp"
#include "storage/chain_store.hpp"
#include "storage/data_dir.hpp"
#include "storage/state_store.hpp"

namespace provchain::storage {

struct StorageOptions {
  std::filesystem::path directory;
  std::uint64_t map_bytes = lmdb::map_bytes_default;  // of each of the three environments
  bool sync = true;                                   // false only in tests: a power failure may then lose or damage everything
};

// How index/ is opened beside these.
[[nodiscard]] lmdb::EnvOptions index_env_options(const StorageOptions& options);

// Blocks to commit together. Views valid during the call.
struct ChainCommit {
  std::span<const Bytes> blocks;  // header ‖ body, consecutive heights from the tip on
  Bytes certificate;              // FINALIZE on the last; empty while catching up below a certified head
  GuardPosition guard;
  SystemUpdate system{};
};

class Ledger {
 public:
  // Takes the directory's lock, opens both stores and replays into state/ what it misses. `genesis` is the header of block 0.
  [[nodiscard]] static StorageResult<std::unique_ptr<Ledger>> open(const StorageOptions& options,
                                                                   const crypto::format::BlockHeader& genesis);

  // Writer thread only. First chain/, durably, then state/. When a block is refused, nothing was written; an io or
  // corrupt error ends this
  // object's life as a writer: reopening repairs it.
  [[nodiscard]] StorageResult<void> commit(const ChainCommit& commit);

  [[nodiscard]] const ChainStore& chain() const { return chain_; }
  [[nodiscard]] const StateStore& state() const { return state_; }
  [[nodiscard]] const DataDir& data_dir() const { return data_dir_; }
  [[nodiscard]] const StorageOptions& options() const { return options_; }

 private:
  Ledger(StorageOptions options, DataDir data_dir, ChainStore chain, StateStore state)
      : options_(std::move(options)), data_dir_(std::move(data_dir)), chain_(std::move(chain)), state_(std::move(state)) {}
  StorageResult<void> recover();
  StorageResult<void> replay(Height from, Height to);

  StorageOptions options_;
  DataDir data_dir_;
  ChainStore chain_;
  StateStore state_;
};

}  // namespace provchain::storage
