// SPDX-License-Identifier: Apache-2.0
// Why a vote journal cannot be opened or written. Every one of them means: this node does not vote. Never allocates; the text is
// for people.
#pragma once

#include <cstdint>
#include <string_view>

namespace provchain::crypto {

enum class JournalErrc : std::uint8_t {
  missing,          // no segment where there should be a journal: it was lost, or this is not its directory
  exists,           // asked to create, but there is one
  locked,           // another process holds it
  foreign_network,  // made for another network
  foreign_key,      // made for another consensus key
  foreign_uuid,     // not the journal that the key file names: a copy or a replacement
  unsupported_version,
  corrupt,           // bytes that no crash of ours leaves behind
  gap,               // a segment or a batch is missing in the middle
  guard_regression,  // a vote or snapshot at or below what was signed before it
  guard_mismatch,    // a snapshot that is not what the votes before it add up to
  behind_chain,      // the chain's copy of the guard is ahead: an old copy of the journal was put back
  io,                // the system refused; os_error says why. Final: a failed fdatasync is never repeated
};
[[nodiscard]] std::string_view to_string(JournalErrc code);

struct JournalError {
  JournalErrc code{};
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;  // within the segment
  int os_error = 0;          // errno, for io
};

}  // namespace provchain::crypto
