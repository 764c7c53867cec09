// SPDX-License-Identifier: Apache-2.0
// One frozen file for each fixed layout, from the same samples in every run, and each file read back by its decoder.
#include <gtest/gtest.h>

#include "crypto/format/block.hpp"
#include "crypto/format/certificate.hpp"
#include "crypto/format/system_state.hpp"
#include "tests/crypto/format_samples.hpp"
#include "tests/golden/golden.hpp"

namespace provchain::crypto::format {
namespace {

using golden::expect_frozen;
using golden::frozen;

TEST(Golden, Statement) {
  expect_frozen("statement", encode_statement(samples::context(), samples::notarize(7)));
  EXPECT_EQ(decode_statement(frozen("statement"))->ballot, samples::notarize(7));
}

TEST(Golden, Vote) {
  const Vote vote = samples::vote(samples::nullify(9, 4), 2);
  expect_frozen("vote", encode_vote(vote));
  EXPECT_EQ(*decode_vote(frozen("vote")), vote);
}

TEST(Golden, NotarizeCertificate) {
  const Certificate certificate = samples::certificate(VoteKind::notarize, 4);
  expect_frozen("certificate_notarize", encode_certificate(certificate, 4));
  EXPECT_EQ(*decode_certificate(frozen("certificate_notarize"), 4), certificate);
}

TEST(Golden, NullifyCertificate) {
  const Certificate certificate = samples::certificate(VoteKind::nullify, 10);
  expect_frozen("certificate_nullify", encode_certificate(certificate, 10));
  EXPECT_EQ(*decode_certificate(frozen("certificate_nullify"), 10), certificate);
}

TEST(Golden, Authorities) {
  expect_frozen("authorities", encode_authorities(samples::authorities(4)));
  EXPECT_EQ(*decode_authorities(frozen("authorities")), samples::authorities(4));
  expect_frozen("authority_set_hash", authority_set_hash(samples::authorities(4)).view());
}

TEST(Golden, BlockHeader) {
  expect_frozen("block_header", encode_block_header(samples::block_header()));
  EXPECT_EQ(*decode_block_header(frozen("block_header")), samples::block_header());
  expect_frozen("block_id", block_id_of(samples::block_header()).view());
}

TEST(Golden, Transaction) {
  expect_frozen("transaction", samples::transaction(7));
  const ByteVector bytes = frozen("transaction");
  EXPECT_EQ(as_text(decode_transaction(bytes)->payload), samples::dataset);
  expect_frozen("tx_id", decode_transaction(bytes)->id.view());
}

TEST(Golden, Block) {
  expect_frozen("block", samples::block(2));
  const ByteVector bytes = frozen("block");
  const auto view = decode_block(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(tx_root_of(view->transactions), view->header.tx_root);
}

TEST(Golden, GenesisHeaderAndSystemRoot) {
  expect_frozen("genesis_header", encode_block_header(genesis_header(samples::genesis())));
  expect_frozen("system_root", system_root_of(samples::genesis()).view());
  EXPECT_EQ(decode_block_header(frozen("genesis_header"))->system_root.hex(), to_hex(frozen("system_root")));
}

TEST(Golden, Governance) {
  const SystemState state = genesis_state(samples::genesis());
  expect_frozen("governance", encode_governance(samples::governance(state)));
  const auto governance = decode_governance(frozen("governance"));
  ASSERT_TRUE(governance);
  EXPECT_EQ(approvals_fault(state, *governance), std::nullopt);
}

TEST(Golden, Evidence) {
  const SystemState state = genesis_state(samples::genesis());
  expect_frozen("evidence", encode_evidence(samples::evidence(state, 2)));
  const auto evidence = decode_evidence(frozen("evidence"));
  ASSERT_TRUE(evidence);
  EXPECT_EQ(evidence_fault(state, *evidence), std::nullopt);
  expect_frozen("evidence_id", evidence_id_of(*evidence).view());
}

TEST(Golden, SystemState) {
  expect_frozen("system_state", encode_system_state(samples::system_state()));
  const auto state = decode_system_state(frozen("system_state"));
  ASSERT_TRUE(state);
  EXPECT_EQ(*state, samples::system_state());
  expect_frozen("system_state_root", system_root_of(*state).view());
}

}  // namespace
}  // namespace provchain::crypto::format
