// SPDX-License-Identifier: Apache-2.0
#include "tests/api/api_fixture.hpp"

namespace provchain::api::testing {
namespace {

class NodeInfoApi : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    NodeView view;
    view.node_id = std::string(64, 'a');
    view.version = "0.1.0";
    view.uptime_seconds = 7;
    view.mempool_transactions = 3;
    view.mempool_bytes = 900;
    view.peers.push_back({"bb", "127.0.0.1:9", true, true, "authority-1", 250, 4, 5});
    view.peers.push_back({"cc", "127.0.0.1:10", false, false, "authority-2", std::nullopt, 0, 0});
    view.peers.push_back({"dd", "127.0.0.1:11", false, true, std::nullopt, std::nullopt, 0, 0});
    view.consensus = {"active", 0, 12, "authority-3", "authority-0", 4, 3, 11, 2};
    node_.set_view(view);
  }
  void change(const std::function<void(NodeView&)>& how) {
    NodeView view = node_.view();
    how(view);
    node_.set_view(view);
  }
};

TEST_F(NodeInfoApi, IsAliveWhileItServes) {
  EXPECT_EQ(get("/livez").status, 200);
  EXPECT_EQ(get("/livez").body, "ok\n");
}

TEST_F(NodeInfoApi, ShowsItsStatus) {
  finalize_and_index(std::vector<Lines>{{"<urn:a> <urn:p> <urn:b> ."}});
  finalize(std::vector<Lines>{});
  const auto status = get("/v1/status").json();
  EXPECT_EQ(status["node_id"], std::string(64, 'a'));
  EXPECT_EQ(status["network"], "storage-test");
  EXPECT_EQ(status["network_id"], builder_.genesis().network_id.hex());
  EXPECT_EQ(status["role"], "authority");
  EXPECT_EQ(status["finalized_height"], 2);
  EXPECT_EQ(status["indexed_height"], 1);
  EXPECT_EQ(status["head"]["height"], 2);
  EXPECT_EQ(status["head"]["id"], builder_.tip_id().hex());
  EXPECT_EQ(status["mempool"]["transactions"], 3);
  EXPECT_EQ(status["peers"], 3);
  EXPECT_EQ(status["max_block_bytes"], 1'048'576);
  EXPECT_EQ(status["total_txs"], 1);
  EXPECT_EQ(status["total_quads"], 1);
  EXPECT_EQ(status["consensus"]["leader"], "authority-3");
}

TEST_F(NodeInfoApi, ShowsTheConsensus) {
  const auto consensus = get("/v1/consensus").json();
  EXPECT_EQ(consensus["mode"], "active");
  EXPECT_EQ(consensus["me"], "authority-0");
  EXPECT_EQ(consensus["authorities"], 4);
  EXPECT_EQ(consensus["quorum"], 3);
  change([](NodeView& view) { view.consensus.me.reset(); });
  EXPECT_FALSE(get("/v1/consensus").json().contains("me"));
  EXPECT_EQ(get("/v1/status").json()["role"], "full");
}

TEST_F(NodeInfoApi, ShowsAuthoritiesAndWhoIsConnected) {
  const auto answer = get("/v1/authorities").json();
  ASSERT_EQ(answer["authorities"].size(), 4U);
  std::vector<bool> connected;
  for (const auto& authority : answer["authorities"]) connected.push_back(authority["connected"]);
  EXPECT_EQ(connected, (std::vector<bool>{true, true, false, false})) << "itself, and the one whose connection is ready";
  EXPECT_EQ(answer["authorities"][2]["index"], 2);
  EXPECT_EQ(answer["authorities"][2]["key"], builder_.genesis().authorities[2].key.hex());
}

