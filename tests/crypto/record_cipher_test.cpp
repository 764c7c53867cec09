// SPDX-License-Identifier: Apache-2.0
#include "crypto/record_cipher.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <limits>

#include "crypto/ed25519.hpp"

namespace provchain::crypto {
namespace {

WipedBytes<32> key_of(std::uint8_t fill) {
  WipedBytes<32> key;
  for (std::uint8_t& byte : key.mut()) byte = fill;
  return key;
}

// The key of record n by the definition, straight from libsodium: rekeyed ⌊n / 65,536⌋ times.
ByteVector expected_key(std::uint8_t fill, std::uint64_t n) {
  ByteVector key(32, fill);
  for (std::uint64_t i = 0; i < n / records_per_key; ++i) {
    const ByteVector zeros(32);
    ByteVector sealed(48);
    std::uint8_t nonce[12] = {0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    crypto_aead_chacha20poly1305_ietf_encrypt(sealed.data(), nullptr, zeros.data(), 32, nullptr, 0, nullptr, nonce, key.data());
    key.assign(sealed.begin(), sealed.begin() + 32);
  }
  return key;
}

ByteVector expected_record(std::uint8_t fill, std::uint64_t n, Bytes plain) {
  ByteVector sealed(plain.size() + record_tag_bytes);
  ByteVector nonce(12);
  store_le<std::uint64_t>(nonce, 4, n);
  crypto_aead_chacha20poly1305_ietf_encrypt(sealed.data(), nullptr, plain.data(), plain.size(), nullptr, 0, nullptr, nonce.data(),
                                            expected_key(fill, n).data());
  return sealed;
}

ByteVector seal(RecordCipher& cipher, Bytes plain) {
  ByteVector sealed = to_vector(plain);
  sealed.resize(plain.size() + record_tag_bytes);
  EXPECT_TRUE(cipher.seal(MutBytes(sealed).first(plain.size()), MutBytes(sealed).last(record_tag_bytes)).has_value());
  return sealed;
}

Result<void, CipherErrc> open(RecordCipher& cipher, ByteVector& sealed) {
  const std::size_t body = sealed.size() - record_tag_bytes;
  return cipher.open(MutBytes(sealed).first(body), Bytes(sealed).last(record_tag_bytes));
}

TEST(RecordCipher, RekeysAfter65536RecordsAndCountsOn) {
  ASSERT_TRUE(init());
  RecordCipher sender(key_of(7));
  RecordCipher receiver(key_of(7));
  const ByteVector plain(16, 0x5a);
  for (std::uint64_t n = 0; n <= 2 * records_per_key + 1; ++n) {
    ByteVector sealed = seal(sender, plain);
    const std::uint64_t from_boundary = (n + 1) % records_per_key;  // records 65,535, 65,536 and 65,537 of each key
    if (from_boundary <= 2) {
      ASSERT_EQ(sealed, expected_record(7, n, plain)) << n;
    }
    ASSERT_TRUE(open(receiver, sealed).has_value()) << n;
    ASSERT_TRUE(equal(Bytes(sealed).first(16), plain));
  }
  EXPECT_EQ(sender.position(), 2 * records_per_key + 2);
  EXPECT_EQ(receiver.position(), sender.position());
}

TEST(RecordCipher, RefusesAReplayAReorderingAndAnyFlippedBit) {
  ASSERT_TRUE(init());
  RecordCipher sender(key_of(1));
  RecordCipher receiver(key_of(1));
  const ByteVector first = seal(sender, as_bytes("first record"));
  const ByteVector second = seal(sender, as_bytes("second record"));
  for (std::size_t bit = 0; bit < first.size() * 8; ++bit) {
    ByteVector damaged = first;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
    ASSERT_EQ(open(receiver, damaged).error(), CipherErrc::bad_tag) << bit;
  }
  ByteVector early = second;
  EXPECT_EQ(open(receiver, early).error(), CipherErrc::bad_tag);
  ByteVector in_turn = first;
  ASSERT_TRUE(open(receiver, in_turn).has_value());
  ByteVector replayed = first;
  EXPECT_EQ(open(receiver, replayed).error(), CipherErrc::bad_tag);
  EXPECT_EQ(receiver.position(), 1U);
}

TEST(RecordCipher, RefusesTheNonceThatRekeyingUses) {
  ASSERT_TRUE(init());
  const std::uint64_t last = std::numeric_limits<std::uint64_t>::max() - 1;
  RecordCipher sender(key_of(2), last);
  RecordCipher receiver(key_of(2), last);
  ByteVector sealed = seal(sender, as_bytes("the last record"));
  ASSERT_TRUE(open(receiver, sealed).has_value());
  ByteVector body(16);
  ByteVector tag(record_tag_bytes);
  EXPECT_EQ(sender.seal(body, tag).error(), CipherErrc::exhausted);
  EXPECT_TRUE(all_zero(body));
  EXPECT_EQ(receiver.open(body, tag).error(), CipherErrc::exhausted);
}

TEST(RecordCipher, NamesItsErrors) {
  EXPECT_EQ(to_string(CipherErrc::bad_tag), "record does not authenticate");
  EXPECT_EQ(to_string(CipherErrc::exhausted), "record counter exhausted");
}

TEST(WipedBytes, LeaveNothingWhereTheyWereMovedFrom) {
  WipedBytes<32> from = key_of(9);
  const std::uint8_t* const old_place = from.data();
  const WipedBytes<32> to = std::move(from);
  EXPECT_TRUE(all_zero({old_place, 32}));
  EXPECT_EQ(to.view()[31], 9);
}

}  // namespace
}  // namespace provchain::crypto
