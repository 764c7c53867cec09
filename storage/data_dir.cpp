// SPDX-License-Identifier: Apache-2.0
#include "storage/data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>

#include "storage/small_file.hpp"

namespace provchain::storage {
namespace {

constexpr std::string_view kMagic = "provchain-data ";
constexpr std::string_view kNetwork = "network ";
constexpr std::size_t kVersionFileBytesMax = 256;

struct VersionFile {
  std::uint64_t format = 0;
  NetworkId network_id;
};

std::string version_text(const NetworkId& network_id) {
  return std::string(kMagic) + std::to_string(data_format_version) + "\n" + std::string(kNetwork) + network_id.hex() + "\n";
}

bool is_known(std::uint64_t format) { return format >= data_format_oldest && format <= data_format_version; }

// Only the first line of another format can be understood, so only that is read of it.
std::optional<VersionFile> parse_version(std::string_view text) {
  if (!text.starts_with(kMagic)) return std::nullopt;
  text.remove_prefix(kMagic.size());
  VersionFile found;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), found.format);
  if (error != std::errc{} || end == text.data() + text.size() || *end != '\n') return std::nullopt;
  if (!is_known(found.format)) return found;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  if (!text.starts_with(kNetwork) || !text.ends_with('\n')) return std::nullopt;
  const auto id = NetworkId::parse_hex(text.substr(kNetwork.size(), text.size() - kNetwork.size() - 1));
  if (!id) return std::nullopt;
  found.network_id = *id;
  return found;
}

StorageResult<int> take_lock(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "LOCK";
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (fd.get() < 0) return std::unexpected(io_error(errno, path));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return std::unexpected(io_error(errno, path));
    return std::unexpected(Error{.code = Errc::locked, .where = "data", .detail = directory.string()});
  }
  return fd.release();
}

}  // namespace

StorageResult<DataDir> DataDir::open(const std::filesystem::path& directory, const NetworkId& network_id) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure) return std::unexpected(io_error(failure.value(), directory));
  PVC_TRY(const int lock_fd, take_lock(directory));
  DataDir opened(directory, lock_fd);

  const std::filesystem::path version_path = directory / "VERSION";
  PVC_TRY(const std::string text, read_small_file(version_path, kVersionFileBytesMax));
  if (text.empty()) {
    // Stores without a VERSION are somebody's data, but nobody knows whose.
    if (std::filesystem::exists(opened.chain_path(), failure))
      return std::unexpected(Error{.code = Errc::corrupt, .where = "data", .detail = version_path.string()});
    PVC_TRY_VOID(write_small_file(version_path, version_text(network_id)));
    return opened;
  }
  const auto found = parse_version(text);
  if (!found) return std::unexpected(Error{.code = Errc::corrupt, .where = "data", .detail = version_path.string()});
  if (!is_known(found->format))
    return std::unexpected(
        Error{.code = Errc::wrong_version, .number = found->format, .where = "data", .detail = directory.string()});
  if (found->network_id != network_id)
    return std::unexpected(Error{.code = Errc::foreign_network,
                                 .where = "data",
                                 .detail = directory.string() + " (network " + found->network_id.hex() + ")"});
  if (found->format != data_format_version) PVC_TRY_VOID(write_small_file(version_path, version_text(network_id)));
  return opened;
}

DataDir::DataDir(DataDir&& other) noexcept : path_(std::move(other.path_)), lock_fd_(std::exchange(other.lock_fd_, -1)) {}

DataDir& DataDir::operator=(DataDir&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_fd_, other.lock_fd_);
  return *this;
}

DataDir::~DataDir() {
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

}  // namespace provchain::storage
