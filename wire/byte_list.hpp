// SPDX-License-Identifier: Apache-2.0
// Lists as they lie in a message, read in place without allocating. Views: valid as long as the message's bytes.
//   ByteList  n × { u32 length ‖ bytes }, no string empty
//   IdList    n × id[32], strictly ascending
#pragma once

#include <cstddef>
#include <iterator>

#include "base/result.hpp"
#include "base/types.hpp"
#include "wire/error.hpp"
#include "wire/packed_iterator.hpp"

namespace provchain::wire {

class ByteList {
 public:
  // u32 length ‖ bytes; the content is without the length.
  struct Layout {
    static Bytes front(Bytes rest) { return rest.first(4 + load_le<std::uint32_t>(rest, 0)); }
    static Bytes content(Bytes item) { return item.subspan(4); }
  };
  using Iterator = PackedIterator<Layout>;

  ByteList() = default;
  // Checks every length against what is there, at most `count_max` strings of at most `item_bytes_max` bytes.
  static Result<ByteList, Error> parse(MessageKind kind, Bytes encoded PVC_LIFETIMEBOUND, std::size_t count_max,
                                       std::size_t item_bytes_max);

  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] Bytes encoded() const { return encoded_; }
  [[nodiscard]] Iterator begin() const { return Iterator(encoded_); }
  [[nodiscard]] Iterator end() const { return Iterator(); }

 private:
  Bytes encoded_;
  std::size_t count_ = 0;
};

class IdList {
 public:
  IdList() = default;
  // Between 1 and `count_max` ids of 32 bytes each.
  static Result<IdList, Error> parse(MessageKind kind, Bytes encoded PVC_LIFETIMEBOUND, std::size_t count_max);

  [[nodiscard]] std::size_t size() const { return encoded_.size() / TxId::kSize; }
  // index < size()
  [[nodiscard]] TxId operator[](std::size_t index) const { return TxId::load(encoded_, index * TxId::kSize); }

 private:
  Bytes encoded_;
};

void append_byte_string(ByteVector& list, Bytes item);

}  // namespace provchain::wire
