// SPDX-License-Identifier: Apache-2.0
// A reactor whose thread does not run: what the core may put into its ring.
#include "engine/net/reactor.hpp"

#include <gtest/gtest.h>

#include "tests/net/peer_fixture.hpp"

namespace provchain::net {
namespace {

class ReactorTest : public ::testing::Test {
 protected:
  static NetworkOptions small_ring() {
    NetworkOptions options = test_options();
    options.limits.command_ring_slots = 8;
    return options;
  }
  bool send(wire::OutMessage message) { return reactor_.submit(SendCommand{ConnId(1), std::move(message)}); }
  bool send_gossip() { return send(gossip(pattern(10, 1))); }
  bool send_consensus() { return send(certificate(pattern(10, 1))); }

  const NetworkOptions options_ = small_ring();
  const crypto::NoiseStaticKey static_key_ = crypto::generate_noise_static_key();
  const crypto::HandshakeIdentity identity_{
      .network_id = options_.network_id, .node_key = &options_.node_key, .static_key = &static_key_};
  crypto::WorkerPool pool_{crypto::WorkerPoolOptions{.thread_count = 1, .queue_jobs_max = 16, .spin_rounds = 0}};
  MetricsRegistry registry_;
  NetMetrics metrics_{registry_};
  Notifier notifier_;
  NetContext context_{
      .options = options_, .identity = identity_, .pool = pool_, .metrics = metrics_, .core = notifier_, .connections_max = 8};
  Reactor reactor_{0, context_};
};

TEST_F(ReactorTest, ABurstOfGossipLeavesAQuarterOfTheRingToVotes) {
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(send_gossip());
  EXPECT_FALSE(send_gossip());
  EXPECT_FALSE(send(bulk(pattern(10, 1))));
  EXPECT_FALSE(reactor_.submit(DialCommand{1, "127.0.0.1", 1, std::nullopt}));
  EXPECT_TRUE(send_consensus());
  EXPECT_TRUE(reactor_.submit(CloseCommand{ConnId(1), std::nullopt, 0}));
  EXPECT_FALSE(send_consensus());
}

TEST_F(ReactorTest, VotesMayFillTheWholeRing) {
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(send_consensus());
  EXPECT_FALSE(send_consensus());
}

}  // namespace
}  // namespace provchain::net
