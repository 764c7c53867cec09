// SPDX-License-Identifier: Apache-2.0
// The record decoder. Byte 0: bit 0 says that the rest is raw bytes off the socket; otherwise it is a list of plain records, each
// frame header[14] ‖ u16 payload bytes (modulo 4,096) ‖ payload, which the harness seals, because no fuzzer guesses a tag. The
// bits above choose where the stream is split. Oracle: split or not, the same messages and the same refusal come out.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/check.hpp"
#include "wire/record_decoder.hpp"

namespace {

using namespace provchain;

constexpr std::size_t kBlockBytes = 65'536;

crypto::RecordCipher cipher() { return crypto::RecordCipher(crypto::WipedBytes<32>()); }

ByteVector seal(Bytes program) {
  crypto::RecordCipher sealer = cipher();
  ByteVector stream;
  while (program.size() >= 16) {
    const std::size_t wanted = load_le<std::uint16_t>(program, 14) % 4096;
    const Bytes payload = program.subspan(16, std::min(wanted, program.size() - 16));
    ByteVector out(wire::record::bytes_around(payload.size()));
    out[0] = static_cast<std::uint8_t>((out.size() - 2) >> 8);
    out[1] = static_cast<std::uint8_t>(out.size() - 2);
    std::ranges::copy(program.first(14), out.begin() + 2);
    std::ranges::copy(payload, out.begin() + 16);
    PVC_CHECK(sealer.seal(MutBytes(out).subspan(2, out.size() - 18), MutBytes(out).last(16)).has_value());
    append(stream, out);
    program = program.subspan(16 + payload.size());
  }
  append(stream, program);
  return stream;
}

struct Outcome {
  std::vector<std::uint32_t> facts;  // of each message, in order
  ByteVector payloads;
  std::optional<wire::Error> refusal;
  bool operator==(const Outcome&) const = default;
};

void note(Outcome& outcome, const wire::Decoded& decoded) {
  if (const auto* message = std::get_if<wire::InMessage>(&decoded)) {
    PVC_CHECK(reinterpret_cast<std::uintptr_t>(message->payload.view().data()) % 16 == 0);
    outcome.facts.insert(outcome.facts.end(),
                         {static_cast<std::uint32_t>(message->kind), message->corr, message->version, message->response});
    append_le(outcome.payloads, static_cast<std::uint32_t>(message->payload.size()));
    append(outcome.payloads, message->payload.view());
  }
  if (const auto* unknown = std::get_if<wire::UnknownMessage>(&decoded)) {
    outcome.facts.insert(outcome.facts.end(), {unknown->id, unknown->corr});
  }
}

Outcome decode(Bytes stream, std::size_t chunk) {
  Outcome outcome;
  wire::ReceiveMemory memory;
  wire::RecordDecoder decoder(cipher(), kBlockBytes, memory);
  const MonoTime now{1};
  while (!stream.empty()) {
    stream = stream.subspan(decoder.feed(stream.first(std::min(chunk, stream.size())), now));
    while (true) {
      const auto decoded = decoder.next(now);
      if (!decoded) {
        outcome.refusal = decoded.error();
        return outcome;
      }
      if (std::holds_alternative<std::monostate>(*decoded)) break;
      note(outcome, *decoded);
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const Bytes input(data + 1, size - 1);
  const ByteVector stream = (data[0] & 1) != 0 ? to_vector(input) : seal(input);
  const std::size_t chunk = 1 + (data[0] >> 1) * std::size_t{7};
  PVC_CHECK(decode(stream, stream.size()) == decode(stream, chunk));
  return 0;
}
