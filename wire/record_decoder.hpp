// SPDX-License-Identifier: Apache-2.0
// Bytes of one authenticated connection in, whole messages out. Sans-I/O: the owner lets the socket write into space(), says how
// much came (advance), and takes messages (next) until there is none. Belongs to the thread of its connection.
//   1. A length is judged before it is waited for, a message's length before anything is allocated.
//   2. A message of one record is handed out as a slice of the receive slab, 16-aligned and not copied. A message of several is
//   gathered in a buffer that grows with what has come, so that whoever announces megabytes pays for them in bytes sent, and that
//   has exactly the message's size in the end. Bytes under a slice that somebody still holds are never written again: then a new
//   slab is taken.
//   3. At most one message per class is open, so a connection holds at most the slab and the sum of the classes' caps. What all
//   connections of the thread hold together is counted in their ReceiveMemory.
//   4. Tables have passed the FlatBuffers verifier when they come out.
//   5. The first violation is final: every later next() repeats it, and bytes that still come are passed over. The owner closes
//   the connection.
#pragma once

#include <array>
#include <optional>
#include <utility>
#include <variant>

#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/record_cipher.hpp"
#include "wire/error.hpp"
#include "wire/receive_memory.hpp"
#include "wire/record.hpp"
#include "wire/registry.hpp"

namespace provchain::wire {

// A message of a kind this version does not know, without IGNORABLE: to be answered by Error(UNKNOWN). Ignorable ones are dropped
// inside.
struct UnknownMessage {
  std::uint8_t id = 0;
  std::uint32_t corr = 0;
};
// Nothing complete yet, a message, or an unknown one.
using Decoded = std::variant<std::monostate, InMessage, UnknownMessage>;

class RecordDecoder {
 public:
  static constexpr std::size_t slab_bytes = ReceiveMemory::slab_bytes;
  static constexpr std::size_t space_bytes_min = 16'384;  // less room than this at the slab's end and the rest is moved
  static constexpr Duration record_time_max = Duration::seconds(15);
  static constexpr Duration message_grace = Duration::seconds(5);
  static constexpr std::uint64_t message_bytes_per_second_min = 65'536;
  static constexpr std::size_t unknown_per_minute_max = 10;
  static constexpr std::size_t gather_growth = 8;  // a gathering buffer has at most so many times the bytes that have come

  // `cipher` opens what the peer seals; `max_block_bytes` is the network's, for the caps of the kinds that carry a block.
  // `memory` outlives this object.
  RecordDecoder(crypto::RecordCipher cipher, std::size_t max_block_bytes, ReceiveMemory& memory);
  ~RecordDecoder() { memory_.give_back_slab(std::move(slab_)); }
  RecordDecoder(const RecordDecoder&) = delete;
  RecordDecoder& operator=(const RecordDecoder&) = delete;

  // Where the next bytes go: at least space_bytes_min, valid until the next call of any other function. Only after next() had
  // nothing more.
  [[nodiscard]] MutBytes space() PVC_LIFETIMEBOUND;
  // So many bytes were written at the start of space().
  void advance(std::size_t count, MonoTime now);
  // Copies from `bytes` what fits into space(), for bytes that came with the handshake; says how much it took.
  [[nodiscard]] std::size_t feed(Bytes bytes, MonoTime now);

  [[nodiscard]] Result<Decoded, Error> next(MonoTime now);

  // The first instant at which overdue() will answer if no byte comes before; kNever while nothing is half received.
  [[nodiscard]] MonoTime deadline() const;
  // record_timeout or message_too_slow when the peer is too slow with what it has begun.
  [[nodiscard]] std::optional<Error> overdue(MonoTime now) const;

  // Gives the slab back while nothing is half received, so that an idle connection costs none.
  void release_idle();
  // What gathering the open messages costs now.
  [[nodiscard]] std::size_t gathering_bytes() const { return gathering_.bytes(); }
  [[nodiscard]] std::uint64_t ignored_messages() const { return ignored_; }

 private:
  struct OpenMessage {
    record::FrameHeader header;  // of the first record
    SharedBytes buffer;          // grows up to the message's size
    std::size_t received = 0;
    MonoTime opened;
  };
  using Step = Result<std::optional<Decoded>, Error>;  // absent: go on with the next record

  [[nodiscard]] Step take_record(std::size_t offset, std::size_t record_bytes, MonoTime now);
  [[nodiscard]] Step take_unknown(const record::FrameHeader& header, std::size_t payload_bytes, MonoTime now);
  [[nodiscard]] Step take_whole(const KindInfo& info, const record::FrameHeader& header, SharedBytes payload);
  [[nodiscard]] Step gather(const KindInfo& info, const record::FrameHeader& header, Bytes payload, MonoTime now);
  [[nodiscard]] Step fail(Errc code, std::uint8_t type);
  void grow(OpenMessage& open, std::size_t needed_bytes);
  void make_room();
  [[nodiscard]] MonoTime message_deadline(const OpenMessage& open) const;
  void invariants() const;

  crypto::RecordCipher cipher_;
  std::size_t max_block_bytes_;
  ReceiveMemory& memory_;
  SharedBytes slab_;
  std::size_t begin_ = 0;  // of the first record not taken yet; a multiple of 16
  std::size_t end_ = 0;    // of the bytes received
  MonoTime record_began_ = kNever;
  std::array<std::optional<OpenMessage>, 4> open_;  // by class
  ReceiveCharge gathering_;                         // of their buffers
  std::array<MonoTime, unknown_per_minute_max> unknown_times_{};
  std::uint64_t unknown_ = 0;
  std::uint64_t ignored_ = 0;
  std::optional<Error> failed_;
};

}  // namespace provchain::wire
