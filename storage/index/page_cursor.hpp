// SPDX-License-Identifier: Apache-2.0
// Where a walk over pages goes on, as opaque bytes for the caller: u8 kind ‖ u64 as_of ‖ the last key (or line) given. It holds
// nothing open, and it stays good because entries are never changed. Callers may send anything back: decode refuses what is not a
// cursor of this kind of walk.
#pragma once

#include "storage/index/index_store.hpp"

namespace provchain::storage {

enum class CursorKind : std::uint8_t { spog = 1, posg, ospg, gspo, graph_lines, graph_list };

struct PageCursor {
  CursorKind kind{};
  Height as_of;
  ByteVector last;
};

[[nodiscard]] ByteVector encode_cursor(const PageCursor& cursor);

// Where a page begins: which state of the ledger it is about, and behind which key.
struct PageStart {
  Height as_of;
  Height indexed_height;
  std::uint64_t transactions = 0;  // of the blocks up to as_of: entries of later transactions are not seen
  ByteVector behind;               // empty: from the beginning
};

// From what the caller asked: `cursor` is empty for a first page. not_indexed, bad_cursor.
[[nodiscard]] StorageResult<PageStart> start_of_page(const IndexStore& store, const lmdb::Txn& txn, CursorKind kind,
                                                     std::optional<Height> as_of, Bytes cursor);

}  // namespace provchain::storage
