// SPDX-License-Identifier: Apache-2.0
#include "crypto/ed25519.hpp"

#include <gtest/gtest.h>

#include "tests/crypto/vectors.hpp"

namespace provchain::crypto {
namespace {

PublicKey key_of(std::string_view hex) { return PublicKey::parse_hex(hex).value(); }

// RFC 8032 section 7.1, test 2.
TEST(Ed25519, SignsAsRfc8032) {
  ASSERT_TRUE(init());
  const KeyPair pair =
      key_pair_from_seed(vectors::bytes_of_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  EXPECT_EQ(pair.public_key.hex(), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const std::uint8_t message[] = {0x72};
  const Signature signature = sign(pair.secret_key, message);
  EXPECT_EQ(signature.hex(),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d"
            "291612bb0c00");
  EXPECT_TRUE(verify(pair.public_key, message, signature));
}

TEST(Ed25519, RefusesAnyFlippedBit) {
  const KeyPair pair = generate_key_pair();
  const ByteVector message = to_vector(as_bytes("a message"));
  const Signature signature = sign(pair.secret_key, message);
  for (std::size_t bit = 0; bit < Signature::kSize * 8; ++bit) {
    Signature changed = signature;
    changed.bytes[bit / 8] = static_cast<std::uint8_t>(changed.bytes[bit / 8] ^ 1U << (bit % 8));
    EXPECT_FALSE(verify(pair.public_key, message, changed)) << bit;
  }
  EXPECT_FALSE(verify(pair.public_key, as_bytes("b message"), signature));
  EXPECT_FALSE(verify(generate_key_pair().public_key, message, signature));
}

TEST(Ed25519, TagIsWhatStandsBeforeTheMessage) {
  const KeyPair pair = generate_key_pair();
  const Signature signature = sign_tagged(pair.secret_key, "tag/1", as_bytes("message"));
  EXPECT_EQ(signature, sign(pair.secret_key, as_bytes("tag/1message")));
  EXPECT_TRUE(verify_tagged(pair.public_key, "tag/1", as_bytes("message"), signature));
  EXPECT_FALSE(verify_tagged(pair.public_key, "tag/2", as_bytes("message"), signature));
}

TEST(Ed25519, TaggedMessagesOfAnySize) {
  const KeyPair pair = generate_key_pair();
  for (const std::size_t size : {0U, 506U, 507U, 508U, 5000U}) {
    const ByteVector message(size, 0x33);
    ByteVector whole = to_vector(as_bytes("tag/1"));
    append(whole, message);
    const Signature signature = sign_tagged(pair.secret_key, "tag/1", message);
    EXPECT_EQ(signature, sign(pair.secret_key, whole));
    EXPECT_TRUE(verify_tagged(pair.public_key, "tag/1", message, signature));
  }
}

TEST(Ed25519, GeneratedKeysAreAcceptableAndDiffer) {
  const KeyPair one = generate_key_pair();
  EXPECT_TRUE(is_acceptable_public_key(one.public_key));
  EXPECT_NE(one.public_key, generate_key_pair().public_key);
}

TEST(Ed25519, RefusesKeysOfSmallOrder) {
  for (const std::string_view key : {"0100000000000000000000000000000000000000000000000000000000000000",   // order 1
                                     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",   // order 2
                                     "0000000000000000000000000000000000000000000000000000000000000000",   // order 4
                                     "0000000000000000000000000000000000000000000000000000000000000080",   // order 4
                                     "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",   // order 8
                                     "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",   // order 8
                                     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",   // order 8
                                     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"})  // order 8
    EXPECT_FALSE(is_acceptable_public_key(key_of(key))) << key;
}

TEST(Ed25519, RefusesKeysThatAreNotCanonical) {
  for (const std::string_view key :
       {"0100000000000000000000000000000000000000000000000000000000000080",   // x = 0 with a sign
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",   // x = 0 with a sign
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",   // y = 1 + p
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",   // y = p
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"})  // y = 3 + p, a point of large order
    EXPECT_FALSE(is_acceptable_public_key(key_of(key))) << key;
}

TEST(Ed25519, RefusesKeysThatAreNoPoint) {
  // y = 2 has no x on the curve.
  EXPECT_FALSE(is_acceptable_public_key(key_of("0200000000000000000000000000000000000000000000000000000000000000")));
}

TEST(Ed25519, AcceptsExactlyTheCctvVectorsItAlwaysDid) {
  const auto json = vectors::read_data("crypto/ed25519_cctv/ed25519/ed25519vectors.json");
  const auto expected = vectors::read_data("crypto/ed25519_cctv/cctv_expected_libsodium-1.0.18.txt");
  if (!json || !expected) GTEST_SKIP() << "the CCTV vectors are not on this machine";
  const auto keys = vectors::members(*json, "key");
  const auto signatures = vectors::members(*json, "sig");
  const auto messages = vectors::members(*json, "msg");
  ASSERT_EQ(keys.size(), 914U);
  ASSERT_EQ(signatures.size(), keys.size());
  ASSERT_EQ(messages.size(), keys.size());
  std::string verdicts;
  for (std::size_t i = 0; i < keys.size(); ++i)
    verdicts.push_back(verify(key_of(keys[i]), as_bytes(messages[i]), Signature::parse_hex(signatures[i]).value()) ? 'V' : 'X');
  EXPECT_EQ(verdicts, expected->substr(0, expected->find_last_not_of('\n') + 1));
}

// A key that verifies anything is acceptable: authors' keys need no second look.
TEST(Ed25519, EveryKeyThatVerifiesACctvVectorIsAcceptable) {
  const auto json = vectors::read_data("crypto/ed25519_cctv/ed25519/ed25519vectors.json");
  if (!json) GTEST_SKIP() << "the CCTV vectors are not on this machine";
  const auto keys = vectors::members(*json, "key");
  const auto signatures = vectors::members(*json, "sig");
  const auto messages = vectors::members(*json, "msg");
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (verify(key_of(keys[i]), as_bytes(messages[i]), Signature::parse_hex(signatures[i]).value())) {
      EXPECT_TRUE(is_acceptable_public_key(key_of(keys[i]))) << i;
    }
}

TEST(Ed25519, SpeccheckVerdictsAreThoseOfLibsodium) {
  const auto text = vectors::read_data("crypto/ed25519_speccheck/cases.txt");
  if (!text) GTEST_SKIP() << "the speccheck cases are not on this machine";
  std::string verdicts;
  const auto value_after = [&](std::string_view name, std::size_t& at) {
    at = text->find(name, at);
    if (at == std::string::npos) return std::string();
    at += name.size();
    return text->substr(at, text->find_first_of("\r\n", at) - at);
  };
  for (std::size_t at = 0;;) {
    const std::string message = value_after("msg=", at);
    if (at == std::string::npos) break;
    const std::string key = value_after("pbk=", at);
    const std::string signature = value_after("sig=", at);
    const bool valid = verify(key_of(key), vectors::bytes_of_hex(message), Signature::parse_hex(signature).value());
    verdicts.push_back(valid ? 'V' : 'X');
  }
  EXPECT_EQ(verdicts, "XXXVXXXXXXXX");
}

}  // namespace
}  // namespace provchain::crypto
