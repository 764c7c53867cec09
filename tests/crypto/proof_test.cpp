// SPDX-License-Identifier: Apache-2.0
// Proof bundles: one spelling, and a verifier that no changed byte gets past.
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "crypto/domain.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/format/block.hpp"
#include "crypto/format/certificate.hpp"
#include "crypto/format/proof_bundle.hpp"
#include "crypto/format/proof_verify.hpp"
#include "crypto/merkle.hpp"

namespace provchain::crypto::format {
namespace {

// A chain of a few blocks whose last one is certified by three of four authorities; block 2 holds a transaction of two lines.
class ProofTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(init());
    for (std::uint8_t i = 0; i < 4; ++i) {
      keys_.push_back(key_pair_from_seed(ByteVector(32, static_cast<std::uint8_t>(i + 1))));
      genesis_.authorities.push_back({keys_.back().public_key, "a" + std::to_string(i)});
    }
    genesis_.name = "net";
    genesis_.network_id = network_id_of(as_bytes("net"));
    headers_.push_back(genesis_header(genesis_));
    build_transaction();
    for (std::uint64_t height = 1; height <= 5; ++height) append_block(height);
    build_bundle();
  }

  void build_transaction() {
    const auto author = key_pair_from_seed(ByteVector(32, 9));
    const merkle::TaggedHash tree(domain::dataset);
    const std::vector<Hash256> leaves{tree.leaf(as_bytes(lines_[0])), tree.leaf(as_bytes(lines_[1]))};
    tx_header_ = {TxKind::dataset,
                  genesis_.network_id,
                  author.public_key,
                  7,
                  Height(100),
                  2,
                  0,
                  merkle::root_of(tree, std::span<const Hash256>(leaves))};
    line_path_ = merkle::inclusion_path(tree, std::span<const Hash256>(leaves), 1);
    const auto bytes = encode_tx_header(tx_header_);
    tx_id_ = tx_id_of(bytes);
    tx_signature_ = sign_tagged(author.secret_key, domain::transaction_sign, tx_id_.view());
  }

  void append_block(std::uint64_t height) {
    const merkle::TaggedHash history(domain::history);
    const merkle::TaggedHash transactions(domain::transactions);
    std::vector<Hash256> ids;
    for (const BlockHeader& header : headers_) ids.push_back(history.leaf(block_id_of(header).view()));
    BlockHeader header = headers_.back();
    header.height = Height(height);
    header.view = View(height);
    header.parent_id = block_id_of(headers_.back());
    header.epoch_anchor_id = block_id_of(headers_.front());
    header.history_root = merkle::root_of(history, std::span<const Hash256>(ids));
    const std::vector<Hash256> leaf{tx_leaf_hash(tx_id_, tx_signature_)};
    header.tx_count = height == 2 ? 1 : 0;
    header.tx_root = height == 2 ? merkle::root_of(transactions, std::span<const Hash256>(leaf)) : transactions.empty();
    headers_.push_back(header);
  }

  Certificate certify(const BlockHeader& header) const {
    Certificate certificate{VoteKind::finalize, Epoch(0), View(9), View(8), header.height, block_id_of(header), {}};
    for (const std::uint16_t i : {std::uint16_t{0}, std::uint16_t{1}, std::uint16_t{3}}) {
      CertificateSigner signer{AuthorityIndex(i), View(0), {}};
      const auto statement =
          encode_statement({genesis_.network_id, block_id_of(headers_.front())}, ballot_of(certificate, signer));
      signer.signature = sign(keys_[i].secret_key, statement);
      certificate.signers.push_back(signer);
    }
    return certificate;
  }

  static ByteVector vector_of(const BlockHeader& header) { return to_vector(encode_block_header(header)); }

