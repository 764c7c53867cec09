// SPDX-License-Identifier: Apache-2.0
// Why bytes from a peer are refused, and whose fault that is. Never allocates; the text is for people and for the label of a
// metric.
#pragma once

#include <cstdint>
#include <string_view>

#include "wire/message.hpp"

namespace provchain::wire {

enum class Errc : std::uint8_t {
  // A record or its frame header.
  bad_record_length,  // clen + 2 is not a multiple of 16 in 32 … 65536; judged before the record is waited for
  bad_record_seal,    // the AEAD tag does not fit
  bad_flags,          // a flag bit that has no meaning
  bad_class,          // not the class the registry gives the kind, or none at all
  bad_padding,    // more pad than the record has room for, pad in a record that is not the last, or pad bytes that are not zero
  bad_version,    // 0, or above 1 for a kind whose layout is fixed bytes
  bad_ignorable,  // IGNORABLE where the id forbids it, or missing where the id demands it
  bad_response_flag,   // RESPONSE on a kind that never answers, or missing on one that always does
  zstd_not_allowed,    // ZSTD on a kind that may not be compressed
  message_too_large,   // msg_len above the kind's cap; judged before anything is allocated
  length_changed,      // msg_len differs between the records of one message
  header_changed,      // flags or version differ between the records of one message
  second_message,      // another message begins in a class that has one open
  more_without_bytes,  // MORE on a record without payload
  more_after_end,      // MORE although the message is complete with this record
  ended_early,         // no MORE although bytes are missing
  too_many_bytes,      // more payload than msg_len
  unknown_in_parts,    // a message of unknown kind in more than one record
  unknown_flood,       // the 11th message of unknown kind within 60 s
  record_timeout,      // a record took over 15 s from its first byte
  message_too_slow,    // under 64 KiB/s after 5 s
  cipher_exhausted,    // our direction has used up its nonces
  // A table.
  misaligned,    // the bytes do not start at a multiple of 8: our own buffers always do
  not_verified,  // the FlatBuffers verifier refuses it
  missing_field,
  misaligned_field,  // a byte string that is read in place and does not start at a multiple of 8
  // A message's fields.
  truncated,
  trailing_bytes,
  reserved_not_zero,
  bad_count,         // a count above its cap, or of nothing where something is asked for
  bad_length,        // a byte string of another length than its kind has
  bad_order,         // ids that are not strictly ascending
  bad_value,         // a field outside its range, or that contradicts another
  bad_text,          // text that is not printable ASCII
  bad_kind,          // an enumerator that does not exist
  unsupported_form,  // a compact proposal
  // A batch.
  unknown_dictionary,
  bad_frame,               // not exactly one zstd frame of known size with a window of at most 4 MiB
  declared_size_mismatch,  // the frame's size, the batch's and what came out are not one number
  plain_too_large,
  ratio_too_high,  // over 200:1, as only a bomb is
  bad_blocks,      // the plain bytes are not the declared number of blocks
};

struct Error {
  Errc code{};
  MessageKind kind{};        // 0 when no kind was known yet
  std::uint32_t offset = 0;  // of the offending field or byte, where there is one
  bool operator==(const Error&) const = default;
};

enum class Blame : std::uint8_t {
  peer_malformed,  // no honest peer of this version sends this
  peer_limit,      // well-formed, but more or slower than agreed
  local,           // our own fault
};

[[nodiscard]] std::string_view to_string(Errc code);
[[nodiscard]] Blame blame(Errc code);

}  // namespace provchain::wire
