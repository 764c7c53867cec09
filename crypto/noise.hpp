// SPDX-License-Identifier: Apache-2.0
// Noise_XX_25519_ChaChaPoly_SHA256 (Noise specification, revision 34) without I/O:
//   1  -> e                 32 bytes ‖ payload
//   2  <- e, ee, s, es      32 + 48 bytes ‖ payload ‖ 16
//   3  -> s, se             48 bytes ‖ payload ‖ 16
// A message is made and read in two halves, the head (key tokens) and the payload, because our payload signs the handshake hash
// as it stands between them. Works in its own memory only. Belongs to one thread at a time; movable, so that its maths can run in
// the worker pool.
//
// Invariants: each half is called once, in turn; after an error the object is dead and must be dropped.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "base/types.hpp"
#include "crypto/record_cipher.hpp"
#include "crypto/secret.hpp"

namespace provchain::crypto {

enum class NoiseErrc : std::uint8_t {
  bad_key,     // the peer sent a point of small order: the shared secret would be zero
  bad_tag,     // a key or payload that does not authenticate
  bad_length,  // too short for this message's head or tag
};
[[nodiscard]] std::string_view to_string(NoiseErrc code);

using X25519Key = FixedBytes<struct X25519KeyTag, 32>;

// The static X25519 key of this process: random at every start, never stored, known to peers only through the node key's
// signature.
struct NoiseStaticKey {
  Secret<32> secret;
  X25519Key public_key;
};
[[nodiscard]] NoiseStaticKey generate_noise_static_key();
[[nodiscard]] NoiseStaticKey noise_static_key_from(Bytes secret32);

enum class NoiseRole : std::uint8_t { initiator = 0x49, responder = 0x52 };

// The two directions after the handshake, from the view of their holder.
struct NoiseTransport {
  RecordCipher send;
  RecordCipher receive;
};

class NoiseHandshake {
 public:
  static constexpr std::size_t message_count = 3;
  // The key tokens of message 1, 2, 3 (index 0, 1, 2), and how many bytes the payload grows by.
  [[nodiscard]] static constexpr std::size_t head_bytes(std::size_t message) {
    return message == 0 ? 32 : message == 1 ? 80 : 48;
  }
  [[nodiscard]] static constexpr std::size_t tag_bytes(std::size_t message) { return message == 0 ? 0 : 16; }

  // `static_key` must outlive the object. `ephemeral_secret` is random unless a test vector gives it.
  NoiseHandshake(NoiseRole role, Bytes prologue, const NoiseStaticKey& static_key PVC_LIFETIMEBOUND,
                 const std::optional<Bytes>& ephemeral_secret = std::nullopt);

  // The message that is made or read next; 3 when the handshake is complete.
  [[nodiscard]] std::size_t next_message() const { return message_; }
  [[nodiscard]] bool is_my_turn() const { return (message_ % 2 == 0) == (role_ == NoiseRole::initiator); }
  [[nodiscard]] bool is_complete() const { return message_ == message_count; }
  [[nodiscard]] NoiseRole role() const { return role_; }

  // `head` has exactly head_bytes(next_message()) bytes.
  Result<void, NoiseErrc> write_head(MutBytes head);
  // `out` has exactly payload.size() + tag_bytes(next_message()) bytes.
  void write_payload(Bytes payload, MutBytes out);

  Result<void, NoiseErrc> read_head(Bytes head);
  // `payload` has exactly in.size() − tag_bytes(next_message()) bytes.
  Result<void, NoiseErrc> read_payload(Bytes in, MutBytes payload);

  // h at this point. Between head and payload it is what our payload signs; after the last message it names the session.
  [[nodiscard]] Hash256 handshake_hash() const { return hash_; }

  // Only when complete, once.
  [[nodiscard]] NoiseTransport split();

 private:
  void mix_hash(Bytes data);
  void mix_key(Bytes input);
  Result<void, NoiseErrc> mix_shared_secret(Bytes secret, const X25519Key& other);
  void encrypt_and_hash(Bytes plain, MutBytes out);
  Result<void, NoiseErrc> decrypt_and_hash(Bytes in, MutBytes plain);

  NoiseRole role_;
  std::uint8_t message_ = 0;
  bool head_done_ = false;
  bool has_key_ = false;
  const NoiseStaticKey* static_key_;
  WipedBytes<32> ephemeral_secret_;
  X25519Key ephemeral_public_;
  X25519Key remote_ephemeral_;
  X25519Key remote_static_;
  WipedBytes<32> chaining_key_;
  WipedBytes<32> key_;
  std::uint64_t nonce_ = 0;
  Hash256 hash_;
};

}  // namespace provchain::crypto
