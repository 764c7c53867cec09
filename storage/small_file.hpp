// SPDX-License-Identifier: Apache-2.0
// The few text files of a data directory: read whole, written whole.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "storage/error.hpp"

namespace provchain::storage {

// An open descriptor, closed with its scope.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// `code` is an errno. disk_full or io.
[[nodiscard]] Error io_error(int code, const std::filesystem::path& path);

// The first bytes_max bytes; empty when the file is not there.
[[nodiscard]] StorageResult<std::string> read_small_file(const std::filesystem::path& path, std::size_t bytes_max);

// Written beside its name, synced, renamed, and the directory synced: after a crash the file is whole, or as it was before.
[[nodiscard]] StorageResult<void> write_small_file(const std::filesystem::path& path, std::string_view text);

}  // namespace provchain::storage
