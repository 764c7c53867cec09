// SPDX-License-Identifier: Apache-2.0
#include "storage/index/page_cursor.hpp"

namespace provchain::storage {
namespace {

constexpr std::size_t kFixedBytes = 9;

}  // namespace

ByteVector encode_cursor(const PageCursor& cursor) {
  ByteVector bytes;
  bytes.push_back(static_cast<std::uint8_t>(cursor.kind));
  append_le<std::uint64_t>(bytes, cursor.as_of.value());
  append(bytes, cursor.last);
  return bytes;
}

StorageResult<PageStart> start_of_page(const IndexStore& store, const lmdb::Txn& txn, CursorKind kind,
                                       std::optional<Height> as_of, Bytes cursor) {
  const Error bad_cursor{.code = Errc::bad_cursor, .where = "index"};
  PVC_TRY(const IndexWatermark watermark, store.watermark(txn));
  PageStart start;
  start.indexed_height = watermark.height;
  start.as_of = as_of.value_or(watermark.height);
  if (!cursor.empty()) {
    if (cursor.size() <= kFixedBytes || cursor[0] != static_cast<std::uint8_t>(kind)) return std::unexpected(bad_cursor);
    const Height pinned(load_le<std::uint64_t>(cursor, 1));
    if (as_of && *as_of != pinned) return std::unexpected(bad_cursor);
    start.as_of = pinned;
    start.behind = to_vector(cursor.subspan(kFixedBytes));
  }
  if (start.as_of > watermark.height)
    return std::unexpected(Error{.code = Errc::not_indexed, .number = watermark.height.value(), .where = "index"});
  PVC_TRY(start.transactions, store.transactions_as_of(txn, start.as_of));
  return start;
}

}  // namespace provchain::storage
