// SPDX-License-Identifier: Apache-2.0
#include "crypto/handshake.hpp"

#include <algorithm>

#include "crypto/domain.hpp"

namespace provchain::crypto {
namespace {

constexpr std::string_view kMagic = "PVCHAIN1";
constexpr std::string_view kPrologue = "provchain-noise/1";
constexpr std::size_t kNetworkPrefixBytes = handshake_preamble_bytes - kMagic.size();

// Offsets within the payload.
constexpr std::size_t kVersionMin = 0;
constexpr std::size_t kVersionMax = 2;
constexpr std::size_t kRoleFlags = 4;
constexpr std::size_t kFeatures = 8;
constexpr std::size_t kConnNonce = 16;
constexpr std::size_t kNodeId = 24;
constexpr std::size_t kSignature = 56;
constexpr std::size_t kReserved = 120;

using Preamble = std::array<std::uint8_t, handshake_preamble_bytes>;
using Payload = std::array<std::uint8_t, handshake_payload_bytes>;
using Prologue = std::array<std::uint8_t, kPrologue.size() + NetworkId::kSize + handshake_preamble_bytes>;
using SignedIdentity = std::array<std::uint8_t, 1 + Hash256::kSize>;

Preamble preamble_of(const NetworkId& network_id) {
  Preamble preamble;
  std::copy(kMagic.begin(), kMagic.end(), preamble.begin());
  std::copy_n(network_id.bytes.begin(), kNetworkPrefixBytes, preamble.begin() + kMagic.size());
  return preamble;
}

Prologue prologue_of(const NetworkId& network_id) {
  Prologue prologue;
  auto end = std::copy(kPrologue.begin(), kPrologue.end(), prologue.begin());
  end = std::copy(network_id.bytes.begin(), network_id.bytes.end(), end);
  const Preamble preamble = preamble_of(network_id);
  std::copy(preamble.begin(), preamble.end(), end);
  return prologue;
}

// What a node key signs, behind the tag. The hash covers both ephemeral keys and the signer's static key, so the signature is
// good for this handshake and this role alone.
SignedIdentity signed_identity(NoiseRole role, const Hash256& hash) {
  SignedIdentity message;
  message[0] = static_cast<std::uint8_t>(role);
  hash.store(message, 1);
  return message;
}

NoiseRole other(NoiseRole role) { return role == NoiseRole::initiator ? NoiseRole::responder : NoiseRole::initiator; }

std::size_t preamble_bytes(std::size_t message) { return message == 0 ? handshake_preamble_bytes : 0; }

std::size_t message_bytes(std::size_t message) {
  const std::size_t payload = message == 0 ? 0 : handshake_payload_bytes + NoiseHandshake::tag_bytes(message);
  return preamble_bytes(message) + NoiseHandshake::head_bytes(message) + payload;
}

HandshakeErrc from_noise(NoiseErrc code) {
  switch (code) {
    case NoiseErrc::bad_key:
      return HandshakeErrc::bad_key;
    case NoiseErrc::bad_tag:
    case NoiseErrc::bad_length:
      return HandshakeErrc::bad_tag;
  }
  PVC_UNREACHABLE();
}

// The highest version in both ranges, or 0.
std::uint16_t common_version(const HandshakeIdentity& own, const HandshakePeer& peer) {
  const std::uint16_t highest = std::min(own.version_max, peer.version_max);
  return highest >= std::max(own.version_min, peer.version_min) ? highest : std::uint16_t{0};
}

}  // namespace

std::string_view to_string(HandshakeErrc code) {
  switch (code) {
    case HandshakeErrc::wrong_preamble:
      return "wrong_preamble";
    case HandshakeErrc::bad_key:
      return "bad_key";
    case HandshakeErrc::bad_tag:
      return "bad_tag";
    case HandshakeErrc::reserved_not_zero:
      return "reserved_not_zero";
    case HandshakeErrc::bad_version_range:
      return "bad_version_range";
    case HandshakeErrc::bad_identity:
      return "bad_identity";
    case HandshakeErrc::self_connection:
      return "self_connection";
    case HandshakeErrc::unexpected_peer:
      return "unexpected_peer";
  }
  PVC_UNREACHABLE();
}

Handshake Handshake::initiator(const HandshakeIdentity& identity, const std::optional<NodeId>& expected) {
  return Handshake(identity, NoiseRole::initiator, expected);
}

Handshake Handshake::responder(const HandshakeIdentity& identity) {
  return Handshake(identity, NoiseRole::responder, std::nullopt);
}

Handshake::Handshake(const HandshakeIdentity& identity, NoiseRole role, const std::optional<NodeId>& expected)
    : identity_(identity), noise_(role, prologue_of(identity.network_id), *identity.static_key), expected_(expected) {
  static_assert(std::size(Prologue{}) == 65);
  expect_next_message();
}

void Handshake::expect_next_message() {
  filled_ = 0;
  wanted_ = is_complete() || noise_.is_my_turn() ? 0 : message_bytes(noise_.next_message());
}

Result<std::size_t, HandshakeErrc> Handshake::feed(Bytes received) {
  const std::size_t count = std::min(received.size(), bytes_wanted());
  std::copy_n(received.begin(), count, inbox_.begin() + static_cast<std::ptrdiff_t>(filled_));
  const bool judged_before = filled_ >= handshake_preamble_bytes;
  filled_ += count;
  if (noise_.next_message() == 0 && !judged_before && filled_ >= handshake_preamble_bytes) {
    if (!equal(Bytes(inbox_).first(handshake_preamble_bytes), preamble_of(identity_.network_id)))
      return std::unexpected(HandshakeErrc::wrong_preamble);
  }
  return count;
}

Result<std::size_t, HandshakeErrc> Handshake::step(MutBytes out) {
  PVC_CHECK(is_step_due());
  PVC_CHECK(out.size() >= handshake_message_bytes_max);
  if (!noise_.is_my_turn()) PVC_TRY_VOID(read_message());
  std::size_t written = 0;
  if (!is_complete()) {
    PVC_TRY(written, write_message(out));
  }
  expect_next_message();
  return written;
}

Result<void, HandshakeErrc> Handshake::read_message() {
  const std::size_t message = noise_.next_message();
  const Bytes body = Bytes(inbox_).subspan(preamble_bytes(message), message_bytes(message) - preamble_bytes(message));
  const std::size_t head_bytes = NoiseHandshake::head_bytes(message);
  if (const auto read = noise_.read_head(body.first(head_bytes)); !read) return std::unexpected(from_noise(read.error()));
  const Hash256 hash = noise_.handshake_hash();
  Payload payload;
  const MutBytes plain = message == 0 ? MutBytes{} : MutBytes(payload);
  if (const auto read = noise_.read_payload(body.subspan(head_bytes), plain); !read)
    return std::unexpected(from_noise(read.error()));
  return message == 0 ? Result<void, HandshakeErrc>{} : accept_payload(payload, hash);
}

Result<std::size_t, HandshakeErrc> Handshake::write_message(MutBytes out) {
  const std::size_t message = noise_.next_message();
  const std::size_t size = message_bytes(message);
  const MutBytes body = out.subspan(preamble_bytes(message), size - preamble_bytes(message));
  const std::size_t head_bytes = NoiseHandshake::head_bytes(message);
  if (message == 0) {
    const Preamble preamble = preamble_of(identity_.network_id);
    std::copy(preamble.begin(), preamble.end(), out.begin());
  }
  if (const auto written = noise_.write_head(body.first(head_bytes)); !written)
    return std::unexpected(from_noise(written.error()));
  Payload payload{};
  if (message != 0) encode_payload(payload, noise_.handshake_hash());
  noise_.write_payload(message == 0 ? Bytes{} : Bytes(payload), body.subspan(head_bytes));
  return size;
}

void Handshake::encode_payload(MutBytes payload, const Hash256& hash) const {
  store_le<std::uint16_t>(payload, kVersionMin, identity_.version_min);
  store_le<std::uint16_t>(payload, kVersionMax, identity_.version_max);
  store_le<std::uint32_t>(payload, kRoleFlags, identity_.role_flags);
  store_le<std::uint64_t>(payload, kFeatures, identity_.features);
  store_le<std::uint64_t>(payload, kConnNonce, identity_.conn_nonce);
  identity_.node_key->public_key.store(payload, kNodeId);
  sign_tagged(identity_.node_key->secret_key, domain::noise_id, signed_identity(noise_.role(), hash)).store(payload, kSignature);
}

// The checks run before our next message is written, so a dialer tells the wrong node nothing.
Result<void, HandshakeErrc> Handshake::accept_payload(Bytes payload, const Hash256& hash) {
  if (!all_zero(payload.subspan(kReserved))) return std::unexpected(HandshakeErrc::reserved_not_zero);
  peer_.node_id = NodeId::load(payload, kNodeId);
  peer_.version_min = load_le<std::uint16_t>(payload, kVersionMin);
  peer_.version_max = load_le<std::uint16_t>(payload, kVersionMax);
  peer_.role_flags = load_le<std::uint32_t>(payload, kRoleFlags);
  peer_.features = load_le<std::uint64_t>(payload, kFeatures);
  if (peer_.version_min == 0 || peer_.version_min > peer_.version_max) return std::unexpected(HandshakeErrc::bad_version_range);
  const auto message = signed_identity(other(noise_.role()), hash);
  if (!verify_tagged(PublicKey{peer_.node_id.bytes}, domain::noise_id, message, Signature::load(payload, kSignature)))
    return std::unexpected(HandshakeErrc::bad_identity);
  const bool same_key = peer_.node_id.bytes == identity_.node_key->public_key.bytes;
  if (same_key || load_le<std::uint64_t>(payload, kConnNonce) == identity_.conn_nonce)
    return std::unexpected(HandshakeErrc::self_connection);
  if (expected_ && *expected_ != peer_.node_id) return std::unexpected(HandshakeErrc::unexpected_peer);
  peer_.version = common_version(identity_, peer_);
  return {};
}

const HandshakePeer& Handshake::peer() const {
  PVC_CHECK(is_complete());
  return peer_;
}

NoiseTransport Handshake::transport() { return noise_.split(); }

}  // namespace provchain::crypto
