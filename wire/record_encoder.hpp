// SPDX-License-Identifier: Apache-2.0
// Seals messages into records, one record a call, straight from the shared payload into the caller's staging buffer: one pass
// over the bytes. It keeps no message: which one goes on, and from where, is the send queue's decision (send_queue.hpp), so a
// long message may wait between two of its records while a vote goes by. Belongs to the thread of its connection.
#pragma once

#include "base/result.hpp"
#include "crypto/record_cipher.hpp"
#include "wire/error.hpp"
#include "wire/record.hpp"

namespace provchain::wire {

// How much of the payload from `offset` on the next record takes.
[[nodiscard]] std::size_t next_payload_bytes(const OutMessage& message, std::size_t offset);

class RecordEncoder {
 public:
  explicit RecordEncoder(crypto::RecordCipher cipher) : cipher_(std::move(cipher)) {}

  // Writes the record of `message` whose payload begins at `offset` to the start of `out` and returns its size, which is
  // record::bytes_around(next_payload_bytes(message, offset)); `out` has room for it. Records of one message come in order, and
  // of one class one message at a time. Error: cipher_exhausted, nothing was written and the connection must end.
  [[nodiscard]] Result<std::size_t, Error> seal(const OutMessage& message, std::size_t offset, MutBytes out);

 private:
  crypto::RecordCipher cipher_;
};

}  // namespace provchain::wire
