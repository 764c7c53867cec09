// SPDX-License-Identifier: Apache-2.0
// What one peer can make the crypto pool do, and what it cannot keep from it.
#include "engine/core/consensus/verifier.hpp"

#include <gtest/gtest.h>

#include "tests/core/consensus/cluster.hpp"
#include "tests/core/consensus/epochs.hpp"

namespace provchain::core::consensus::test {
namespace {

using crypto::format::Certificate;
using crypto::format::VoteKind;

class VerifierTest : public testing::Test {
 protected:
  static ReceivedCertificate certificate(VoteKind kind, std::uint64_t view, std::uint8_t junk = 0) {
    Certificate made;
    made.kind = kind;
    made.view = View(view);
    if (kind != VoteKind::nullify) made.height = Height(1);
    for (std::uint16_t i = 0; i < 3; ++i) {
      made.signers.push_back({AuthorityIndex(i), View(0), {}});
      made.signers.back().signature.bytes[0] = junk;
    }
    return {made};
  }
  bool submit(std::uint64_t conn, bool is_authority, Received item) {
    std::optional<Verifier::Done> done;
    return verifier_.submit({ConnId(conn), is_authority}, std::move(item), votes_, tickets_, done, fx_);
  }
  // Answers everything that is pending.
  void answer(bool valid) {
    for (const Effect& effect : std::exchange(fx_, {})) {
      const auto& checks = std::get<VerifySignatures>(effect);
      EXPECT_TRUE(verifier_.on_verified(checks.ticket, std::vector<bool>(checks.checks.size(), valid)).has_value());
    }
  }

  EpochSet epoch_ = genesis_epoch(test_genesis(4, {}));
  VoteSet votes_{4};
  TicketSource tickets_{owner::consensus};
  Verifier verifier_{epoch_};
  Effects fx_;
};

TEST_F(VerifierTest, AStrangerHasFewItemsPendingAndReconnectingGivesNoMore) {
  std::size_t accepted = 0;
  for (std::uint64_t view = 1; view <= 600; ++view) accepted += submit(1, false, certificate(VoteKind::finalize, view)) ? 1 : 0;
  EXPECT_EQ(accepted, Verifier::pending_per_stranger_max);
  for (std::uint64_t conn = 2; conn <= 600; ++conn)
    accepted += submit(conn, false, certificate(VoteKind::finalize, conn)) ? 1 : 0;
  EXPECT_EQ(accepted, Verifier::pending_of_strangers_max);
  EXPECT_TRUE(submit(1'000, true, certificate(VoteKind::finalize, 1))) << "authorities do not queue behind them";
  answer(true);
  EXPECT_TRUE(submit(1, false, certificate(VoteKind::finalize, 1)));
}

TEST_F(VerifierTest, JunkOfOnePeerDoesNotKeepTheCopyOfAnotherOut) {
  EXPECT_TRUE(submit(2, true, certificate(VoteKind::notarize, 7, 1)));
  EXPECT_TRUE(submit(2, true, certificate(VoteKind::notarize, 7, 2)));
  const Received good = certificate(VoteKind::notarize, 7);
  EXPECT_TRUE(verifier_.is_enough_pending(ConnId(2), good)) << "two of one peer are enough";
  EXPECT_FALSE(verifier_.is_enough_pending(ConnId(3), good));
  EXPECT_TRUE(submit(3, true, good));
  EXPECT_TRUE(verifier_.is_enough_pending(ConnId(1), good)) << "one of two authorities out of four is honest";
  answer(false);
  EXPECT_FALSE(verifier_.is_enough_pending(ConnId(2), good));
}

TEST_F(VerifierTest, CopiesOfStrangersKeepNobodyOut) {
  for (std::uint64_t conn = 10; conn < 20; ++conn) EXPECT_TRUE(submit(conn, false, certificate(VoteKind::finalize, 7, 1)));
  EXPECT_FALSE(verifier_.is_enough_pending(ConnId(1), certificate(VoteKind::finalize, 7)));
}

}  // namespace
}  // namespace provchain::core::consensus::test
