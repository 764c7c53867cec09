// SPDX-License-Identifier: Apache-2.0
#include "storage/error.hpp"

#include <lmdb.h>

namespace provchain::storage {
namespace {

std::string_view clause(Errc code) {
  switch (code) {
    case Errc::io:
      return "the operating system refused";
    case Errc::disk_full:
      return "no room left on the file system";
    case Errc::map_full:
      return "the data do not fit into the map; raise [storage] map_size";
    case Errc::no_address_space:
      return "the map cannot be reserved; lower [storage] map_size or raise the address-space limit";
    case Errc::readers_full:
      return "too many read transactions at once";
    case Errc::corrupt:
      return "damaged";
    case Errc::chain_lost:
      return "the chain file is missing or empty beside a state/ made from it; put it back, or remove chain/, state/ and index/ "
             "there and the node fetches the chain from its peers";
    case Errc::locked:
      return "the data directory is in use by another process";
    case Errc::wrong_version:
      return "the data directory has another format version";
    case Errc::foreign_network:
      return "the data directory belongs to another network";
    case Errc::malformed_block:
      return "not a block";
    case Errc::gap:
      return "not the next height";
    case Errc::wrong_network:
      return "a block of another network";
    case Errc::wrong_parent:
      return "the parent is not the block below";
    case Errc::wrong_history_root:
      return "the history root is not that of the blocks below";
    case Errc::wrong_epoch:
      return "the epoch does not continue that of the block below";
    case Errc::wrong_totals:
      return "the totals do not continue those of the block below";
    case Errc::wrong_certificate:
      return "the certificate does not name the last block";
    case Errc::epoch_end_not_last:
      return "a block that ends its epoch is not the last of its commit";
    case Errc::epoch_end_incomplete:
      return "a block ends its epoch without its certificate or the state that follows";
    case Errc::wrong_next_authorities:
      return "the next authorities are not those the last block commits to";
    case Errc::duplicate_transaction:
      return "a transaction that is in the chain already";
    case Errc::bad_term:
      return "not a term in canonical N-Quads spelling";
    case Errc::bad_cursor:
      return "not a cursor of this query";
    case Errc::not_indexed:
      return "above the indexed height";
  }
  return "unknown";
}

// What a person can remove without loss. Empty when nothing is known to be enough.
std::string_view remedy(const Error& error) {
  if (error.code != Errc::corrupt) return {};
  if (error.where.starts_with("chain")) return "; remove chain/, state/ and index/ and the node fetches the chain from its peers";
  if (error.where.starts_with("state")) return "; remove state/ and it is made again from chain/";
  if (error.where.starts_with("index")) return "; remove index/ and it is made again from chain/";
  return {};
}

}  // namespace

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::io:
      return "io";
    case Errc::disk_full:
      return "disk_full";
    case Errc::map_full:
      return "map_full";
    case Errc::no_address_space:
      return "no_address_space";
    case Errc::readers_full:
      return "readers_full";
    case Errc::corrupt:
      return "corrupt";
    case Errc::chain_lost:
      return "chain_lost";
    case Errc::locked:
      return "locked";
    case Errc::wrong_version:
      return "wrong_version";
    case Errc::foreign_network:
      return "foreign_network";
    case Errc::malformed_block:
      return "malformed_block";
    case Errc::gap:
      return "gap";
    case Errc::wrong_network:
      return "wrong_network";
    case Errc::wrong_parent:
      return "wrong_parent";
    case Errc::wrong_history_root:
      return "wrong_history_root";
    case Errc::wrong_epoch:
      return "wrong_epoch";
    case Errc::wrong_totals:
      return "wrong_totals";
    case Errc::wrong_certificate:
      return "wrong_certificate";
    case Errc::epoch_end_not_last:
      return "epoch_end_not_last";
    case Errc::epoch_end_incomplete:
      return "epoch_end_incomplete";
    case Errc::wrong_next_authorities:
      return "wrong_next_authorities";
    case Errc::duplicate_transaction:
      return "duplicate_transaction";
    case Errc::bad_term:
      return "bad_term";
    case Errc::bad_cursor:
      return "bad_cursor";
    case Errc::not_indexed:
      return "not_indexed";
  }
  return "unknown";
}

std::string describe(const Error& error) {
  std::string text(error.where);
  if (!error.detail.empty()) text += (text.empty() ? "" : " ") + error.detail;
  if (!text.empty()) text += ": ";
  text += clause(error.code);
  if (error.code == Errc::wrong_version) text += " (found " + std::to_string(error.number) + ")";
  if (error.code == Errc::gap) text += " (expected " + std::to_string(error.number) + ")";
  if (error.code == Errc::not_indexed) text += " (" + std::to_string(error.number) + ")";
  if (error.system != 0) text += std::string(": ") + mdb_strerror(error.system);
  text += remedy(error);
  return text;
}

}  // namespace provchain::storage
