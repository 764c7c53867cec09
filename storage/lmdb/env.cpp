// SPDX-License-Identifier: Apache-2.0
#include "storage/lmdb/env.hpp"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/check.hpp"

namespace provchain::storage::lmdb {
namespace {

// More than any node has threads, with room for the readers a thread may hold one after the other.
constexpr unsigned kReadersMax = 256;
constexpr unsigned kDatabasesMax = 16;
constexpr int kExitDamaged = 4;  // as the surface promises for a damaged data directory

// LMDB found a page that contradicts itself. Its transaction cannot be unwound, so the process ends here, with the line an
// operator needs.
void on_assert(MDB_env* env, const char* message) {
  const char* path = nullptr;
  mdb_env_get_path(env, &path);
  const std::string line = "data directory damaged: " + std::string(path == nullptr ? "" : path) + ": " + message + "\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
  ::_exit(kExitDamaged);
}

extern "C" void on_bus_error(int /*signal*/) {
  static constexpr char line[] = "data directory damaged: a mapped data file is shorter than its contents, or cannot be read\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line, sizeof line - 1);
  ::_exit(kExitDamaged);
}

std::uint64_t page_bytes(MDB_env* env) {
  MDB_stat stat{};
  mdb_env_stat(env, &stat);
  return stat.ms_psize;
}

std::uint64_t bytes_in_use(MDB_env* env) {
  MDB_envinfo info{};
  mdb_env_info(env, &info);
  return (info.me_last_pgno + 1) * page_bytes(env);
}

StorageResult<std::uint64_t> file_bytes(MDB_env* env, std::string_view where) {
  int fd = -1;
  mdb_env_get_fd(env, &fd);
  struct stat status{};
  if (::fstat(fd, &status) != 0) return std::unexpected(error_of(errno, where));
  return static_cast<std::uint64_t>(status.st_size);
}

unsigned flags_of(SyncPolicy sync) {
  switch (sync) {
    case SyncPolicy::full:
      return 0;
    case SyncPolicy::meta_later:
      return MDB_NOMETASYNC;
    case SyncPolicy::never:
      return MDB_NOSYNC;
  }
  PVC_UNREACHABLE();
}

}  // namespace

Error error_of(int code, std::string_view where) {
  Errc kind = Errc::io;
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      kind = Errc::disk_full;
      break;
    case ENOMEM:
      kind = Errc::no_address_space;
      break;
    case MDB_MAP_FULL:
      kind = Errc::map_full;
      break;
    case MDB_READERS_FULL:
      kind = Errc::readers_full;
      break;
    case MDB_VERSION_MISMATCH:
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_PANIC:
    case MDB_INCOMPATIBLE:
      kind = Errc::corrupt;
      break;
    default:
      break;
  }
  return Error{.code = kind, .system = code, .where = where};
}

void Env::Close::operator()(MDB_env* env) const { mdb_env_close(env); }

StorageResult<Env> Env::open(const std::filesystem::path& directory, const EnvOptions& options, std::string_view where) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  const auto fail = [&](int code) {
    Error error = error_of(code, where);
    error.detail = directory.string();
    return std::unexpected(std::move(error));
  };
  if (failure) return fail(failure.value());

  MDB_env* raw = nullptr;
  if (const int code = mdb_env_create(&raw); code != 0) return fail(code);
  Env env(raw, options.grow_bytes, where);
  mdb_env_set_assert(raw, on_assert);
  mdb_env_set_maxreaders(raw, kReadersMax);
  mdb_env_set_maxdbs(raw, kDatabasesMax);
  if (const int code = mdb_env_set_mapsize(raw, options.map_bytes); code != 0) return fail(code);
  const unsigned flags = MDB_NOTLS | flags_of(options.sync);
  if (const int code = mdb_env_open(raw, directory.c_str(), flags, 0600); code != 0) return fail(code);

  auto size = file_bytes(raw, where);
  if (!size) return std::unexpected(std::move(size).error());
  // A new file is empty until its first commit; LMDB counts its two meta pages as used already.
  if (*size != 0 && *size < bytes_in_use(raw)) return fail(MDB_CORRUPTED);
  PVC_TRY_VOID(env.check_readers());
  return env;
}

StorageResult<int> Env::check_readers() const {
  int freed = 0;
  if (const int code = mdb_reader_check(env_.get(), &freed); code != 0) return std::unexpected(error_of(code, where_));
  return freed;
}

StorageResult<void> Env::reserve(std::uint64_t bytes) const {
  // Copied branch pages and the free list come on top of what the caller counts.
  constexpr std::uint64_t kOverheadBytes = 64 * page_bytes_usual;
  const std::uint64_t needed = std::min(bytes_in_use(env_.get()) + 2 * bytes + kOverheadBytes, map_bytes());
  PVC_TRY(const std::uint64_t size, file_bytes(env_.get(), where_));
  if (size >= needed) return {};
  const std::uint64_t target = std::min((needed + grow_bytes_ - 1) / grow_bytes_ * grow_bytes_, map_bytes());
  int fd = -1;
  mdb_env_get_fd(env_.get(), &fd);
  // posix_fallocate takes the room now, where running out of it is an answer; a hole would run out in the middle of a commit.
  const int code = ::posix_fallocate(fd, static_cast<off_t>(size), static_cast<off_t>(target - size));
  if (code != 0) return std::unexpected(error_of(code, where_));
  return {};
}

std::uint64_t Env::used_bytes() const { return bytes_in_use(env_.get()); }

std::uint64_t Env::map_bytes() const {
  MDB_envinfo info{};
  mdb_env_info(env_.get(), &info);
  return info.me_mapsize;
}

void install_damage_handler() {
  struct sigaction action{};
  action.sa_handler = on_bus_error;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace provchain::storage::lmdb
