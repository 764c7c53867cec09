// SPDX-License-Identifier: Apache-2.0
// Walking a fixed layout: a reader that remembers the first thing that went wrong, so that a parser reads field after field and
// asks once. Private to wire's parsers. One thread.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "base/shared_bytes.hpp"
#include "base/types.hpp"
#include "wire/error.hpp"

namespace provchain::wire {

// u64 first · u32 count: the payload of every request for a run of numbered things.
[[nodiscard]] inline SharedBytes build_run(std::uint64_t first, std::uint32_t count) {
  SharedBytes out = SharedBytes::of_size(sizeof(first) + sizeof(count));
  store_le(out.writable(), 0, first);
  store_le(out.writable(), sizeof(first), count);
  return out;
}

class Reader {
 public:
  Reader(MessageKind kind, Bytes bytes) : kind_(kind), bytes_(bytes) {}

  // 0 once anything is wrong.
  template <class T>
  [[nodiscard]] T read_le() {
    const Bytes field = take(sizeof(T));
    return field.empty() ? T{} : load_le<T>(field, 0);
  }
  template <class F>
  [[nodiscard]] F read_fixed() {
    const Bytes field = take(F::kSize);
    return field.empty() ? F{} : F::load(field);
  }
  // Exactly `count` bytes, or none once anything is wrong.
  [[nodiscard]] Bytes take(std::size_t count) {
    if (errc_ || bytes_.size() - offset_ < count) {
      if (!errc_) errc_ = Errc::truncated;
      return {};
    }
    const Bytes field = bytes_.subspan(offset_, count);
    offset_ += count;
    return field;
  }
  // Records `code` at the current place unless the condition holds or something was wrong before.
  void require(bool condition, Errc code) {
    if (!condition && !errc_) errc_ = code;
  }
  [[nodiscard]] bool ok() const { return !errc_.has_value(); }
  [[nodiscard]] Error error() const { return Error{*errc_, kind_, static_cast<std::uint32_t>(offset_)}; }
  // `value` when all went well and no byte is left.
  template <class T>
  [[nodiscard]] Result<T, Error> finish(T value) {
    require(offset_ == bytes_.size(), Errc::trailing_bytes);
    if (errc_) return std::unexpected(error());
    return value;
  }

 private:
  MessageKind kind_;
  Bytes bytes_;
  std::size_t offset_ = 0;
  std::optional<Errc> errc_;
};

}  // namespace provchain::wire
