// SPDX-License-Identifier: Apache-2.0
// Transactions of kind governance and evidence, by themselves and in a block.
#include <gtest/gtest.h>

#include "crypto/domain.hpp"
#include "storage/rdf/tx_build.hpp"
#include "storage/rdf/tx_check.hpp"

namespace provchain::storage::rdf {
namespace {

using crypto::KeyPair;
using crypto::format::Approval;
using crypto::format::Ballot;
using crypto::format::Change;
using crypto::format::ChangeKind;
using crypto::format::Governance;
using crypto::format::SystemRequest;
using crypto::format::SystemState;
using crypto::format::TxKind;
using crypto::format::TxReject;
using crypto::format::Vote;
using crypto::format::VoteKind;

KeyPair key(std::uint8_t number) { return crypto::key_pair_from_seed(ByteVector(32, number)); }

class SystemCheck : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::init());
    crypto::format::Genesis genesis;
    genesis.network_id.bytes.fill(0x11);
    for (std::uint8_t i = 0; i < 4; ++i) genesis.authorities.push_back({key(i).public_key, "authority"});
    state_ = crypto::format::genesis_state(genesis);
    changes_ = {{ChangeKind::add_authority, key(9).public_key, "new"}};
  }

  Approval approval(std::uint16_t signer, std::uint8_t number) const {
    const ByteVector message = crypto::format::approval_message(state_.context(), changes_);
    return {signer, crypto::sign_tagged(key(number).secret_key, crypto::domain::govern, message)};
  }
  ByteVector approved_by_three() const {
    const std::uint16_t newcomer = crypto::format::first_newcomer;
    return crypto::format::encode_governance({changes_, {approval(0, 0), approval(1, 1), approval(3, 3), approval(newcomer, 9)}});
  }
  ByteVector evidence_against(std::uint16_t signer) const {
    const auto vote = [&](std::uint8_t block) {
      Ballot ballot{VoteKind::notarize, Epoch(0), View(4), View(3), Height(2), {}};
      ballot.block_id.bytes.fill(block);
      const KeyPair pair = key(static_cast<std::uint8_t>(signer));
      return Vote{ballot, AuthorityIndex(signer),
                  crypto::sign(pair.secret_key, crypto::format::encode_statement(state_.context(), ballot))};
    };
    const auto evidence = crypto::format::make_evidence(state_.context(), vote(1), vote(2));
    return to_vector(crypto::format::encode_evidence(*evidence));
  }

  ByteVector transaction(TxKind kind, Bytes payload) const {
    return build_system_transaction(kind, payload, {state_.network_id, 7, Height(1'000)}, key(7));
  }
  TransactionVerdict check(const ByteVector& bytes) const { return check_transaction(bytes, state_.network_id, {}, &state_); }
  void expect_reject(const ByteVector& bytes, TxReject reject) const {
    const TransactionVerdict verdict = check(bytes);
    ASSERT_TRUE(verdict.reject.has_value());
    EXPECT_EQ(to_string(*verdict.reject), to_string(reject));
    EXPECT_FALSE(verdict.transaction.system);
  }
  BodyVerdict check_body(const ByteVector& transaction, const SystemState* system, bool known = false) const {
    const auto view = crypto::format::decode_transaction(transaction);
    crypto::format::BlockHeader header;
    header.height = Height(1);
    header.network_id = state_.network_id;
    header.tx_count = 1;
    header.body_bytes = transaction.size();
    header.tx_root = crypto::format::tx_root_of(std::span(&*view, 1));
    ByteVector block = to_vector(crypto::format::encode_block_header(header));
    append(block, transaction);
    return check_block_body(block, {known}, state_.network_id, {}, system);
  }

  SystemState state_;
  std::vector<Change> changes_;
};

TEST_F(SystemCheck, AnApprovedChangeIsValidAndSaysWhatItAsksFor) {
  const TransactionVerdict verdict = check(transaction(TxKind::governance, approved_by_three()));
  EXPECT_EQ(verdict.reject, std::nullopt);
  EXPECT_EQ(verdict.transaction.kind, TxKind::governance);
  EXPECT_EQ(verdict.transaction.quad_count, 0U);
  ASSERT_TRUE(verdict.transaction.system);
  EXPECT_EQ(*verdict.transaction.system, (SystemRequest{Epoch(0), changes_}));
}

TEST_F(SystemCheck, EvidenceIsValidAndSaysAgainstWhom) {
  const TransactionVerdict verdict = check(transaction(TxKind::evidence, evidence_against(2)));
  EXPECT_EQ(verdict.reject, std::nullopt);
  ASSERT_TRUE(verdict.transaction.system);
  EXPECT_EQ(std::get<crypto::format::Evidence>(verdict.transaction.system->what).signer, AuthorityIndex(2));
}

TEST_F(SystemCheck, WithoutASystemTheKindIsNotTaken) {
  const ByteVector bytes = transaction(TxKind::governance, approved_by_three());
  EXPECT_EQ(check_transaction(bytes, state_.network_id, {}).reject, TxReject::unsupported_kind);
  const BodyVerdict body = check_body(bytes, nullptr);
  EXPECT_EQ(body.outcome, BodyOutcome::invalid);
  EXPECT_EQ(body.reject, TxReject::unsupported_kind);
}

TEST_F(SystemCheck, RefusesEveryFaultByItsName) {
  const ByteVector payload = approved_by_three();
  expect_reject(transaction(TxKind::governance, {}), TxReject::bad_governance);
  expect_reject(transaction(TxKind::governance, evidence_against(2)), TxReject::bad_governance);
  expect_reject(transaction(TxKind::evidence, payload), TxReject::bad_evidence);
  expect_reject(transaction(TxKind::governance, crypto::format::encode_governance({changes_, {}})), TxReject::bad_governance);
  ByteVector forged = payload;
  forged.back() ^= 1;
  expect_reject(transaction(TxKind::governance, forged), TxReject::bad_governance);
  forged = evidence_against(2);
  forged.back() ^= 1;
  expect_reject(transaction(TxKind::evidence, forged), TxReject::bad_evidence);
  expect_reject(transaction(TxKind::evidence, evidence_against(5)), TxReject::bad_evidence);
  ByteVector bytes = transaction(TxKind::governance, payload);
  bytes.back() ^= 1;
  expect_reject(bytes, TxReject::bad_signature);
  bytes = transaction(TxKind::governance, payload);
  bytes[crypto::format::tx_header_bytes] ^= 1;
  expect_reject(bytes, TxReject::bad_dataset_root);
}

TEST_F(SystemCheck, RefusesEveryFlippedBitOfAValidTransaction) {
  const ByteVector bytes = transaction(TxKind::evidence, evidence_against(2));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    ByteVector flipped = bytes;
    flipped[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
    EXPECT_TRUE(check(flipped).reject.has_value()) << "byte " << i;
  }
}

TEST_F(SystemCheck, ABlockIsJudgedByTheStateOfItsEpoch) {
  const ByteVector bytes = transaction(TxKind::governance, approved_by_three());
  const BodyVerdict valid = check_body(bytes, &state_);
  EXPECT_EQ(valid.outcome, BodyOutcome::valid);
  ASSERT_EQ(valid.transactions.size(), 1U);
  EXPECT_TRUE(valid.transactions[0].system);
  SystemState later = state_;
  later.anchor_id.bytes.fill(0x33);
  EXPECT_EQ(check_body(bytes, &later).reject, TxReject::bad_governance);
}

// It was valid in the epoch in which it became known.
TEST_F(SystemCheck, KnownChangesAreCheckedAnew) {
  const ByteVector bytes = transaction(TxKind::governance, approved_by_three());
  EXPECT_TRUE(check_body(bytes, &state_, true).transactions.at(0).system);
  SystemState later = state_;
  later.anchor_id.bytes.fill(0x33);
  EXPECT_EQ(check_body(bytes, &later, true).outcome, BodyOutcome::invalid);
}

TEST_F(SystemCheck, AFlippedByteOfAPayloadIsNotTheBlocksFault) {
  const ByteVector bytes = transaction(TxKind::evidence, evidence_against(2));
  const auto view = crypto::format::decode_transaction(bytes);
  crypto::format::BlockHeader header;
  header.height = Height(1);
  header.tx_count = 1;
  header.body_bytes = bytes.size();
  header.tx_root = crypto::format::tx_root_of(std::span(&*view, 1));
  ByteVector block = to_vector(crypto::format::encode_block_header(header));
  append(block, bytes);
  for (std::size_t i = 0; i < crypto::format::evidence_bytes; i += 7) {
    ByteVector flipped = block;
    flipped[crypto::format::block_header_bytes + crypto::format::tx_header_bytes + i] ^= 1;
    EXPECT_EQ(check_block_body(flipped, {}, state_.network_id, {}, &state_).outcome, BodyOutcome::wrong_body) << i;
  }
}

}  // namespace
}  // namespace provchain::storage::rdf
