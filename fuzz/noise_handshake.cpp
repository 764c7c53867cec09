// SPDX-License-Identifier: Apache-2.0
// Bytes into each state of the node handshake. The first byte chooses:
//   0  the rest arrives at a responder as message 1      1  the rest is XORed onto an honest message 2
//   2  the rest is XORed onto an honest message 3        3  the rest is XORed onto the payload of a message 2 that is then sealed
//   properly
// Oracles: fed whole or byte by byte comes to the same; a message that differs from the honest one in any bit is refused; what is
// accepted says exactly what the payload said.
#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "crypto/domain.hpp"
#include "crypto/handshake.hpp"

namespace {

using namespace provchain;
using namespace provchain::crypto;

using Outcome = Result<ByteVector, HandshakeErrc>;  // what is to be sent

struct Node {
  explicit Node(std::uint8_t number)
      : node_key(key_pair_from_seed(ByteVector(32, number))), static_key(noise_static_key_from(ByteVector(32, number))) {
    identity.network_id.bytes.fill(0x11);
    identity.node_key = &node_key;
    identity.static_key = &static_key;
    identity.conn_nonce = number;
  }
  KeyPair node_key;
  NoiseStaticKey static_key;
  HandshakeIdentity identity;
};

Outcome step(Handshake& handshake) {
  ByteVector out(handshake_message_bytes_max);
  PVC_TRY(const std::size_t written, handshake.step(out));
  out.resize(written);
  return out;
}

// Feeds in pieces of `piece` bytes and does the step that becomes due; an empty message when none does.
Outcome deliver(Handshake& to, Bytes message, std::size_t piece) {
  while (!message.empty() && !to.is_step_due()) {
    PVC_TRY(const std::size_t taken, to.feed(message.first(std::min(piece, message.size()))));
    PVC_CHECK(taken > 0);
    message = message.subspan(taken);
  }
  if (!to.is_step_due()) return ByteVector{};
  return step(to);
}

void xor_onto(MutBytes bytes, Bytes pattern) {
  for (std::size_t i = 0; i < std::min(bytes.size(), pattern.size()); ++i)
    bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ pattern[i]);
}

bool changes(MutBytes bytes, Bytes pattern) { return !all_zero(pattern.first(std::min(bytes.size(), pattern.size()))); }

void fuzz_message1(const Node& bob, Bytes input) {
  Handshake whole = Handshake::responder(bob.identity);
  Handshake split = Handshake::responder(bob.identity);
  const Outcome a = deliver(whole, input, input.size());
  const Outcome b = deliver(split, input, 1);
  PVC_CHECK(a.has_value() == b.has_value());
  if (!a) {
    PVC_CHECK(a.error() == b.error());
  } else {
    PVC_CHECK(a->size() == b->size());
  }
}

void fuzz_message2(const Node& alice, const Node& bob, Bytes pattern) {
  Handshake dialer = Handshake::initiator(alice.identity, NodeId{bob.node_key.public_key.bytes});
  Handshake listener = Handshake::responder(bob.identity);
  ByteVector message = *deliver(listener, *step(dialer), 48);
  const bool is_changed = changes(message, pattern);
  xor_onto(message, pattern);
  PVC_CHECK(deliver(dialer, message, 100).has_value() == !is_changed);
}

void fuzz_message3(const Node& alice, const Node& bob, Bytes pattern) {
  Handshake dialer = Handshake::initiator(alice.identity, NodeId{bob.node_key.public_key.bytes});
  Handshake listener = Handshake::responder(bob.identity);
  ByteVector message = *deliver(dialer, *deliver(listener, *step(dialer), 48), 272);
  const bool is_changed = changes(message, pattern);
  xor_onto(message, pattern);
  PVC_CHECK(deliver(listener, message, 240).has_value() == !is_changed);
  PVC_CHECK(listener.is_complete() == !is_changed);
}

// A peer whose Noise is right and whose payload is not.
void fuzz_payload(const Node& alice, const Node& bob, Bytes pattern) {
  Handshake dialer = Handshake::initiator(alice.identity, std::nullopt);
  const ByteVector message1 = *step(dialer);
  ByteVector prologue = to_vector(as_bytes("provchain-noise/1"));
  append(prologue, alice.identity.network_id.view());
  append(prologue, Bytes(message1).first(handshake_preamble_bytes));
  NoiseHandshake noise(NoiseRole::responder, prologue, bob.static_key);
  PVC_CHECK(noise.read_head(Bytes(message1).subspan(handshake_preamble_bytes)).has_value());
  PVC_CHECK(noise.read_payload({}, {}).has_value());
  ByteVector message2(handshake_message_bytes_max);
  PVC_CHECK(noise.write_head(MutBytes(message2).first(80)).has_value());
  ByteVector payload(handshake_payload_bytes);
  store_le<std::uint16_t>(payload, 0, 1);
  store_le<std::uint16_t>(payload, 2, 1);
  bob.node_key.public_key.store(payload, 24);
  ByteVector signed_bytes{0x52};
  append(signed_bytes, noise.handshake_hash().view());
  sign_tagged(bob.node_key.secret_key, domain::noise_id, signed_bytes).store(payload, 56);
  const bool identity_is_changed =
      pattern.size() > 24 && !all_zero(pattern.subspan(24, std::min<std::size_t>(96, pattern.size() - 24)));
  const bool reserved_is_changed =
      pattern.size() > 120 && !all_zero(pattern.subspan(120, std::min<std::size_t>(56, pattern.size() - 120)));
  xor_onto(payload, pattern);
  noise.write_payload(payload, MutBytes(message2).subspan(80));
  const Outcome message3 = deliver(dialer, message2, 272);
  PVC_CHECK(!message3 || !(identity_is_changed || reserved_is_changed));
  if (!message3) return;
  // Complete from the peer's side too, so that peer() may be asked.
  PVC_CHECK(dialer.is_complete());
  PVC_CHECK(dialer.peer().version_min == load_le<std::uint16_t>(payload, 0));
  PVC_CHECK(dialer.peer().version_max == load_le<std::uint16_t>(payload, 2));
  PVC_CHECK(dialer.peer().role_flags == load_le<std::uint32_t>(payload, 4));
  PVC_CHECK(dialer.peer().features == load_le<std::uint64_t>(payload, 8));
  PVC_CHECK(load_le<std::uint64_t>(payload, 16) != alice.identity.conn_nonce);
  PVC_CHECK(dialer.peer().version == (dialer.peer().version_min == 1 ? 1 : 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool ready = init();
  PVC_CHECK(ready);
  static const Node alice(1);
  static const Node bob(2);
  if (size == 0) return 0;
  const Bytes rest = Bytes(data, size).subspan(1);
  switch (data[0] % 4) {
    case 0:
      fuzz_message1(bob, rest);
      break;
    case 1:
      fuzz_message2(alice, bob, rest);
      break;
    case 2:
      fuzz_message3(alice, bob, rest);
      break;
    default:
      fuzz_payload(alice, bob, rest);
      break;
  }
  return 0;
}
