// SPDX-License-Identifier: Apache-2.0
// The data directory of one node: chain/, state/, index/ beside LOCK and VERSION. Held by one process at a time, for one network,
// in one format.
//   VERSION is text: "provchain-data 2\nnetwork <64 hex>\n".
// Format 1 knew one epoch only and had no tables for what ends one. Whatever it holds is valid in format 2, so opening one
// raises its VERSION; from then on a program that would not notice a change of authorities refuses it.
#pragma once

#include <filesystem>

#include "base/types.hpp"
#include "storage/error.hpp"

namespace provchain::storage {

inline constexpr std::uint32_t data_format_version = 2;
inline constexpr std::uint32_t data_format_oldest = 1;  // the lowest one that is read, and raised

class DataDir {
 public:
  // Creates what is missing and takes the lock until the object is destroyed.
  // locked: another process has it. wrong_version, foreign_network: the directory is not ours to touch; nothing in it was
  // changed.
  [[nodiscard]] static StorageResult<DataDir> open(const std::filesystem::path& directory, const NetworkId& network_id);

  DataDir(DataDir&& other) noexcept;
  DataDir& operator=(DataDir&& other) noexcept;
  ~DataDir();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path chain_path() const { return path_ / "chain"; }
  [[nodiscard]] std::filesystem::path state_path() const { return path_ / "state"; }
  [[nodiscard]] std::filesystem::path index_path() const { return path_ / "index"; }

 private:
  DataDir(std::filesystem::path path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {}
  std::filesystem::path path_;
  int lock_fd_;
};

}  // namespace provchain::storage
