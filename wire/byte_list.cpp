// SPDX-License-Identifier: Apache-2.0
#include "wire/byte_list.hpp"

namespace provchain::wire {

namespace {

std::unexpected<Error> refuse(Errc code, MessageKind kind, std::size_t offset) {
  return std::unexpected(Error{code, kind, static_cast<std::uint32_t>(offset)});
}

}  // namespace

Result<ByteList, Error> ByteList::parse(MessageKind kind, Bytes encoded, std::size_t count_max, std::size_t item_bytes_max) {
  ByteList list;
  list.encoded_ = encoded;
  std::size_t offset = 0;
  while (offset < encoded.size()) {
    if (list.count_ == count_max) return refuse(Errc::bad_count, kind, offset);
    if (encoded.size() - offset < 4) return refuse(Errc::truncated, kind, offset);
    const std::size_t item_bytes = load_le<std::uint32_t>(encoded, offset);
    if (item_bytes == 0 || item_bytes > item_bytes_max) return refuse(Errc::bad_length, kind, offset);
    if (encoded.size() - offset - 4 < item_bytes) return refuse(Errc::truncated, kind, offset);
    offset += 4 + item_bytes;
    ++list.count_;
  }
  return list;
}

Result<IdList, Error> IdList::parse(MessageKind kind, Bytes encoded, std::size_t count_max) {
  if (encoded.size() % TxId::kSize != 0) return refuse(Errc::bad_length, kind, encoded.size());
  IdList list;
  list.encoded_ = encoded;
  if (list.size() == 0 || list.size() > count_max) return refuse(Errc::bad_count, kind, 0);
  for (std::size_t i = 1; i < list.size(); ++i)
    if (list[i] <= list[i - 1]) return refuse(Errc::bad_order, kind, i * TxId::kSize);
  return list;
}

void append_byte_string(ByteVector& list, Bytes item) {
  append_le<std::uint32_t>(list, static_cast<std::uint32_t>(item.size()));
  append(list, item);
}

}  // namespace provchain::wire
