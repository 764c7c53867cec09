// SPDX-License-Identifier: Apache-2.0
#include "crypto/record_cipher.hpp"

#include <sodium.h>

#include <limits>

namespace provchain::crypto {
namespace {

static_assert(record_tag_bytes == crypto_aead_chacha20poly1305_ietf_ABYTES);
static_assert(crypto_aead_chacha20poly1305_ietf_KEYBYTES == 32);

// REKEY owns this nonce, so no record may use it.
constexpr std::uint64_t kRekeyNonce = std::numeric_limits<std::uint64_t>::max();

struct Nonce {
  explicit Nonce(std::uint64_t counter) { store_le<std::uint64_t>(bytes, 4, counter); }
  std::uint8_t bytes[crypto_aead_chacha20poly1305_ietf_NPUBBYTES] = {};
};

}  // namespace

std::string_view to_string(CipherErrc code) {
  switch (code) {
    case CipherErrc::bad_tag:
      return "record does not authenticate";
    case CipherErrc::exhausted:
      return "record counter exhausted";
  }
  PVC_UNREACHABLE();
}

RecordCipher::RecordCipher(WipedBytes<32> key, std::uint64_t first_nonce) : key_(std::move(key)), nonce_(first_nonce) {}

Result<void, CipherErrc> RecordCipher::seal(MutBytes body, MutBytes tag) {
  PVC_CHECK(tag.size() == record_tag_bytes);
  if (nonce_ == kRekeyNonce) return std::unexpected(CipherErrc::exhausted);
  crypto_aead_chacha20poly1305_ietf_encrypt_detached(body.data(), tag.data(), nullptr, body.data(), body.size(), nullptr, 0,
                                                     nullptr, Nonce(nonce_).bytes, key_.data());
  advance();
  return {};
}

Result<void, CipherErrc> RecordCipher::open(MutBytes body, Bytes tag) {
  PVC_CHECK(tag.size() == record_tag_bytes);
  if (nonce_ == kRekeyNonce) return std::unexpected(CipherErrc::exhausted);
  if (crypto_aead_chacha20poly1305_ietf_decrypt_detached(body.data(), nullptr, body.data(), body.size(), tag.data(), nullptr, 0,
                                                         Nonce(nonce_).bytes, key_.data()) != 0)
    return std::unexpected(CipherErrc::bad_tag);
  advance();
  return {};
}

void RecordCipher::advance() {
  ++nonce_;
  if (nonce_ % records_per_key != 0) return;
  // REKEY(k): the first 32 bytes of ENCRYPT(k, 2^64 − 1, "", 32 zero bytes).
  constexpr std::uint8_t zeros[32] = {};
  std::uint8_t unused_tag[record_tag_bytes];
  WipedBytes<32> next;
  crypto_aead_chacha20poly1305_ietf_encrypt_detached(next.data(), unused_tag, nullptr, zeros, sizeof zeros, nullptr, 0, nullptr,
                                                     Nonce(kRekeyNonce).bytes, key_.data());
  key_ = std::move(next);
}

}  // namespace provchain::crypto
