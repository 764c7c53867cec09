// SPDX-License-Identifier: Apache-2.0
// One direction of a connection for tests: an encoder, a cipher to forge records with, and a decoder with the same key.
#pragma once

#include <optional>
#include <vector>

#include "tests/wire/support.hpp"
#include "wire/record_decoder.hpp"
#include "wire/record_encoder.hpp"

namespace provchain::wire::test {

inline crypto::RecordCipher test_cipher(std::uint64_t first_nonce = 0) {
  crypto::WipedBytes<32> key;
  for (std::size_t i = 0; i < 32; ++i) key.mut()[i] = static_cast<std::uint8_t>(i);
  return crypto::RecordCipher(std::move(key), first_nonce);
}

// Any record, right or wrong: header ‖ payload ‖ tail, sealed. The tail stands where the pad is.
inline ByteVector forge(crypto::RecordCipher& cipher, const record::FrameHeader& header, Bytes payload, Bytes tail = {}) {
  ByteVector out(record::overhead_bytes + payload.size() + tail.size());
  out[0] = static_cast<std::uint8_t>((out.size() - 2) >> 8);
  out[1] = static_cast<std::uint8_t>(out.size() - 2);
  const MutBytes body = MutBytes(out).subspan(2, out.size() - 18);
  record::store_frame_header(body, header);
  std::ranges::copy(payload, body.subspan(14).begin());
  std::ranges::copy(tail, body.subspan(14 + payload.size()).begin());
  EXPECT_TRUE(cipher.seal(body, MutBytes(out).last(16)));
  return out;
}

// All records of one message.
inline ByteVector seal_all(RecordEncoder& encoder, const OutMessage& message) {
  ByteVector out;
  std::size_t offset = 0;
  do {
    ByteVector staging(record::sent_bytes_max);
    const auto size = encoder.seal(message, offset, staging);
    EXPECT_TRUE(size);
    append(out, Bytes(staging).first(*size));
    offset += next_payload_bytes(message, offset);
  } while (offset < message.payload.size());
  return out;
}

class Receiver {
 public:
  explicit Receiver(std::size_t max_block_bytes = limits_block, std::uint64_t first_nonce = 0)
      : decoder(test_cipher(first_nonce), max_block_bytes, memory) {}

  // Feeds in pieces of `chunk`; messages gather in `messages`, unknown ones in `unknown`. Absent: no violation.
  std::optional<Error> feed(Bytes bytes, std::size_t chunk = SIZE_MAX) {
    while (!bytes.empty()) {
      const std::size_t taken = decoder.feed(bytes.first(std::min(chunk, bytes.size())), now);
      bytes = bytes.subspan(taken);
      if (const auto error = drain()) return error;
    }
    return std::nullopt;
  }
  std::optional<Error> drain() {
    while (true) {
      auto decoded = decoder.next(now);
      if (!decoded) return decoded.error();
      if (std::holds_alternative<std::monostate>(*decoded)) return std::nullopt;
      if (auto* message = std::get_if<InMessage>(&*decoded)) messages.push_back(std::move(*message));
      if (auto* odd = std::get_if<UnknownMessage>(&*decoded)) unknown.push_back(*odd);
    }
  }
  std::string_view refusal_of(Bytes bytes) {
    const auto error = feed(bytes);
    return error ? to_string(error->code) : "accepted";
  }

  static constexpr std::size_t limits_block = 1'048'576;
  ReceiveMemory memory;
  RecordDecoder decoder;
  MonoTime now{1'000'000};
  std::vector<InMessage> messages;
  std::vector<UnknownMessage> unknown;
};

}  // namespace provchain::wire::test
