// SPDX-License-Identifier: Apache-2.0
#include "engine/node/api_bridge.hpp"

#include <gtest/gtest.h>

namespace provchain::node {
namespace {

class ApiBridgeTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kLarge = 16 * std::size_t{1'048'576};

  Notifier notifier;
  Inbox inbox{notifier};
  SnapshotBoard board;
  crypto::format::Genesis genesis;
  MetricsRegistry metrics;
  ApiBridge bridge{inbox, board, genesis, {}, 2, metrics};
  std::vector<Input> inputs;
};

TEST_F(ApiBridgeTest, GivesTheAnswerToWhoAsked) {
  std::optional<Height> height;
  ASSERT_TRUE(bridge.lookup(TxId{}, [&](const TxId&, const api::TxState& state) { height = state.height; }));
  inbox.take(inputs);
  ASSERT_EQ(inputs.size(), 1U);
  bridge.reply(std::get<Lookup>(inputs[0]).request, TxId{}, {core::TxPhase::final, {}, Height{7}, 0});
  EXPECT_EQ(height, Height{7});
  EXPECT_EQ(bridge.view().configured_peers, 2U);
}

TEST_F(ApiBridgeTest, ShowsTheAuthoritiesAsTheCoreDoes) {
  NodeSnapshot snapshot;
  snapshot.authorities = {Height{3}, Height{8}, {{}, {{4, 1}, {2, 5, Duration::millis(3), Duration::millis(9)}, true}}};
  board.publish(std::move(snapshot));
  const api::NodeView view = bridge.view();
  EXPECT_EQ(view.turns_counted_above, 3U);
  EXPECT_EQ(view.turns_counted_to, 8U);
  ASSERT_EQ(view.authorities.size(), 2U);
  EXPECT_FALSE(view.authorities[0].away);
  EXPECT_EQ(view.authorities[1].proposed, 4U);
  EXPECT_EQ(view.authorities[1].missed, 1U);
  EXPECT_EQ(view.authorities[1].untimely, 2U);
  EXPECT_EQ(view.authorities[1].votes, 5U);
  EXPECT_EQ(view.authorities[1].vote_mean_us, 3'000U);
  EXPECT_EQ(view.authorities[1].vote_high_us, 9'000U);
  EXPECT_TRUE(view.authorities[1].away);
}

TEST_F(ApiBridgeTest, RefusesWhenTooManyRequestsWait) {
  const auto ask = [this] { return bridge.lookup(TxId{}, [](const TxId&, const api::TxState&) {}); };
  for (std::size_t i = 0; i < ApiBridge::waiting_max; ++i) ASSERT_TRUE(ask());
  EXPECT_FALSE(ask());
  inbox.take(inputs);
  EXPECT_EQ(inputs.size(), ApiBridge::waiting_max) << "the refused one is not handed on";
  bridge.reply(std::get<Lookup>(inputs[0]).request, TxId{}, {});
  EXPECT_TRUE(ask());
}

TEST_F(ApiBridgeTest, RefusesWhenTooManyBytesWait) {
  const SharedBytes large = SharedBytes::of_size(kLarge);
  const auto ask = [&] { return bridge.submit(large, [](const TxId&, const api::TxState&) {}); };
  for (std::size_t bytes = kLarge; bytes <= ApiBridge::waiting_bytes_max; bytes += kLarge) ASSERT_TRUE(ask());
  EXPECT_FALSE(ask());
  inbox.take(inputs);
  bridge.reply(std::get<Submit>(inputs[0]).request, TxId{}, {});
  EXPECT_TRUE(ask());
}

}  // namespace
}  // namespace provchain::node
