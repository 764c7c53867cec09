// SPDX-License-Identifier: Apache-2.0
// Names follow the Noise specification: ck, h, MixKey, MixHash, EncryptAndHash, DecryptAndHash, Split.
#include "crypto/noise.hpp"

#include <sodium.h>

#include <algorithm>

namespace provchain::crypto {
namespace {

constexpr std::string_view kProtocolName = "Noise_XX_25519_ChaChaPoly_SHA256";
static_assert(kProtocolName.size() == 32, "exactly HASHLEN, so it is h itself without hashing");

void hmac(Bytes key32, Bytes first, Bytes second, MutBytes out32) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key32.data(), key32.size());
  crypto_auth_hmacsha256_update(&state, first.data(), first.size());
  crypto_auth_hmacsha256_update(&state, second.data(), second.size());
  crypto_auth_hmacsha256_final(&state, out32.data());
  sodium_memzero(&state, sizeof state);
}

// HKDF with two outputs.
void hkdf2(Bytes chaining_key, Bytes input, MutBytes first, MutBytes second) {
  constexpr std::uint8_t one[] = {1};
  constexpr std::uint8_t two[] = {2};
  WipedBytes<32> temporary;
  WipedBytes<32> output1;
  hmac(chaining_key, input, {}, temporary.mut());
  hmac(temporary.view(), one, {}, output1.mut());
  hmac(temporary.view(), output1.view(), two, second);
  std::memcpy(first.data(), output1.data(), 32);
}

struct Nonce {
  explicit Nonce(std::uint64_t counter) { store_le<std::uint64_t>(bytes, 4, counter); }
  std::uint8_t bytes[crypto_aead_chacha20poly1305_ietf_NPUBBYTES] = {};
};

X25519Key public_key_of(Bytes secret) {
  X25519Key key;
  crypto_scalarmult_base(key.bytes.data(), secret.data());
  return key;
}

}  // namespace

std::string_view to_string(NoiseErrc code) {
  switch (code) {
    case NoiseErrc::bad_key:
      return "public key of small order";
    case NoiseErrc::bad_tag:
      return "handshake message does not authenticate";
    case NoiseErrc::bad_length:
      return "handshake message too short";
  }
  PVC_UNREACHABLE();
}

NoiseStaticKey generate_noise_static_key() {
  WipedBytes<32> secret;
  randombytes_buf(secret.data(), 32);
  return noise_static_key_from(secret.view());
}

NoiseStaticKey noise_static_key_from(Bytes secret32) {
  PVC_CHECK(secret32.size() == 32);
  NoiseStaticKey key;
  std::memcpy(key.secret.data(), secret32.data(), 32);
  key.public_key = public_key_of(secret32);
  return key;
}

NoiseHandshake::NoiseHandshake(NoiseRole role, Bytes prologue, const NoiseStaticKey& static_key,
                               const std::optional<Bytes>& ephemeral_secret)
    : role_(role), static_key_(&static_key) {
  if (ephemeral_secret) {
    PVC_CHECK(ephemeral_secret->size() == 32);
    std::memcpy(ephemeral_secret_.data(), ephemeral_secret->data(), 32);
  } else {
    randombytes_buf(ephemeral_secret_.data(), 32);
  }
  ephemeral_public_ = public_key_of(ephemeral_secret_.view());
  hash_ = Hash256::load(as_bytes(kProtocolName));
  std::memcpy(chaining_key_.data(), hash_.bytes.data(), 32);
  mix_hash(prologue);
}

Result<void, NoiseErrc> NoiseHandshake::write_head(MutBytes head) {
  PVC_CHECK(!is_complete() && is_my_turn() && !head_done_);
  PVC_CHECK(head.size() == head_bytes(message_));
  if (message_ < 2) {
    ephemeral_public_.store(head, 0);
    mix_hash(ephemeral_public_.view());
  }
  if (message_ == 1) {
    PVC_TRY_VOID(mix_shared_secret(ephemeral_secret_.view(), remote_ephemeral_));
    encrypt_and_hash(static_key_->public_key.view(), head.subspan(32));
    PVC_TRY_VOID(mix_shared_secret(static_key_->secret.view(), remote_ephemeral_));
  } else if (message_ == 2) {
    encrypt_and_hash(static_key_->public_key.view(), head);
    PVC_TRY_VOID(mix_shared_secret(static_key_->secret.view(), remote_ephemeral_));
  }
  head_done_ = true;
  return {};
}