TEST_F(NodeInfoApi, ShowsTheRunningEpochAndWhatWaitsForTheNext) {
  EXPECT_FALSE(get("/v1/authorities").json().contains("anchor_id")) << "the core has not started";
  using namespace crypto::format;
  SystemState state = genesis_state(builder_.genesis());
  state = begin_epoch(state, BlockId{}, Height(20), {});
  const std::vector<Change> changes{{ChangeKind::remove_authority, state.authorities[3].key, ""},
                                    {ChangeKind::admit_participant, PublicKey{}, ""}};
  const auto show = [&] {
    change([&](NodeView& view) { view.system = std::make_shared<const SystemState>(state); });
    return get("/v1/authorities").json();
  };
  auto answer = show();
  EXPECT_EQ(answer["epoch"], 1);
  EXPECT_EQ(answer["anchor_id"], BlockId{}.hex());
  EXPECT_EQ(answer["anchor_height"], 20);
  EXPECT_EQ(answer["quorum"], 3);
  EXPECT_EQ(answer["open_participation"], true);
  EXPECT_FALSE(answer.contains("next"));
  EXPECT_TRUE(answer["evidence"].empty());
  ASSERT_FALSE(apply(state, TxId{}, {state.epoch, changes}));
  state.evidence.push_back({Hash256{}, Epoch(0), AuthorityIndex(2), state.authorities[2].key, Contradiction::two_finalisations});
  answer = show();
  EXPECT_EQ(answer["authorities"].size(), 4U);
  EXPECT_EQ(answer["next"]["authorities"].size(), 3U);
  EXPECT_EQ(answer["next"]["authorities"][0]["name"], state.authorities[0].name);
  EXPECT_EQ(answer["next"]["waiting"][0], TxId{}.hex());
  EXPECT_EQ(answer["next"]["participants"], 1);
  ASSERT_EQ(answer["evidence"].size(), 1U);
  EXPECT_EQ(answer["evidence"][0]["contradiction"], "two_finalisations");
  EXPECT_EQ(answer["evidence"][0]["name"], state.authorities[2].name);
  EXPECT_EQ(answer["evidence"][0]["epoch"], 0);
}

TEST_F(NodeInfoApi, ShowsTheAuthoritiesOfTheRunningEpoch) {
  crypto::format::SystemState state = crypto::format::genesis_state(builder_.genesis());
  state.authorities.erase(state.authorities.begin());
  change([&](NodeView& view) { view.system = std::make_shared<const crypto::format::SystemState>(state); });
  const auto answer = get("/v1/authorities").json();
  ASSERT_EQ(answer["authorities"].size(), 3U);
  EXPECT_EQ(answer["authorities"][0]["name"], state.authorities[0].name);
}

