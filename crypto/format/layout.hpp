// SPDX-License-Identifier: Apache-2.0
// What the codecs of this folder share: refusing with a name and a place, the one question every fixed layout starts with, and a
// reader for layouts whose fields follow each other.
#pragma once

#include <expected>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/format/error.hpp"

namespace provchain::crypto::format {

[[nodiscard]] inline std::unexpected<FormatError> refuse(FormatErrc code, std::size_t offset) {
  return std::unexpected(FormatError{code, static_cast<std::uint32_t>(offset)});
}

// Refuses all but exactly `size_bytes` bytes.
inline Result<void, FormatError> expect_exactly(Bytes bytes, std::size_t size_bytes) {
  if (bytes.size() < size_bytes) return refuse(FormatErrc::truncated, bytes.size());
  if (bytes.size() > size_bytes) return refuse(FormatErrc::trailing_bytes, size_bytes);
  return {};
}

// Takes one field after the other. The first refusal sticks: everything taken after it is zero, so a decoder asks once, at the
// end, except before it allocates by a count (needs).
class FieldReader {
 public:
  explicit FieldReader(Bytes bytes) : bytes_(bytes) {}

  [[nodiscard]] std::size_t offset() const { return offset_; }
  [[nodiscard]] bool failed() const { return error_.has_value(); }
  void fail(FormatErrc code, std::size_t offset) {
    if (!error_) error_ = FormatError{code, static_cast<std::uint32_t>(offset)};
  }
  // False, and a refusal, when fewer than `count` bytes are left.
  [[nodiscard]] bool needs(std::size_t count) {
    if (bytes_.size() - offset_ < count) fail(FormatErrc::truncated, bytes_.size());
    return !failed();
  }

  template <class T>
  T take_le() {
    if (!needs(sizeof(T))) return 0;
    offset_ += sizeof(T);
    return load_le<T>(bytes_, offset_ - sizeof(T));
  }
  template <class Id>
  Id take() {
    if (!needs(Id::kSize)) return {};
    offset_ += Id::kSize;
    return Id::load(bytes_, offset_ - Id::kSize);
  }
  // Valid as long as the bytes that are read.
  Bytes take_bytes(std::size_t count) {
    if (!needs(count)) return {};
    offset_ += count;
    return bytes_.subspan(offset_ - count, count);
  }
  bool take_bool() {
    const auto value = take_le<std::uint8_t>();
    if (value > 1) fail(FormatErrc::unknown_flag, offset_ - 1);
    return value == 1;
  }
  // A count from least to most of members with at least `member_bytes` bytes each; 0 and a refusal when they cannot be there.
  template <class T>
  std::size_t take_count(std::size_t least, std::size_t most, std::size_t member_bytes) {
    const std::size_t at = offset_;
    const std::size_t count = take_le<T>();
    if (count < least || count > most) fail(FormatErrc::bad_count, at);
    return needs(count * member_bytes) ? count : 0;
  }

  // All bytes are taken and nothing was refused.
  [[nodiscard]] Result<void, FormatError> finish() const {
    if (error_) return std::unexpected(*error_);
    return expect_exactly(bytes_, offset_);
  }

 private:
  Bytes bytes_;
  std::size_t offset_ = 0;
  std::optional<FormatError> error_;
};

}  // namespace provchain::crypto::format
