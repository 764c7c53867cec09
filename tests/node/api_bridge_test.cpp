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
