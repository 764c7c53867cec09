// SPDX-License-Identifier: Apache-2.0
// Why the storage layer could not do what was asked. Absence is never an error here: it is a value of the function that looked.
// `map_full` and `disk_full` are backpressure: nothing was written and the store is as it was before. `corrupt` is fatal: its
// caller cannot go on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace provchain::storage {

enum class Errc : std::uint8_t {
  io,                      // the operating system refused; Error::system says why
  disk_full,               // no room on the file system
  map_full,                // the data do not fit into [storage] map_size
  no_address_space,        // the map itself could not be reserved (RLIMIT_AS, an overcommit limit)
  readers_full,            // too many read transactions at once
  corrupt,                 // what is on disk cannot be what we wrote
  chain_lost,              // chain/ is gone although what was derived from it is there; Error::detail is the data directory
  locked,                  // another process uses the data directory
  wrong_version,           // the data directory has another format version; Error::number is the one found
  foreign_network,         // the data directory belongs to another network
  malformed_block,         // bytes that are not a block, or whose transactions do not match its header
  gap,                     // a block that does not have the next height; Error::number is the height expected
  wrong_network,           // a block of another network
  wrong_parent,            // a block whose parent_id is not the id of the block below
  wrong_history_root,      // a block whose history_root is not that of all blocks below
  wrong_epoch,             // a block whose epoch, anchor or authority set does not continue that of the block below
  wrong_totals,            // a block whose total_txs or total_quads do not continue those of the block below
  wrong_certificate,       // a certificate that does not name the last block of its commit
  epoch_end_not_last,      // a block that ends its epoch, and others above it in the same commit
  epoch_end_incomplete,    // a block that ends its epoch, without its certificate or the state that the next one builds on
  wrong_next_authorities,  // not the authorities that the last block commits to, or the last block ends no epoch
  duplicate_transaction,   // a block that repeats a transaction of the chain, or of itself
  bad_term,                // a pattern's term that is not in canonical N-Quads spelling
  bad_cursor,              // a cursor that this query did not give out
  not_indexed,             // as_of lies above what the index has seen; Error::number is the height it has
};

struct Error {
  Errc code{};
  int system = 0;            // errno, or an LMDB code; 0 when there is none
  std::uint64_t number = 0;  // as the code says
  std::string_view where{};  // static text: which store or table
  std::string detail{};      // a path or an id, on cold paths only; empty (and not allocated) otherwise
};

template <class T>
using StorageResult = Result<T, Error>;

// The enumerator's own name: stable, for metrics and problem codes.
[[nodiscard]] std::string_view to_string(Errc code);
// One line for people: what, where and the system's reason.
[[nodiscard]] std::string describe(const Error& error);

}  // namespace provchain::storage
