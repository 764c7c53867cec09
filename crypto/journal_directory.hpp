// SPDX-License-Identifier: Apache-2.0
// The files of a vote journal: an exclusively locked directory and its preallocated segments. Owned by one thread.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/journal_error.hpp"

namespace provchain::crypto {

// The two calls on which durability rests, so that a test can make them fail.
struct JournalIo {
  ssize_t (*write_at)(int fd, const void* bytes, std::size_t count, off_t offset) = ::pwrite;
  int (*sync_data)(int fd) = ::fdatasync;
};

// An open file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

class SegmentFile {
 public:
  SegmentFile(FileDescriptor fd, const JournalIo& io, std::uint32_t segment) : fd_(std::move(fd)), io_(io), segment_(segment) {}

  // Writes all of `bytes` at `offset` and makes them durable. One write; what a short write left is written on.
  Result<void, JournalError> write_durably(Bytes bytes, std::size_t offset);
  [[nodiscard]] std::uint32_t segment() const { return segment_; }

 private:
  friend class JournalDirectory;
  Result<void, JournalError> write(Bytes bytes, std::size_t offset);
  Result<void, JournalError> sync();

  FileDescriptor fd_;
  JournalIo io_;
  std::uint32_t segment_;
};

class JournalDirectory {
 public:
  // locked, missing (no such directory) or io.
  [[nodiscard]] static Result<JournalDirectory, JournalError> open(const std::string& path, const JournalIo& io);

  // The numbers of the segments there are, ascending. Removes what an interrupted create_segment() left. A file with any other
  // name is corrupt.
  Result<std::vector<std::uint32_t>, JournalError> segments();
  // All bytes of one segment; one larger than `bytes_max` is corrupt.
  Result<ByteVector, JournalError> read(std::uint32_t segment, std::size_t bytes_max);
  [[nodiscard]] Result<SegmentFile, JournalError> open_segment(std::uint32_t segment);
  // A new segment of `size_bytes` bytes that begins with `content`, zeros behind it, durable under its name.
  [[nodiscard]] Result<SegmentFile, JournalError> create_segment(std::uint32_t segment, Bytes content, std::size_t size_bytes);
  // Removes a segment, durably.
  Result<void, JournalError> remove(std::uint32_t segment);

 private:
  JournalDirectory(FileDescriptor fd, const JournalIo& io) : fd_(std::move(fd)), io_(io) {}
  Result<void, JournalError> sync(std::uint32_t segment);

  FileDescriptor fd_;
  JournalIo io_;
};

}  // namespace provchain::crypto
