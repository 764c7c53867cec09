// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sessions.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/domain.hpp"
#include "tests/core/effects_expect.hpp"
#include "tests/sim/fake_crypto.hpp"
#include "wire/messages.hpp"

namespace provchain::core {
namespace {

using wire::MessageKind;
using wire::PeerReason;

class SessionsTest : public ::testing::Test {
 protected:
  SessionsTest() { sessions.set_authorities(now(), genesis.authorities, fx); }
  static NodeId node(std::uint8_t first) {
    NodeId id;
    id.bytes[0] = first;
    return id;
  }
  Now now() const { return {clock, WallTime{1}}; }

  void connect(ConnId conn, std::uint8_t peer, bool inbound) {
    sessions.on_connected(now(), conn, {node(peer), inbound, {}, "somewhere", 0}, fx);
  }
  bool receive(ConnId conn, MessageKind kind, SharedBytes payload, bool response = false) {
    const bool passed = sessions.on_message(now(), conn, {kind, response, 7, 1, std::move(payload)}, fx);
    leave_disconnected();
    return passed;
  }
  // What NodeCore does after each input.
  void leave_disconnected() {
    for (const Effect& effect : fx)
      if (const auto* disconnect = std::get_if<Disconnect>(&effect)) sessions.on_leaving(now(), disconnect->conn);
  }
  wire::Attestation attestation(std::uint8_t peer, std::uint16_t authority, std::uint64_t not_after = 1'000) const {
    ByteVector bytes;
    append(bytes, as_bytes(crypto::domain::attest));
    append(bytes, genesis.network_id.view());
    append(bytes, node(peer).view());
    append_le<std::uint64_t>(bytes, not_after);
    return {AuthorityIndex{authority}, Height{not_after}, sim::fake_sign(genesis.authorities[authority].key, bytes)};
  }
  void hello(ConnId conn, std::optional<wire::Attestation> claim = {}) {
    receive(conn, MessageKind::hello, wire::build_hello({Height{5}, {}, 8'080, claim, {}}));
  }
  void verify_claims() {
    for (const VerifySignatures& verify : all_of<VerifySignatures>(std::exchange(fx, {})))
      sessions.on_verified(now(), verify.ticket, {sim::fake_verify(verify.checks.front())}, fx);
  }
  std::vector<std::pair<SessionEvent::Kind, ConnId>> events() {
    std::vector<std::pair<SessionEvent::Kind, ConnId>> kinds;
    for (const SessionEvent& event : sessions.take_events()) kinds.emplace_back(event.kind, event.conn);
    return kinds;
  }
  // The reason of the one Disconnect since the last look.
  std::optional<PeerReason> refused() {
    const auto disconnects = all_of<Disconnect>(std::exchange(fx, {}));
    if (disconnects.size() != 1) return std::nullopt;
    return disconnects.front().reason;
  }

  static constexpr auto kReady = SessionEvent::Kind::ready;
  static constexpr auto kGone = SessionEvent::Kind::gone;
  crypto::format::Genesis genesis = sim::fake_genesis(4);
  Counters counters;
  Roster roster;
  StaticPeers static_peers{1, 1, counters};
  Sessions sessions{
      genesis.network_id, {node(100), 9'000, {}}, {Duration::seconds(10), 3, {node(50)}, 3}, roster, static_peers, counters};
  MonoTime clock{1'000'000};
  Effects fx;
};

TEST_F(SessionsTest, SendsHelloFirstAndIsReadyWithTheirs) {
  sessions.set_head(Height{9}, {});
  connect(ConnId{1}, 1, true);
  const auto sent = all_of<Send>(fx);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].message.kind, MessageKind::hello);
  EXPECT_EQ(wire::parse_hello(sent[0].message.payload.view())->head, Height{9});
  EXPECT_FALSE(roster.is_ready(ConnId{1}));
  hello(ConnId{1});
  EXPECT_TRUE(roster.is_ready(ConnId{1}));
  EXPECT_EQ(events(), (std::vector{std::pair{kReady, ConnId{1}}}));
  EXPECT_EQ(sessions.peers().front().head, Height{5});
  EXPECT_EQ(sessions.peers().front().listen_port, 8'080);
  EXPECT_EQ(counters.value(Counter::peers_ready), 1U);
}

TEST_F(SessionsTest, AVerifiedAttestationNamesTheAuthority) {
  connect(ConnId{1}, 1, true);
  hello(ConnId{1}, attestation(1, 2));
  EXPECT_FALSE(roster.is_ready(ConnId{1}));
  verify_claims();
  EXPECT_EQ(roster.conn_of(AuthorityIndex{2}), ConnId{1});
  EXPECT_EQ(sessions.peers().front().authority, AuthorityIndex{2});
}

TEST_F(SessionsTest, AFalseClaimLeavesAPlainPeer) {
  sessions.set_head(Height{50}, {});
  connect(ConnId{1}, 1, true);
  hello(ConnId{1}, attestation(2, 2));  // signed for another node
  verify_claims();
  connect(ConnId{2}, 2, true);
  hello(ConnId{2}, attestation(2, 2, 49));  // too old
  connect(ConnId{3}, 3, true);
  wire::Attestation unknown = attestation(3, 2);
  unknown.authority = AuthorityIndex{4};
  hello(ConnId{3}, unknown);
  EXPECT_EQ(roster.ready().size(), 3U);
  EXPECT_TRUE(roster.authorities().empty());
  EXPECT_EQ(counters.value(Counter::peer_attestations_refused), 3U);
}

TEST_F(SessionsTest, ASurplusStrangerIsToldFullAndWhenToTryAgain) {
  for (std::uint8_t i = 1; i <= 3; ++i) {
    connect(ConnId{i}, i, true);
    hello(ConnId{i});
  }
  connect(ConnId{6}, 6, true);
  fx.clear();
  hello(ConnId{6});
  ASSERT_EQ(fx.size(), 1U);
  EXPECT_EQ(std::get<Disconnect>(fx[0]).retry_after_ms, 60'000U);
  EXPECT_EQ(refused(), PeerReason::full);
  connect(ConnId{4}, 4, true);
  fx.clear();
  hello(ConnId{4}, attestation(5, 2));  // signed for another node: a stranger after all
  verify_claims();
  leave_disconnected();
  EXPECT_EQ(refused(), PeerReason::full);
  EXPECT_EQ(roster.ready().size(), 3U);
  sessions.on_disconnected(now(), ConnId{1});
  connect(ConnId{5}, 5, true);
  hello(ConnId{5});
  EXPECT_TRUE(roster.is_ready(ConnId{5}));
}

TEST_F(SessionsTest, AuthoritiesAndConfiguredPeersAreWelcomeInAFullHouse) {
  for (std::uint8_t i = 1; i <= 3; ++i) {
    connect(ConnId{i}, i, true);
    hello(ConnId{i});
  }
  connect(ConnId{6}, 6, true);
  hello(ConnId{6}, attestation(6, 2));
  verify_claims();
  EXPECT_TRUE(roster.is_ready(ConnId{6}));
  connect(ConnId{4}, 50, true);  // named in the configuration
  hello(ConnId{4});
  EXPECT_TRUE(roster.is_ready(ConnId{4}));
  sessions.on_connected(now(), ConnId{5}, {node(5), false, 0, "somewhere", 0}, fx);  // dialled
  hello(ConnId{5});
  EXPECT_TRUE(roster.is_ready(ConnId{5}));
}

TEST_F(SessionsTest, WhoSaysNothingMakesRoomForWhoMay) {
  for (std::uint16_t i = 0; i < greeting_peers_max; ++i) {
    clock = clock + Duration::micros(1);
    connect(ConnId{i + 1U}, static_cast<std::uint8_t>(i + 101), true);
  }
  EXPECT_TRUE(all_of<Disconnect>(fx).empty());
  clock = clock + Duration::micros(1);
  connect(ConnId{1'000}, 1, true);
  const auto gone = all_of<Disconnect>(fx);
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone[0].conn, ConnId{1});
  EXPECT_EQ(gone[0].reason, PeerReason::full);
}

TEST_F(SessionsTest, HoldsBackWhatComesWhileTheClaimIsChecked) {
  connect(ConnId{1}, 1, true);
  hello(ConnId{1}, attestation(1, 2));
  EXPECT_FALSE(receive(ConnId{1}, MessageKind::vote, SharedBytes::of_size(131)));
  verify_claims();
  const auto happened = sessions.take_events();
  ASSERT_EQ(happened.size(), 1U);
  ASSERT_EQ(happened[0].held.size(), 1U);
  EXPECT_TRUE(receive(ConnId{1}, MessageKind::vote, SharedBytes::of_size(131)));
}

TEST_F(SessionsTest, HoldsBackOnlySoMuch) {
  connect(ConnId{1}, 1, true);
  hello(ConnId{1}, attestation(1, 2));
  fx.clear();
  for (int i = 0; i < 257; ++i) receive(ConnId{1}, MessageKind::vote, SharedBytes::of_size(131));
  EXPECT_EQ(refused(), PeerReason::flood);
}

TEST_F(SessionsTest, AnythingBeforeHelloAndAHelloWhileTheFirstIsCheckedEndTheConnection) {
  connect(ConnId{1}, 1, true);
  fx.clear();
  EXPECT_FALSE(receive(ConnId{1}, MessageKind::vote, SharedBytes::of_size(131)));
  EXPECT_EQ(refused(), PeerReason::malformed);
  connect(ConnId{2}, 2, true);
  hello(ConnId{2}, attestation(2, 2));
  fx.clear();
  hello(ConnId{2});
  EXPECT_EQ(refused(), PeerReason::malformed);
  EXPECT_EQ(counters.value(Counter::messages_unexpected), 2U);
}

TEST_F(SessionsTest, AHelloSaidAgainIsAClaimAndTooManyAreAFlood) {
  connect(ConnId{1}, 1, true);
  hello(ConnId{1});
  (void)events();
  hello(ConnId{1}, attestation(1, 2));
  verify_claims();
  EXPECT_EQ(roster.conn_of(AuthorityIndex{2}), ConnId{1});
  EXPECT_EQ(events(), (std::vector{std::pair{SessionEvent::Kind::attested, ConnId{1}}}));
  for (int i = 0; i < 64; ++i) hello(ConnId{1});
  EXPECT_EQ(refused(), PeerReason::flood);
}

TEST_F(SessionsTest, ANewEpochKnowsItsAuthoritiesByTheKeysTheyHaveShown) {
  connect(ConnId{1}, 1, true);
  hello(ConnId{1}, attestation(1, 2));
  verify_claims();
  crypto::format::AuthorityList next{genesis.authorities[2], genesis.authorities[0]};
  sessions.set_authorities(now(), next, fx);
  EXPECT_EQ(roster.conn_of(AuthorityIndex{0}), ConnId{1});
  EXPECT_EQ(roster.conn_of(AuthorityIndex{2}), std::nullopt);
  EXPECT_EQ(sessions.peers().front().authority, AuthorityIndex{0});
  sessions.set_authorities(now(), {genesis.authorities[1]}, fx);
  EXPECT_TRUE(roster.authorities().empty()) << "it has left";
  EXPECT_EQ(sessions.peers().front().authority, std::nullopt);
}

TEST_F(SessionsTest, AClaimOfAnEpochThatIsNotHereYetIsTriedAgainWhenItBegins) {
  sessions.set_authorities(now(), {genesis.authorities[0]}, fx);
  connect(ConnId{1}, 1, true);
  hello(ConnId{1}, attestation(1, 2));
  EXPECT_TRUE(roster.is_ready(ConnId{1})) << "no such authority here: a plain peer";
  (void)events();
  fx.clear();
  sessions.set_authorities(now(), genesis.authorities, fx);
  EXPECT_TRUE(roster.authorities().empty());
  verify_claims();
  EXPECT_EQ(roster.conn_of(AuthorityIndex{2}), ConnId{1});
  EXPECT_EQ(events(), (std::vector{std::pair{SessionEvent::Kind::attested, ConnId{1}}}));
}

TEST_F(SessionsTest, WhoBecomesAnAuthoritySaysHelloAgain) {
  SelfDescription self{node(100), 9'000, {}};
  self.authority = SelfDescription::Authority{genesis.authorities[3].key, Height{1'000}, Signature{}};
  Roster own_roster;
  Sessions member(genesis.network_id, self, {Duration::seconds(10), 3, {}, 3}, own_roster, static_peers, counters);
  member.set_authorities(now(), {genesis.authorities[0]}, fx);
  member.on_connected(now(), ConnId{1}, {node(1), true, {}, "somewhere", 0}, fx);
  EXPECT_FALSE(wire::parse_hello(std::get<Send>(fx.back()).message.payload.view())->attestation);
  (void)member.on_message(now(), ConnId{1}, {MessageKind::hello, false, 7, 1, wire::build_hello({})}, fx);
  fx.clear();
  member.set_authorities(now(), genesis.authorities, fx);
  ASSERT_EQ(all_of<Send>(fx).size(), 1U);
  const auto said = wire::parse_hello(all_of<Send>(fx).front().message.payload.view());
  EXPECT_EQ(said->attestation->authority, AuthorityIndex{3});
  const auto hellos = [&] {
    return std::ranges::count(all_of<Send>(std::exchange(fx, {})), MessageKind::hello,
                              [](const Send& sent) { return sent.message.kind; });
  };
  fx.clear();
  int repeated = 0;
  for (int i = 0; i < 8; ++i) {
    clock = clock + Duration::seconds(10);
    (void)member.on_message(now(), ConnId{1}, {MessageKind::ping, false, 7, 1, wire::build_ping({})}, fx);
    member.on_tick(now(), fx);
    repeated += static_cast<int>(hellos());
  }
  EXPECT_EQ(repeated, 3) << "the first one may have been lost";
  member.set_authorities(now(), {genesis.authorities[3], genesis.authorities[0]}, fx);
  EXPECT_EQ(hellos(), 1) << "its index is another: who could not confirm the old one may confirm this";
}

TEST_F(SessionsTest, MessagesThatCannotBeReadEndTheConnection) {
  for (const MessageKind kind : {MessageKind::hello, MessageKind::ping, MessageKind::pong, MessageKind::disconnect}) {
    const ConnId conn{static_cast<std::uint64_t>(kind) + 10};
    connect(conn, static_cast<std::uint8_t>(conn.value()), true);
    if (kind != MessageKind::hello) hello(conn);
    fx.clear();
    EXPECT_FALSE(receive(conn, kind, SharedBytes::of_size(3)));
    EXPECT_EQ(refused(), PeerReason::malformed);
  }
  EXPECT_EQ(counters.value(Counter::messages_malformed), 4U);
}

TEST_F(SessionsTest, NoHelloWithinFiveSecondsEndsTheConnection) {
  connect(ConnId{1}, 1, true);
  fx.clear();
  EXPECT_EQ(sessions.next_deadline(), clock + Duration::seconds(5));
  clock = clock + Duration::seconds(5);
  sessions.on_tick(now(), fx);
  EXPECT_EQ(refused(), PeerReason::timeout);
}

TEST_F(SessionsTest, PingsEachHeartbeatAndMeasuresTheRoundTrip) {
  connect(ConnId{1}, 1, true);
  hello(ConnId{1});
  fx.clear();
  clock = clock + Duration::seconds(10);
  sessions.on_tick(now(), fx);
  const auto sent = all_of<Send>(std::exchange(fx, {}));
  ASSERT_EQ(sent.size(), 1U);
  ASSERT_EQ(sent[0].message.kind, MessageKind::ping);
  clock = clock + Duration::millis(40);
  receive(ConnId{1}, MessageKind::pong, sent[0].message.payload, true);
  EXPECT_EQ(sessions.peers().front().rtt, Duration::millis(40));
  receive(ConnId{1}, MessageKind::pong, sent[0].message.payload, true);  // once is enough
  EXPECT_EQ(counters.value(Counter::messages_unexpected), 1U);
}

TEST_F(SessionsTest, AnswersAPingWithItsNonceAndOurHead) {
  sessions.set_head(Height{8}, {});
  connect(ConnId{1}, 1, true);
  hello(ConnId{1});
  fx.clear();
  receive(ConnId{1}, MessageKind::ping, wire::build_ping({99, 5, Height{12}}));
  const auto sent = all_of<Send>(fx);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_TRUE(sent[0].message.response);
  EXPECT_EQ(sent[0].message.corr, 7U);
  EXPECT_EQ(wire::parse_ping(MessageKind::pong, sent[0].message.payload.view()), (wire::Ping{99, 5, Height{8}}));
  EXPECT_EQ(sessions.peers().front().head, Height{12});
}

TEST_F(SessionsTest, SilenceOfThreeHeartbeatsEndsTheConnection) {
  connect(ConnId{1}, 1, true);
  hello(ConnId{1});
  events();
  for (int i = 0; i < 2; ++i) {
    clock = clock + Duration::seconds(10);
    sessions.on_tick(now(), fx);
  }
  fx.clear();
  clock = clock + Duration::seconds(10);
  sessions.on_tick(now(), fx);
  leave_disconnected();
  EXPECT_EQ(refused(), PeerReason::timeout);
  EXPECT_EQ(events(), (std::vector{std::pair{kGone, ConnId{1}}}));
  EXPECT_EQ(sessions.next_deadline(), kNever);
}

TEST_F(SessionsTest, OfTwoConnectionsTheOneOfTheSmallerNodeStays) {
  connect(ConnId{1}, 1, false);  // dialled by us, node 100
  hello(ConnId{1});
  fx.clear();
  connect(ConnId{2}, 1, true);  // dialled by node 1, the smaller one
  EXPECT_EQ(all_of<Disconnect>(fx).front().conn, ConnId{1});
  EXPECT_EQ(all_of<Disconnect>(fx).front().reason, PeerReason::duplicate);
  hello(ConnId{2});
  EXPECT_EQ(events(), (std::vector{std::pair{kReady, ConnId{1}}, std::pair{kGone, ConnId{1}}, std::pair{kReady, ConnId{2}}}));
  fx.clear();
  connect(ConnId{3}, 1, false);
  EXPECT_EQ(all_of<Disconnect>(fx).front().conn, ConnId{3});
  EXPECT_TRUE(roster.is_ready(ConnId{2}));
}

TEST_F(SessionsTest, APeerThatComesBackReplacesItsDeadConnection) {
  connect(ConnId{1}, 1, true);
  hello(ConnId{1});
  fx.clear();
  connect(ConnId{2}, 1, true);
  EXPECT_EQ(all_of<Disconnect>(fx).front().conn, ConnId{1});
  EXPECT_FALSE(roster.is_ready(ConnId{1}));
}

TEST_F(SessionsTest, RefusesItself) {
  sessions.on_connected(now(), ConnId{1}, {node(100), true, {}, "mirror", 0}, fx);
  EXPECT_EQ(refused(), PeerReason::self);
}

TEST_F(SessionsTest, AGoodbyeClosesQuietly) {
  connect(ConnId{1}, 1, true);
  hello(ConnId{1});
  fx.clear();
  receive(ConnId{1}, MessageKind::disconnect, wire::build_disconnect({PeerReason::shutdown, 0}));
  ASSERT_EQ(all_of<Disconnect>(fx).size(), 1U);
  EXPECT_TRUE(all_of<Disconnect>(fx).front().silent);
  EXPECT_FALSE(roster.is_ready(ConnId{1}));
  EXPECT_FALSE(receive(ConnId{1}, MessageKind::vote, SharedBytes::of_size(131)));
}

TEST_F(SessionsTest, ALostConnectionIsCountedOnceAndForgotten) {
  connect(ConnId{1}, 1, true);
  hello(ConnId{1});
  sessions.on_disconnected(now(), ConnId{1});
  sessions.on_disconnected(now(), ConnId{1});
  EXPECT_EQ(counters.value(Counter::peers_lost), 1U);
  EXPECT_TRUE(sessions.peers().empty());
}

TEST_F(SessionsTest, ShutdownSaysGoodbyeToAll) {
  connect(ConnId{1}, 1, true);
  connect(ConnId{2}, 2, true);
  fx.clear();
  sessions.on_shutdown(fx);
  EXPECT_EQ(all_of<Disconnect>(fx).size(), 2U);
  EXPECT_EQ(all_of<Disconnect>(fx).front().reason, PeerReason::shutdown);
}

TEST_F(SessionsTest, WhatIsHeldBackIsBoundedInBytes) {
  connect(ConnId{1}, 1, true);
  hello(ConnId{1}, attestation(1, 2));
  for (int i = 0; i < 100; ++i)
    EXPECT_FALSE(sessions.on_message(now(), ConnId{1}, {MessageKind::vote, false, 0, 1, SharedBytes::of_size(1'024)}, fx));
  EXPECT_EQ(counters.value(Counter::messages_dropped), 36U);
  verify_claims();
  const auto events = sessions.take_events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].held.size(), 64U);
}

}  // namespace
}  // namespace provchain::core
