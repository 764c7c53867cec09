// SPDX-License-Identifier: Apache-2.0
// One LMDB environment: a directory with data.mdb and lock.mdb. Any thread may begin a ReadTxn; WriteTxns are begun by one thread
// at a time.
//   1 Transactions are objects, not thread state (MDB_NOTLS), so a ReadTxn may be handed to another thread.
//   2 The map is reserved once at open; growing it would need a moment without transactions, which a node never has.
//   3 The file is extended in large steps before a transaction needs the room, so that a file shorter than its last page is
//   damage, and is seen at
//     open instead of as a SIGBUS in the middle of a read.
//   4 An environment is not used across fork().
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "storage/error.hpp"

struct MDB_env;

namespace provchain::storage::lmdb {

// LMDB's page on the machines we build for; what a commit will write is estimated in pages.
inline constexpr std::uint64_t page_bytes_usual = 4096;

// Sparse: only what is written takes room. Sanitizers' shadow memory leaves no space for more than a few GiB.
#if defined(PVC_SANITIZED)
inline constexpr std::uint64_t map_bytes_default = std::uint64_t{16} << 30;
#else
inline constexpr std::uint64_t map_bytes_default = std::uint64_t{1} << 40;
#endif

// When a commit is on disk. `meta_later` keeps the environment intact after a power failure but may lose the last commits: for
// derived data. `never` leaves it to the kernel: for tests.
enum class SyncPolicy : std::uint8_t { full, meta_later, never };

struct EnvOptions {
  std::uint64_t map_bytes = map_bytes_default;
  std::uint64_t grow_bytes = std::uint64_t{4} << 20;  // the file grows by multiples of this
  SyncPolicy sync = SyncPolicy::full;
};

class Env {
 public:
  // Creates the directory and the files when they are missing. `where` is static text that names the store in errors.
  // corrupt: not an LMDB file of this machine, or shorter than what it says it holds.
  [[nodiscard]] static StorageResult<Env> open(const std::filesystem::path& directory, const EnvOptions& options,
                                               std::string_view where);

  // Frees the reader slots of processes that died while they read, such as a copying tool that was killed: pages their snapshots
  // hold would never be reused. Opening and every WriteTxn do it; it walks a short table. Returns how many.
  [[nodiscard]] StorageResult<int> check_readers() const;

  // Room for one more commit that writes about `bytes`: extends the file. disk_full when the file system has none.
  [[nodiscard]] StorageResult<void> reserve(std::uint64_t bytes) const;

  // Bytes in use, the map's size aside: what a monitor compares with map_bytes().
  [[nodiscard]] std::uint64_t used_bytes() const;
  [[nodiscard]] std::uint64_t map_bytes() const;
  [[nodiscard]] std::string_view where() const { return where_; }
  [[nodiscard]] MDB_env* handle() const { return env_.get(); }

 private:
  struct Close {
    void operator()(MDB_env* env) const;
  };
  Env(MDB_env* env, std::uint64_t grow_bytes, std::string_view where) : env_(env), grow_bytes_(grow_bytes), where_(where) {}

  std::unique_ptr<MDB_env, Close> env_;
  std::uint64_t grow_bytes_;
  std::string_view where_;
};

// What LMDB's code means here; `where` must be static text.
[[nodiscard]] Error error_of(int code, std::string_view where);

// A damaged page that nobody could notice before it was touched ends in SIGBUS. Installs a handler that prints one line saying so
// and ends the process with exit code 4, as a damaged data directory found at open does. Once, by main.
void install_damage_handler();

}  // namespace provchain::storage::lmdb
