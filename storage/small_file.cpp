// SPDX-License-Identifier: Apache-2.0
#include "storage/small_file.hpp"

#include <fcntl.h>

#include <cerrno>

namespace provchain::storage {

Error io_error(int code, const std::filesystem::path& path) {
  return Error{.code = code == ENOSPC || code == EDQUOT ? Errc::disk_full : Errc::io,
               .system = code,
               .where = "data",
               .detail = path.string()};
}

StorageResult<std::string> read_small_file(const std::filesystem::path& path, std::size_t bytes_max) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) {
    if (errno == ENOENT) return std::string{};
    return std::unexpected(io_error(errno, path));
  }
  std::string text(bytes_max, '\0');
  const auto count = ::read(fd.get(), text.data(), text.size());
  if (count < 0) return std::unexpected(io_error(errno, path));
  text.resize(static_cast<std::size_t>(count));
  return text;
}

StorageResult<void> write_small_file(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::path temporary = path;
  temporary += ".new";
  {
    const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (fd.get() < 0) return std::unexpected(io_error(errno, temporary));
    const auto count = ::write(fd.get(), text.data(), text.size());
    if (count < 0) return std::unexpected(io_error(errno, temporary));
    if (static_cast<std::size_t>(count) != text.size()) return std::unexpected(io_error(ENOSPC, temporary));
    if (::fsync(fd.get()) != 0) return std::unexpected(io_error(errno, temporary));
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return std::unexpected(io_error(errno, path));
  const Fd directory(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) return std::unexpected(io_error(errno, path));
  return {};
}

}  // namespace provchain::storage
