// SPDX-License-Identifier: Apache-2.0
#include "crypto/journal_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>

#include "base/check.hpp"

namespace provchain::crypto {
namespace {

constexpr std::string_view kFinished = ".seg";
constexpr std::string_view kUnfinished = ".new";
constexpr std::size_t kNameDigits = 16;
constexpr std::size_t kFillBytes = 1 << 20;

std::unexpected<JournalError> io_error(std::uint32_t segment, int error, std::size_t offset = 0) {
  return std::unexpected(JournalError{JournalErrc::io, segment, offset, error});
}

std::string name_of(std::uint32_t segment, std::string_view suffix) {
  char digits[kNameDigits + 1];
  std::snprintf(digits, sizeof digits, "%016x", segment);
  return std::string(digits).append(suffix);
}

// The segment number in a name with this suffix.
std::optional<std::uint32_t> number_of(std::string_view name, std::string_view suffix) {
  std::uint8_t digits[kNameDigits / 2];
  if (!name.ends_with(suffix)) return std::nullopt;
  name.remove_suffix(suffix.size());
  if (name.size() != kNameDigits || !from_hex(name, digits) || !all_zero(Bytes(digits).first(4))) return std::nullopt;
  std::uint32_t number = 0;
  for (std::size_t i = 4; i < 8; ++i) number = number << 8 | digits[i];
  return number;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

}  // namespace

Result<void, JournalError> SegmentFile::write(Bytes bytes, std::size_t offset) {
  while (!bytes.empty()) {
    const ssize_t count = io_.write_at(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return io_error(segment_, count < 0 ? errno : EIO, offset);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::size_t>(count);
  }
  return {};
}

Result<void, JournalError> SegmentFile::sync() {
  if (io_.sync_data(fd_.get()) != 0) return io_error(segment_, errno);
  return {};
}

Result<void, JournalError> SegmentFile::write_durably(Bytes bytes, std::size_t offset) {
  PVC_TRY_VOID(write(bytes, offset));
  return sync();
}

Result<JournalDirectory, JournalError> JournalDirectory::open(const std::string& path, const JournalIo& io) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) {
    if (errno == ENOENT) return std::unexpected(JournalError{.code = JournalErrc::missing});
    return io_error(0, errno);
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::unexpected(JournalError{.code = JournalErrc::locked});
    return io_error(0, errno);
  }
  return JournalDirectory(std::move(fd), io);
}

Result<std::vector<std::uint32_t>, JournalError> JournalDirectory::segments() {
  const int list_fd = ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (list_fd < 0) return io_error(0, errno);
  const std::unique_ptr<DIR, CloseDirectory> listing(::fdopendir(list_fd));
  if (listing == nullptr) {
    ::close(list_fd);
    return io_error(0, errno);
  }
  std::vector<std::uint32_t> numbers;
  errno = 0;
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (const auto number = number_of(name, kFinished)) {
      numbers.push_back(*number);
    } else if (number_of(name, kUnfinished)) {
      if (::unlinkat(fd_.get(), entry->d_name, 0) != 0) return io_error(0, errno);
    } else {
      // It may be a segment that somebody moved aside, and with it the newest votes.
      return std::unexpected(JournalError{.code = JournalErrc::corrupt});
    }
    errno = 0;
  }
  if (errno != 0) return io_error(0, errno);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Result<ByteVector, JournalError> JournalDirectory::read(std::uint32_t segment, std::size_t bytes_max) {
  const FileDescriptor fd(::openat(fd_.get(), name_of(segment, kFinished).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status{};
  if (!fd.is_open() || ::fstat(fd.get(), &status) != 0) return io_error(segment, errno);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size > bytes_max)
    return std::unexpected(JournalError{.code = JournalErrc::corrupt, .segment = segment});
  ByteVector bytes(size);
  for (std::size_t offset = 0; offset < size;) {
    const ssize_t count = ::pread(fd.get(), bytes.data() + offset, size - offset, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return io_error(segment, count < 0 ? errno : EIO, offset);
    offset += static_cast<std::size_t>(count);
  }
  return bytes;
}

Result<SegmentFile, JournalError> JournalDirectory::open_segment(std::uint32_t segment) {
  FileDescriptor fd(::openat(fd_.get(), name_of(segment, kFinished).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.is_open()) return io_error(segment, errno);
  return SegmentFile(std::move(fd), io_, segment);
}

Result<SegmentFile, JournalError> JournalDirectory::create_segment(std::uint32_t segment, Bytes content, std::size_t size_bytes) {
  PVC_CHECK(content.size() <= size_bytes);
  const std::string unfinished = name_of(segment, kUnfinished);
  FileDescriptor fd(::openat(fd_.get(), unfinished.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.is_open()) return io_error(segment, errno);
  SegmentFile file(std::move(fd), io_, segment);
  PVC_TRY_VOID(file.write(content, 0));
  const ByteVector zeros(std::min(size_bytes, kFillBytes));
  for (std::size_t offset = content.size(); offset < size_bytes;) {
    const std::size_t count = std::min(zeros.size(), size_bytes - offset);
    PVC_TRY_VOID(file.write(Bytes(zeros).first(count), offset));
    offset += count;
  }
  PVC_TRY_VOID(file.sync());
  if (::renameat(fd_.get(), unfinished.c_str(), fd_.get(), name_of(segment, kFinished).c_str()) != 0)
    return io_error(segment, errno);
  PVC_TRY_VOID(sync(segment));
  return file;
}

Result<void, JournalError> JournalDirectory::remove(std::uint32_t segment) {
  if (::unlinkat(fd_.get(), name_of(segment, kFinished).c_str(), 0) != 0) return io_error(segment, errno);
  return sync(segment);
}

Result<void, JournalError> JournalDirectory::sync(std::uint32_t segment) {
  if (::fsync(fd_.get()) != 0) return io_error(segment, errno);
  return {};
}

}  // namespace provchain::crypto
