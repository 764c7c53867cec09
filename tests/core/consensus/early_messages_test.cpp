// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/early_messages.hpp"

#include <gtest/gtest.h>

#include "crypto/format/statement.hpp"

namespace provchain::core::consensus {
namespace {

wire::InMessage message(wire::MessageKind kind, SharedBytes payload) { return {kind, false, 0, 1, std::move(payload)}; }

TEST(EarlyMessages, GivesBackWhatItHoldsInOrderAndOnce) {
  EarlyMessages early;
  for (std::uint64_t i = 1; i <= 3; ++i)
    EXPECT_TRUE(early.hold(ConnId(i), message(wire::MessageKind::vote, SharedBytes::of_size(131)), 1'000));
  const auto taken = early.take();
  ASSERT_EQ(taken.size(), 3U);
  EXPECT_EQ(taken[0].first, ConnId(1));
  EXPECT_EQ(taken[2].first, ConnId(3));
  EXPECT_TRUE(early.take().empty());
}

TEST(EarlyMessages, HoldsNoMoreThanItMayInNumberAndBytes) {
  EarlyMessages early;
  EXPECT_TRUE(early.hold(ConnId(1), message(wire::MessageKind::proposal, SharedBytes::of_size(600)), 1'000));
  EXPECT_FALSE(early.hold(ConnId(1), message(wire::MessageKind::proposal, SharedBytes::of_size(401)), 1'000));
  (void)early.take();
  EXPECT_TRUE(early.hold(ConnId(1), message(wire::MessageKind::proposal, SharedBytes::of_size(1'000)), 1'000)) << "room again";
  for (std::size_t i = 1; i < EarlyMessages::messages_max; ++i)
    EXPECT_TRUE(early.hold(ConnId(1), message(wire::MessageKind::vote, SharedBytes::of_size(0)), 1'000));
  EXPECT_FALSE(early.hold(ConnId(1), message(wire::MessageKind::vote, SharedBytes::of_size(0)), 1'000));
}

TEST(EarlyMessages, ReadsTheEpochOfVotesAndCertificatesAndNothingElse) {
  crypto::format::Vote vote;
  vote.ballot = {crypto::format::VoteKind::nullify, Epoch(7), View(3), View(1), Height(), BlockId()};
  EXPECT_EQ(epoch_of_message(message(wire::MessageKind::vote, SharedBytes::copy_of(encode_vote(vote)))), Epoch(7));
  ByteVector certificate(80, 0);
  certificate[1] = 9;
  EXPECT_EQ(epoch_of_message(message(wire::MessageKind::certificate, SharedBytes::copy_of(certificate))), Epoch(9));
  for (const wire::MessageKind kind : {wire::MessageKind::vote, wire::MessageKind::proposal, wire::MessageKind::certificate})
    EXPECT_EQ(epoch_of_message(message(kind, SharedBytes::of_size(5))), std::nullopt) << "cannot be read";
  EXPECT_EQ(epoch_of_message(message(wire::MessageKind::view_status, SharedBytes::copy_of(certificate))), std::nullopt);
}

}  // namespace
}  // namespace provchain::core::consensus