Result<void, NoiseErrc> NoiseHandshake::read_head(Bytes head) {
  PVC_CHECK(!is_complete() && !is_my_turn() && !head_done_);
  if (head.size() != head_bytes(message_)) return std::unexpected(NoiseErrc::bad_length);
  if (message_ < 2) {
    remote_ephemeral_ = X25519Key::load(head);
    mix_hash(remote_ephemeral_.view());
  }
  if (message_ == 1) {
    PVC_TRY_VOID(mix_shared_secret(ephemeral_secret_.view(), remote_ephemeral_));
    PVC_TRY_VOID(decrypt_and_hash(head.subspan(32), remote_static_.mut()));
    PVC_TRY_VOID(mix_shared_secret(ephemeral_secret_.view(), remote_static_));
  } else if (message_ == 2) {
    PVC_TRY_VOID(decrypt_and_hash(head, remote_static_.mut()));
    PVC_TRY_VOID(mix_shared_secret(ephemeral_secret_.view(), remote_static_));
  }
  head_done_ = true;
  return {};
}

void NoiseHandshake::write_payload(Bytes payload, MutBytes out) {
  PVC_CHECK(is_my_turn() && head_done_);
  PVC_CHECK(out.size() == payload.size() + tag_bytes(message_));
  encrypt_and_hash(payload, out);
  head_done_ = false;
  ++message_;
}

Result<void, NoiseErrc> NoiseHandshake::read_payload(Bytes in, MutBytes payload) {
  PVC_CHECK(!is_my_turn() && head_done_);
  if (in.size() < tag_bytes(message_)) return std::unexpected(NoiseErrc::bad_length);
  PVC_CHECK(payload.size() == in.size() - tag_bytes(message_));
  PVC_TRY_VOID(decrypt_and_hash(in, payload));
  head_done_ = false;
  ++message_;
  return {};
}

NoiseTransport NoiseHandshake::split() {
  PVC_CHECK(is_complete() && has_key_);
  WipedBytes<32> of_initiator;
  WipedBytes<32> of_responder;
  hkdf2(chaining_key_.view(), {}, of_initiator.mut(), of_responder.mut());
  wipe(chaining_key_.mut());
  wipe(ephemeral_secret_.mut());
  has_key_ = false;
  if (role_ == NoiseRole::initiator) return {RecordCipher(std::move(of_initiator)), RecordCipher(std::move(of_responder))};
  return {RecordCipher(std::move(of_responder)), RecordCipher(std::move(of_initiator))};
}

void NoiseHandshake::mix_hash(Bytes data) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, hash_.bytes.data(), hash_.bytes.size());
  crypto_hash_sha256_update(&state, data.data(), data.size());
  crypto_hash_sha256_final(&state, hash_.bytes.data());
}

void NoiseHandshake::mix_key(Bytes input) {
  WipedBytes<32> next;
  hkdf2(chaining_key_.view(), input, next.mut(), key_.mut());
  chaining_key_ = std::move(next);
  has_key_ = true;
  nonce_ = 0;
}

Result<void, NoiseErrc> NoiseHandshake::mix_shared_secret(Bytes secret, const X25519Key& other) {
  WipedBytes<32> shared;
  // libsodium refuses an all-zero result, which a point of small order gives whatever the secret is.
  if (crypto_scalarmult(shared.data(), secret.data(), other.bytes.data()) != 0) return std::unexpected(NoiseErrc::bad_key);
  mix_key(shared.view());
  return {};
}

void NoiseHandshake::encrypt_and_hash(Bytes plain, MutBytes out) {
  if (!has_key_) {
    std::copy(plain.begin(), plain.end(), out.begin());
  } else {
    crypto_aead_chacha20poly1305_ietf_encrypt(out.data(), nullptr, plain.data(), plain.size(), hash_.bytes.data(),
                                              hash_.bytes.size(), nullptr, Nonce(nonce_++).bytes, key_.data());
  }
  mix_hash(out);
}

Result<void, NoiseErrc> NoiseHandshake::decrypt_and_hash(Bytes in, MutBytes plain) {
  if (!has_key_) {
    std::copy(in.begin(), in.end(), plain.begin());
  } else if (crypto_aead_chacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, in.data(), in.size(), hash_.bytes.data(),
                                                       hash_.bytes.size(), Nonce(nonce_++).bytes, key_.data()) != 0) {
    return std::unexpected(NoiseErrc::bad_tag);
  }
  mix_hash(in);
  return {};
}

}  // namespace provchain::crypto