  void build_bundle() {
    const merkle::TaggedHash history(domain::history);
    std::vector<Hash256> ids;
    for (std::size_t i = 0; i < 5; ++i) ids.push_back(history.leaf(block_id_of(headers_[i]).view()));
    bundle_.kind = ProofKind::quad;
    bundle_.network_id = genesis_.network_id;
    bundle_.claim.tx_id = tx_id_;
    bundle_.claim.line = lines_[1];
    bundle_.head = {vector_of(headers_[5]), encode_certificate(certify(headers_[5]), 4)};
    bundle_.block = BlockPart{vector_of(headers_[2]), merkle::inclusion_path(history, std::span<const Hash256>(ids), 2)};
    bundle_.tx = TxPart{0, to_vector(encode_tx_header(tx_header_)), to_vector(tx_signature_.view()), {}};
    bundle_.quad = QuadPart{1, line_path_};
  }

  ProofBundle of_kind(ProofKind kind) const {
    ProofBundle bundle = bundle_;
    bundle.kind = kind;
    bundle.quad.reset();
    bundle.claim.line.clear();
    if (kind != ProofKind::block) return bundle;
    bundle.tx.reset();
    bundle.claim = {block_id_of(headers_[2]), Height(2), {}, {}};
    return bundle;
  }

  ProofErrc refusal(const ProofBundle& bundle) const {
    const auto facts = verify_proof(bundle, genesis_);
    EXPECT_FALSE(facts.has_value());
    return facts ? ProofErrc{} : facts.error();
  }

  const std::vector<std::string> lines_{"<urn:a> <urn:p> \"1\" .", "<urn:b> <urn:p> \"two\\n\\\"\x01\" ."};
  std::vector<KeyPair> keys_;
  Genesis genesis_;
  std::vector<BlockHeader> headers_;
  TxHeader tx_header_;
  TxId tx_id_;
  Signature tx_signature_;
  std::vector<Hash256> line_path_;
  ProofBundle bundle_;
};

TEST_F(ProofTest, HoldsForBlockTransactionAndQuad) {
  for (const ProofKind kind : {ProofKind::block, ProofKind::tx})
    EXPECT_TRUE(verify_proof(of_kind(kind), genesis_).has_value()) << to_string(kind);
  const auto facts = verify_proof(bundle_, genesis_);
  ASSERT_TRUE(facts.has_value()) << to_string(facts.error());
  EXPECT_EQ(facts->height, Height(2));
  EXPECT_EQ(facts->head_height, Height(5));
  EXPECT_EQ(facts->author, tx_header_.author);
}

TEST_F(ProofTest, HoldsForTheHeadItselfWithoutABlockPart) {
  ProofBundle bundle = of_kind(ProofKind::block);
  bundle.block.reset();
  bundle.claim = {block_id_of(headers_[5]), Height(5), {}, {}};
  EXPECT_TRUE(verify_proof(bundle, genesis_).has_value());
}

TEST_F(ProofTest, EncodingRoundTrips) {
  for (const ProofBundle& bundle : {bundle_, of_kind(ProofKind::block), of_kind(ProofKind::tx)}) {
    const auto decoded = decode_proof_bundle(encode_proof_bundle(bundle));
    ASSERT_TRUE(decoded.has_value()) << decoded.error().expected;
    EXPECT_EQ(*decoded, bundle);
  }
}

// The property users rely on: whatever byte changes, to whatever, the proof does not pass.
TEST_F(ProofTest, NoFlippedBitGetsPast) {
  for (const ProofKind kind : {ProofKind::quad, ProofKind::tx, ProofKind::block}) {
    const std::string text = encode_proof_bundle(kind == ProofKind::quad ? bundle_ : of_kind(kind));
    for (std::size_t i = 0; i < text.size(); ++i) {
      for (const int mask : {0x01, 0x20, 0x80}) {
        std::string changed = text;
        changed[i] = static_cast<char>(changed[i] ^ mask);
        const auto decoded = decode_proof_bundle(changed);
        ASSERT_FALSE(decoded && verify_proof(*decoded, genesis_)) << "byte " << i << " mask " << mask;
      }
    }
  }
}

