// SPDX-License-Identifier: Apache-2.0
#include "crypto/keyguard.hpp"

#include <gtest/gtest.h>

#include "crypto/domain.hpp"
#include "tests/crypto/format_samples.hpp"

namespace provchain::crypto {
namespace {

namespace samples = format::samples;

format::StatementBytes statement(const format::Ballot& ballot) { return format::encode_statement(samples::context(), ballot); }

class KeyGuardTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(init()); }
  static KeyGuard make(const format::Guard& guard = {}, std::span<const format::StatementBytes> journalled = {}) {
    return KeyGuard(samples::key_pair(1), samples::context().network_id, guard, journalled);
  }
};

TEST_F(KeyGuardTest, SignsAStatementItAdmittedOnce) {
  KeyGuard guard = make();
  const auto bytes = statement(samples::notarize(5));
  EXPECT_EQ(guard.sign(bytes).error(), KeyGuardErrc::no_permit);
  ASSERT_EQ(guard.admit(bytes).value(), Admission::admitted);
  const auto signature = guard.sign(bytes);
  ASSERT_TRUE(signature.has_value());
  EXPECT_TRUE(verify(guard.public_key(), bytes, *signature));
  EXPECT_EQ(guard.sign(bytes).error(), KeyGuardErrc::no_permit);
}

TEST_F(KeyGuardTest, GivesTheSameSignatureForTheLastStatementAgain) {
  KeyGuard guard = make();
  const auto bytes = statement(samples::notarize(5));
  ASSERT_TRUE(guard.admit(bytes).has_value());
  const Signature first = *guard.sign(bytes);
  EXPECT_EQ(guard.admit(bytes).value(), Admission::repeated);
  EXPECT_EQ(*guard.sign(bytes), first);
}

TEST_F(KeyGuardTest, AdmitsOneOfTwoConflictingVotesBeforeEitherIsSigned) {
  KeyGuard guard = make();
  format::Ballot other = samples::notarize(5);
  other.block_id = samples::filled<BlockId>(0x22);
  ASSERT_TRUE(guard.admit(statement(samples::notarize(5))).has_value());
  EXPECT_EQ(guard.admit(statement(other)).error(), KeyGuardErrc::refused_by_guard);
  EXPECT_EQ(guard.sign(statement(other)).error(), KeyGuardErrc::no_permit);
}

TEST_F(KeyGuardTest, RefusesWhatIsNoStatement) {
  KeyGuard guard = make();
  const auto good = statement(samples::notarize(5));
  for (const std::string_view tag : {domain::transaction_sign, domain::noise_id, domain::attest, domain::govern}) {
    ByteVector other = to_vector(as_bytes(tag));
    append(other, Bytes(good).subspan(tag.size()));
    EXPECT_EQ(guard.admit(other).error(), KeyGuardErrc::not_a_statement) << tag;
    EXPECT_EQ(guard.sign(other).error(), KeyGuardErrc::not_a_statement) << tag;
  }
  EXPECT_EQ(guard.admit(Bytes(good).first(151)).error(), KeyGuardErrc::not_a_statement);
  EXPECT_EQ(guard.admit(statement(samples::nullify(5, 5))).error(), KeyGuardErrc::not_a_statement);
  EXPECT_EQ(guard.guard(), format::Guard{});
}

TEST_F(KeyGuardTest, RefusesAnotherNetwork) {
  KeyGuard guard = make();
  format::StatementContext context = samples::context();
  context.network_id.bytes[0] ^= 1;
  EXPECT_EQ(guard.admit(format::encode_statement(context, samples::notarize(5))).error(), KeyGuardErrc::wrong_network);
}

TEST_F(KeyGuardTest, StandsWhereTheJournalLeftIt) {
  const auto journalled = statement(samples::notarize(5));
  format::Guard recovered;
  recovered.advance(samples::context(), samples::notarize(5));
  KeyGuard guard = make(recovered, std::span(&journalled, 1));
  EXPECT_EQ(guard.admit(statement(samples::notarize(4))).error(), KeyGuardErrc::refused_by_guard);
  EXPECT_TRUE(guard.sign(journalled).has_value());  // a recovered vote is given again
  EXPECT_EQ(guard.sign(journalled).error(), KeyGuardErrc::no_permit);
}

TEST_F(KeyGuardTest, AttestsForANode) {
  const KeyGuard guard = make();
  const NodeId node = samples::filled<NodeId>(0x33);
  const NetworkId network = samples::context().network_id;
  const Signature signature = guard.attest(node, Height(1000));
  EXPECT_TRUE(verify_attestation(guard.public_key(), network, node, Height(1000), signature));
  EXPECT_FALSE(verify_attestation(guard.public_key(), network, node, Height(1001), signature));
  EXPECT_FALSE(verify_attestation(guard.public_key(), network, samples::filled<NodeId>(0x34), Height(1000), signature));
  EXPECT_FALSE(verify_attestation(samples::key_pair(2).public_key, network, node, Height(1000), signature));
}

TEST_F(KeyGuardTest, NamesItsErrors) {
  EXPECT_EQ(to_string(KeyGuardErrc::no_permit), "no_permit");
  EXPECT_EQ(to_string(KeyGuardErrc::refused_by_guard), "refused_by_guard");
}

}  // namespace
}  // namespace provchain::crypto
