// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/core/sync/server.hpp"
#include "tests/core/chain_samples.hpp"
#include "tests/core/effects_expect.hpp"
#include "wire/messages.hpp"

namespace provchain::core {
namespace {

class SyncServerTest : public ::testing::Test {
 protected:
  SyncServerTest() {
    for (std::uint64_t height = 1; height <= 20; ++height)
      server.on_tip(Height{height}, chain.id(Height{height}), chain.encoded_certificate(Height{height}));
  }
  wire::StatusView status() {
    server.on_get_status(ConnId{1}, 5, fx);
    payload = all_of<Send>(std::exchange(fx, {})).front().message.payload;
    return *wire::parse_status(payload.view());
  }
  void get(Height first, std::uint32_t count, Height head) {
    server.on_get_batch(ConnId{1}, 5, {first, {}, count, 1'000, head}, {}, fx);
  }
  void get(const BlockId& id, const SharedBytes& held = {}) {
    server.on_get_batch(ConnId{1}, 5, {{}, id, 1, 1'000, {}}, held, fx);
  }
  bool refused() {
    const auto sent = all_of<Send>(std::exchange(fx, {}));
    return sent.size() == 1 && sent[0].message.kind == wire::MessageKind::error &&
           wire::parse_error(sent[0].message.payload.view())->code == wire::PeerReason::not_found;
  }

  crypto::format::Genesis genesis = sim::fake_genesis(4);
  sim::ChainSample chain{genesis, 30};
  Counters counters;
  SyncServer server{counters};
  Effects fx;
  SharedBytes payload;
};

TEST_F(SyncServerTest, StatusNamesTheHighestCertifiedHeight) {
  EXPECT_EQ(status().height, Height{20});
  EXPECT_TRUE(equal(status().certificate, chain.encoded_certificate(Height{20})));
  server.on_tip(Height{21}, chain.id(Height{21}), std::nullopt);
  EXPECT_EQ(status().height, Height{20});
}

TEST_F(SyncServerTest, AnEmptyNodeHasNothingCertified) {
  SyncServer empty(counters);
  empty.on_get_status(ConnId{1}, 5, fx);
  payload = all_of<Send>(fx).front().message.payload;
  EXPECT_EQ(wire::parse_status(payload.view())->height, Height{0});
}

TEST_F(SyncServerTest, ServesHeadersUpToTheTip) {
  server.on_get_headers(ConnId{1}, 5, {Height{19}, 10}, fx);
  const auto served = all_of<ServeHeaders>(std::exchange(fx, {}));
  ASSERT_EQ(served.size(), 1U);
  EXPECT_EQ(served[0].count, 2U);
  server.on_get_headers(ConnId{1}, 5, {Height{21}, 1}, fx);
  EXPECT_TRUE(refused());
}

TEST_F(SyncServerTest, ServesEpochsWithinTheSameLimits) {
  server.on_get_epochs(ConnId{1}, 5, {Epoch{3}, 32}, fx);
  const auto served = all_of<ServeEpochs>(std::exchange(fx, {}));
  ASSERT_EQ(served.size(), 1U);
  EXPECT_EQ(served[0].first, Epoch{3});
  EXPECT_EQ(served[0].count, 32U);
  for (std::uint32_t i = 1; i < SyncServer::serves_per_peer_max; ++i) server.on_get_epochs(ConnId{1}, 5, {Epoch{}, 1}, fx);
  fx.clear();
  server.on_get_epochs(ConnId{1}, 5, {Epoch{}, 1}, fx);
  EXPECT_TRUE(all_of<ServeEpochs>(fx).empty());
  EXPECT_EQ(counters.value(Counter::requests_refused), 1U);
}

TEST_F(SyncServerTest, ServesBlocksByHeightBelowAKnownHead) {
  get(Height{15}, 100, Height{20});
  const auto served = all_of<ServeBlocks>(std::exchange(fx, {}));
  ASSERT_EQ(served.size(), 1U);
  EXPECT_EQ(served[0].count, 6U);
  EXPECT_EQ(served[0].head, Height{20});
  get(Height{21}, 1, Height{});
  EXPECT_TRUE(refused());
  get(Height{1}, 1, Height{21});
  EXPECT_TRUE(refused());
  EXPECT_EQ(counters.value(Counter::requests_refused), 2U);
}

TEST_F(SyncServerTest, ServesABlockByIdHeldOrRecent) {
  get(chain.id(Height{25}), chain.block(Height{25}));
  EXPECT_EQ(all_of<ServeHeldBlocks>(std::exchange(fx, {})).size(), 1U);
  get(chain.id(Height{12}));
  const auto served = all_of<ServeBlocks>(std::exchange(fx, {}));
  ASSERT_EQ(served.size(), 1U);
  EXPECT_EQ(served[0].first, Height{12});
  EXPECT_EQ(served[0].count, 1U);
  get(chain.id(Height{25}));
  EXPECT_TRUE(refused());
}

TEST_F(SyncServerTest, APeerHasFewAnswersInTheMakingAtOnce) {
  for (std::uint32_t i = 0; i < SyncServer::serves_per_peer_max; ++i) get(Height{1}, 1, Height{20});
  EXPECT_EQ(all_of<ServeBlocks>(std::exchange(fx, {})).size(), SyncServer::serves_per_peer_max);
  get(Height{1}, 1, Height{20});
  get(chain.id(Height{20}), chain.block(Height{20}));
  server.on_get_headers(ConnId{1}, 5, {Height{1}, 1}, fx);
  const auto refusals = sent_to(std::exchange(fx, {}), ConnId{1}, wire::MessageKind::error);
  ASSERT_EQ(refusals.size(), 3U);
  for (const auto& refusal : refusals) EXPECT_EQ(wire::parse_error(refusal.payload.view())->code, wire::PeerReason::busy);
  server.on_get_headers(ConnId{2}, 5, {Height{1}, 1}, fx);
  EXPECT_EQ(all_of<ServeHeaders>(std::exchange(fx, {})).size(), 1U) << "the others do not wait for it";
  server.on_served(ConnId{1});
  get(Height{1}, 1, Height{20});
  EXPECT_EQ(all_of<ServeBlocks>(std::exchange(fx, {})).size(), 1U);
}

TEST_F(SyncServerTest, ManyPeersTogetherHaveABoundToo) {
  const auto ask = [this](std::uint64_t conn) { server.on_get_headers(ConnId{conn}, 5, {Height{1}, 1}, fx); };
  for (std::uint64_t i = 0; i < SyncServer::serves_max; ++i) ask(i + 1);
  EXPECT_EQ(all_of<ServeHeaders>(std::exchange(fx, {})).size(), SyncServer::serves_max);
  ask(10'000);
  EXPECT_TRUE(all_of<ServeHeaders>(std::exchange(fx, {})).empty());
  server.on_served(ConnId{1});
  ask(10'000);
  EXPECT_EQ(all_of<ServeHeaders>(std::exchange(fx, {})).size(), 1U);
}

}  // namespace
}  // namespace provchain::core
