// SPDX-License-Identifier: Apache-2.0
#include "engine/core/static_peers.hpp"

#include <gtest/gtest.h>

#include "tests/sim/fake_crypto.hpp"

namespace provchain::core {
namespace {

class StaticPeersTest : public ::testing::Test {
 protected:
  Now now() const { return {clock, {}}; }
  std::vector<std::uint32_t> dialled() {
    std::vector<std::uint32_t> named;
    for (const Effect& effect : std::exchange(fx, {})) named.push_back(std::get<Dial>(effect).static_peer);
    return named;
  }
  // Lets time pass until the next dial; how long that took.
  Duration wait_for_dial() {
    const MonoTime from = clock;
    clock = peers.next_deadline();
    if (clock == kNever) return {-1};
    peers.on_tick(now(), fx);
    EXPECT_EQ(dialled().size(), 1U);
    return clock - from;
  }
  static NodeId node(std::uint64_t number) { return NodeId{sim::fake_key("node", number).bytes}; }

  Counters counters;
  StaticPeers peers{1, 42, counters};
  MonoTime clock{1'000'000};
  Effects fx;
};

TEST_F(StaticPeersTest, DialsEveryPeerAtStartAndEachOnlyOnce) {
  StaticPeers three(3, 1, counters);
  three.on_start(now(), fx);
  EXPECT_EQ(dialled(), (std::vector<std::uint32_t>{0, 1, 2}));
  clock = clock + Duration::seconds(100);
  three.on_tick(now(), fx);
  EXPECT_TRUE(fx.empty());
  EXPECT_EQ(three.next_deadline(), kNever);
}

TEST_F(StaticPeersTest, WaitsLongerAfterEachFailureUpToFifteenSecondsForEver) {
  peers.on_start(now(), fx);
  dialled();
  Duration longest;
  for (int i = 0; i < 200; ++i) {
    peers.on_dial_failed(now(), 0);
    const Duration wait = wait_for_dial();
    EXPECT_GE(wait, Duration::millis(250));
    EXPECT_LE(wait, Duration::seconds(15));
    longest = std::max(longest, wait);
  }
  EXPECT_GT(longest, Duration::seconds(5));
  EXPECT_EQ(counters.value(Counter::dials_failed), 200U);
  EXPECT_EQ(counters.value(Counter::dials), 201U);
}

TEST_F(StaticPeersTest, AStableConnectionResetsTheWait) {
  peers.on_start(now(), fx);
  dialled();
  for (int i = 0; i < 20; ++i) {
    peers.on_dial_failed(now(), 0);
    wait_for_dial();
  }
  peers.on_peer_up(now(), node(1), 0);
  clock = clock + Duration::seconds(60);
  peers.on_peer_down(now(), node(1), 0, {});
  EXPECT_EQ(wait_for_dial(), Duration::millis(250));
}

TEST_F(StaticPeersTest, DoesNotDialAPeerThatIsConnectedTheOtherWayRound) {
  peers.on_start(now(), fx);
  dialled();
  peers.on_peer_up(now(), node(1), 0);             // ours, soon closed as the duplicate
  peers.on_peer_up(now(), node(1), std::nullopt);  // theirs
  peers.on_peer_down(now(), node(1), 0, {});
  EXPECT_EQ(peers.next_deadline(), kNever);
  peers.on_peer_down(now(), node(1), std::nullopt, {});
  EXPECT_GE(wait_for_dial(), Duration::millis(250));
}

TEST_F(StaticPeersTest, LeavesAPeerAloneAsLongAsItAsks) {
  peers.on_start(now(), fx);
  dialled();
  peers.on_peer_up(now(), node(1), 0);
  peers.on_peer_down(now(), node(1), 0, Duration::seconds(30));
  EXPECT_EQ(wait_for_dial(), Duration::seconds(30));
  peers.on_peer_up(now(), node(1), 0);
  peers.on_peer_down(now(), node(1), 0, Duration::seconds(3'000));
  EXPECT_EQ(wait_for_dial(), Duration::seconds(60));
}

TEST_F(StaticPeersTest, EqualSeedsWaitEqually) {
  StaticPeers other{1, 42, counters};
  for (StaticPeers* machine : {&peers, &other}) {
    machine->on_start(now(), fx);
    machine->on_dial_failed(now(), 0);
  }
  EXPECT_EQ(peers.next_deadline(), other.next_deadline());
}

}  // namespace
}  // namespace provchain::core