TEST_F(NodeInfoApi, ShowsHowTheAuthoritiesTakeTheirTurns) {
  EXPECT_FALSE(get("/v1/authorities").json()["authorities"][0].contains("proposed")) << "the core has not started";
  change([](NodeView& view) {
    view.turns_counted_above = 7;
    view.turns_counted_to = 90;
    view.authorities = {{9, 3, 1, 40, 2'100, 7'000, false}, {}, {0, 5, 0, 0, 0, 0, true}, {}};
  });
  const auto answer = get("/v1/authorities").json();
  EXPECT_EQ(answer["turns_counted_above"], 7);
  EXPECT_EQ(answer["turns_counted_to"], 90);
  const auto& busy = answer["authorities"][0];
  EXPECT_EQ(busy["proposed"], 9);
  EXPECT_EQ(busy["missed"], 3);
  EXPECT_DOUBLE_EQ(busy["reputation"], 0.75);
  EXPECT_EQ(busy["untimely"], 1);
  EXPECT_EQ(busy["vote_mean_us"], 2'100);
  EXPECT_EQ(busy["vote_high_us"], 7'000);
  EXPECT_EQ(busy["away"], false);
  const auto& idle = answer["authorities"][1];
  EXPECT_EQ(idle["proposed"], 0);
  EXPECT_FALSE(idle.contains("reputation")) << "nothing is known of it";
  EXPECT_FALSE(idle.contains("vote_mean_us"));
  EXPECT_EQ(answer["authorities"][2]["away"], true);
  EXPECT_EQ(answer["authorities"][2]["reputation"], 0);
}

TEST_F(NodeInfoApi, ShowsItsPeers) {
  const auto peers = get("/v1/peers").json()["peers"];
  ASSERT_EQ(peers.size(), 3U);
  EXPECT_EQ(peers[0]["rtt_us"], 250);
  EXPECT_EQ(peers[0]["authority"], "authority-1");
  EXPECT_FALSE(peers[2].contains("rtt_us"));
  EXPECT_FALSE(peers[2].contains("authority"));
}

TEST_F(NodeInfoApi, IsNotReadyWithoutAQuorum) {
  const HttpAnswer answer = get("/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "failed quorum: 2 authorities connected, 3 needed\n");
  change([](NodeView& view) { view.peers[1].ready = true; });
  EXPECT_EQ(get("/readyz").body, "ok\n");
}

TEST_F(NodeInfoApi, IsNotReadyWhileCatchingUpOrQuarantined) {
  change([](NodeView& view) {
    view.peers[1].ready = true;
    view.syncing = true;
    view.sync_target = 40;
  });
  EXPECT_EQ(get("/readyz").body, "failed caught_up: at height 0 of 40\n");
  change([](NodeView& view) {
    view.syncing = false;
    view.consensus.mode = "quarantined";
  });
  EXPECT_EQ(get("/readyz").body, "failed consensus: quarantined\n");
  EXPECT_EQ(get("/readyz?verbose").body,
            "ok caught_up\nfailed consensus: quarantined\nok index\nok quorum: 3 authorities connected, 3 needed\n");
}

TEST_F(NodeInfoApi, AnObserverNeedsNoQuorum) {
  change([](NodeView& view) {
    view.consensus.me.reset();
    view.peers.clear();
  });
  EXPECT_EQ(get("/readyz").status, 200);
}

TEST_F(NodeInfoApi, AConfiguredPeerMustBeConnected) {
  change([](NodeView& view) {
    view.consensus.me.reset();
    view.configured_peers = 2;
    for (PeerView& peer : view.peers) peer.ready = false;
  });
  EXPECT_EQ(get("/readyz").body, "failed peers: 0 connected\n");
  change([](NodeView& view) { view.peers[2].ready = true; });
  EXPECT_EQ(get("/readyz").status, 200);
}

TEST_F(NodeInfoApi, IsNotReadyWhenTheIndexHasEnded) {
  change([](NodeView& view) { view.consensus.me.reset(); });
  is_indexing_ = false;
  EXPECT_EQ(get("/readyz").body, "failed index: an error has ended it, the log says which\n");
}

TEST_F(NodeInfoApi, WritesMetricsThatCountRequests) {
  EXPECT_EQ(get("/livez").status, 200);
  EXPECT_EQ(get("/nowhere").status, 404);
  const HttpAnswer answer = get("/metrics");
  EXPECT_EQ(answer.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(answer.body.find("provchain_api_requests_total{route=\"/livez\",status=\"200\"} 1"), std::string::npos)
      << answer.body;
  EXPECT_NE(answer.body.find("provchain_api_requests_total{route=\"other\",status=\"404\"} 1"), std::string::npos);
  EXPECT_NE(answer.body.find("provchain_api_request_duration_seconds_count{route=\"/livez\"} 1"), std::string::npos);
  EXPECT_NE(answer.body.find("provchain_api_waiting_requests 0"), std::string::npos);
  EXPECT_NE(answer.body.find("provchain_test_refreshed 1"), std::string::npos);
}

TEST_F(NodeInfoApi, NamesThatAreNotUtf8DoNotEndTheProcess) {
  change([](NodeView& view) { view.peers[0].authority = "bad \xff name"; });
  EXPECT_EQ(get("/v1/peers").status, 200);
}

}  // namespace
}  // namespace provchain::api::testing