TEST_F(ProofTest, RefusesEveryOtherSpelling) {
  const std::string text = encode_proof_bundle(bundle_);
  EXPECT_FALSE(decode_proof_bundle(text.substr(0, text.size() - 1)).has_value());
  EXPECT_FALSE(decode_proof_bundle(text + "\n").has_value());
  EXPECT_FALSE(decode_proof_bundle(" " + text).has_value());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return decode_proof_bundle(changed.replace(at, from.size(), to)).has_value();
  };
  EXPECT_FALSE(with("\"index\":0", "\"index\":00"));
  EXPECT_FALSE(with("\"index\":0", "\"index\": 0"));
  EXPECT_FALSE(with("\\u0001", "\x01"));
  EXPECT_FALSE(with("\\u0001", "\\u0041"));
  EXPECT_FALSE(with("two\\\\n", "two\\n"));
  EXPECT_FALSE(with("\"epochs\":[]", "\"epochs\":[],\"epochs\":[]"));
}

TEST_F(ProofTest, NamesWhyAProofDoesNotHold) {
  ProofBundle bundle = bundle_;
  bundle.network_id.bytes[0] ^= 1;
  EXPECT_EQ(refusal(bundle), ProofErrc::foreign_network);
  bundle = bundle_;
  bundle.head.header.pop_back();
  EXPECT_EQ(refusal(bundle), ProofErrc::bad_head_header);
  bundle = bundle_;
  bundle.head.certificate = encode_certificate(certify(headers_[4]), 4);
  EXPECT_EQ(refusal(bundle), ProofErrc::bad_head_certificate);
  bundle = bundle_;
  bundle.head.certificate.back() ^= 1;
  EXPECT_EQ(refusal(bundle), ProofErrc::bad_head_signature);
  bundle = bundle_;
  bundle.epochs.push_back({bundle.head.header, bundle.head.certificate, encode_authorities(genesis_.authorities)});
  EXPECT_EQ(refusal(bundle), ProofErrc::bad_epoch_step);
  bundle = bundle_;
  bundle.block->header.push_back(0);
  EXPECT_EQ(refusal(bundle), ProofErrc::bad_block_header);
  bundle = bundle_;
  bundle.block->header = vector_of(headers_[3]);
  EXPECT_EQ(refusal(bundle), ProofErrc::block_not_in_history);
  bundle = bundle_;
  bundle.block->header = vector_of(headers_[5]);
  EXPECT_EQ(refusal(bundle), ProofErrc::needless_block);
  bundle = bundle_;
  bundle.tx->header.pop_back();
  EXPECT_EQ(refusal(bundle), ProofErrc::bad_tx_header);
  bundle = bundle_;
  bundle.tx->index = 1;
  EXPECT_EQ(refusal(bundle), ProofErrc::tx_not_in_block);
  bundle = bundle_;
  bundle.quad->index = 0;
  EXPECT_EQ(refusal(bundle), ProofErrc::quad_not_in_tx);
  bundle = bundle_;
  bundle.claim.tx_id.bytes[3] ^= 1;
  EXPECT_EQ(refusal(bundle), ProofErrc::claim_differs);
}

// The author's signature is part of the leaf, so only a block that holds a wrong signature can bring one this far.
TEST_F(ProofTest, RefusesATransactionItsAuthorDidNotSign) {
  tx_signature_.bytes[0] ^= 1;
  headers_.resize(1);
  for (std::uint64_t height = 1; height <= 5; ++height) append_block(height);
  build_bundle();
  EXPECT_EQ(refusal(bundle_), ProofErrc::bad_author_signature);
}

TEST(Base64, OneSpellingEach) {
  for (const char* text : {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="}) {
    const auto bytes = from_base64(text);
    ASSERT_TRUE(bytes.has_value()) << text;
    EXPECT_EQ(to_base64(*bytes), text);
  }
  for (const char* text : {"Z", "Zg", "Zg=", "Zh==", "Zm9", "Zm9=", "Zg==Zg==", "Zm 8", "====", "Z===", "Zm9v\n"})
    EXPECT_FALSE(from_base64(text).has_value()) << text;
}

}  // namespace
}  // namespace provchain::crypto::format
