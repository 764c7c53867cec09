// SPDX-License-Identifier: Apache-2.0
#include "engine/core/node_core.hpp"

#include <gtest/gtest.h>

#include "tests/core/chain_samples.hpp"
#include "tests/core/effects_expect.hpp"
#include "wire/messages.hpp"

namespace provchain::core {
namespace {

using wire::MessageKind;
using wire::PeerReason;

// One observer of a network of four, at height 0, and peers that a test speaks for.
class NodeCoreTest : public ::testing::Test {
 protected:
  NodeCoreTest() : core(options()) {
    consensus::Recovered recovered;
    recovered.tip = chain.header(Height{0});
    recovered.tip_id = chain.id(Height{0});
    recovered.history = chain.history(Height{0});
    core.on_start(now(), recovered, fx);
  }
  CoreOptions options() const {
    CoreOptions made;
    made.genesis = genesis;
    made.node_id.bytes[0] = 100;
    made.static_peer_count = 2;
    return made;
  }
  Now now() const { return {clock, WallTime{static_cast<std::int64_t>(genesis.time_ms)}}; }
  void advance(Duration span) {
    clock = clock + span;
    core.on_tick(now(), fx);
    EXPECT_GT(core.next_deadline(), clock) << "a driver would spin";
  }
  void connect(std::uint64_t conn) {
    PeerIdentity peer;
    peer.node_id.bytes[0] = static_cast<std::uint8_t>(conn);
    peer.inbound = true;
    core.on_connected(now(), ConnId{conn}, peer, fx);
    receive(conn, MessageKind::hello, wire::build_hello({}));
    fx.clear();
  }
  void receive(std::uint64_t conn, MessageKind kind, SharedBytes payload, std::uint32_t corr = 0) {
    core.on_message(now(), ConnId{conn}, {kind, corr != 0, corr, 1, std::move(payload)}, fx);
  }
  std::optional<PeerReason> refused() {
    const auto disconnects = all_of<Disconnect>(std::exchange(fx, {}));
    return disconnects.empty() ? std::nullopt : std::optional(disconnects.front().reason);
  }
  // Answers every check there is.
  void run_pool() {
    for (const Effect& effect : std::exchange(fx, {})) {
      if (const auto* check = std::get_if<CheckTransaction>(&effect))
        core.on_transaction_checked(now(), check->ticket, sim::fake_check(genesis, check->bytes.view(), {}), fx);
      else if (const auto* verify = std::get_if<VerifySignatures>(&effect))
        core.on_verified(now(), verify->ticket, valid_of(*verify), fx);
      else
        kept.push_back(effect);
    }
  }
  // Answers the header and batch requests of block sync with one block, which is all there is above the tip, and commits it.
  void serve_block(std::uint64_t conn, Height height) {
    const std::uint32_t header_corr = corr_of(conn, MessageKind::get_headers);
    ASSERT_NE(header_corr, 0U);
    receive(conn, MessageKind::headers, wire::build_headers(chain.block(height).view().first(crypto::format::block_header_bytes)),
            header_corr);
    receive(conn, MessageKind::batch, SharedBytes::of_size(1), corr_of(conn, MessageKind::get_batch));
    for (const OpenBatch& open : all_of<OpenBatch>(Effects(fx)))
      core.on_batch_opened(now(), open.ticket, OpenedBatch{height, {}, {chain.block(height)}}, fx);
    for (const CheckBlock& check : all_of<CheckBlock>(Effects(fx)))
      core.on_block_checked(now(), check.ticket, {BlockOutcome::valid, {}, {}}, fx);
    ASSERT_EQ(all_of<Commit>(fx).size(), 1U);
    core.on_committed(now(), height, fx);
  }
  // Of the last such request; 0: there is none.
  std::uint32_t corr_of(std::uint64_t conn, MessageKind kind) const {
    const auto requests = sent_to(fx, ConnId{conn}, kind);
    return requests.empty() ? 0 : requests.back().corr;
  }
  static std::vector<bool> valid_of(const VerifySignatures& verify) {
    std::vector<bool> valid;
    for (const SignatureCheck& check : verify.checks) valid.push_back(sim::fake_verify(check));
    return valid;
  }

  crypto::format::Genesis genesis = sim::fake_genesis(4);
  sim::ChainSample chain{genesis, 40};
  MonoTime clock{1'000'000};
  NodeCore core;
  Effects fx;
  Effects kept;
};

TEST_F(NodeCoreTest, DialsItsStaticPeersAtStart) { EXPECT_EQ(all_of<Dial>(fx).size(), 2U); }

TEST_F(NodeCoreTest, EveryKindThatCannotBeReadEndsItsConnection) {
  std::uint64_t conn = 0;
  for (const MessageKind kind : {MessageKind::tx_announce, MessageKind::get_transactions, MessageKind::transactions,
                                 MessageKind::get_status, MessageKind::status, MessageKind::get_headers, MessageKind::headers,
                                 MessageKind::get_batch, MessageKind::get_epochs, MessageKind::error, MessageKind::vote,
                                 MessageKind::certificate, MessageKind::view_status, MessageKind::get_certificates}) {
    connect(++conn);
    receive(conn, kind, SharedBytes::of_size(5), 7);
    EXPECT_EQ(refused(), PeerReason::malformed) << wire::to_string(kind);
    receive(conn, kind, SharedBytes::of_size(5), 7);
    EXPECT_TRUE(fx.empty()) << "a connection that was ended is deaf: " << wire::to_string(kind);
  }
  EXPECT_EQ(core.counters().value(PeerReason::malformed), conn);
  for (const PeerStatus& peer : core.peers()) EXPECT_EQ(peer.state, PeerState::leaving);
}

TEST_F(NodeCoreTest, AnswersNobodyAskedForAreCountedAndForgotten) {
  connect(1);
  const std::uint32_t sync_corr = CorrelationSource(owner::sync).next();
  receive(1, MessageKind::headers, SharedBytes::of_size(336), 5);
  receive(1, MessageKind::batch, SharedBytes::of_size(50), sync_corr);
  receive(1, MessageKind::batch, SharedBytes::of_size(50), CorrelationSource(owner::consensus).next());
  receive(1, MessageKind::error, wire::build_error({5, PeerReason::busy, {}}), 5);
  receive(1, MessageKind::error, wire::build_error({CorrelationSource(owner::admission).next(), PeerReason::busy, {}}), 5);
  receive(1, MessageKind::error, wire::build_error({sync_corr, PeerReason::busy, {}}), 5);
  EXPECT_EQ(refused(), std::nullopt);
  EXPECT_EQ(core.counters().value(Counter::messages_unexpected), 3U);
}

TEST_F(NodeCoreTest, ASubmissionIsPendingPooledAndAnnounced) {
  connect(1);
  const SharedBytes bytes = sim::fake_transaction(genesis, {});
  core.on_submit(now(), RequestId{9}, bytes, fx);
  run_pool();
  ASSERT_EQ(all_of<Reply>(fx).size(), 1U);
  EXPECT_EQ(all_of<Reply>(fx)[0].status.phase, TxPhase::pending);
  EXPECT_EQ(core.mempool_status().transactions, 1U);
  EXPECT_EQ(core.mempool_status().bytes, bytes.size());
  fx.clear();
  advance(Duration::millis(20));
  EXPECT_EQ(sent_to(fx, ConnId{1}, MessageKind::tx_announce).size(), 1U);
  fx.clear();
  core.on_lookup(now(), RequestId{10}, sim::fake_id(bytes), fx);
  EXPECT_EQ(all_of<Reply>(fx)[0].status.phase, TxPhase::pending);
}

TEST_F(NodeCoreTest, WhileNothingBecomesFinalATransactionWaits) {
  connect(1);
  core.on_submit(now(), RequestId{9}, sim::fake_transaction(genesis, {}), fx);
  run_pool();
  advance(Duration::seconds(100'000));
  EXPECT_EQ(core.mempool_status().transactions, 1U);
}

TEST_F(NodeCoreTest, WhatBlocksLeftOutForLongIsGivenUpAndWelcomeAgain) {
  const SharedBytes bytes = sim::fake_transaction(genesis, {.salt = 1'000});
  const std::vector<TxId> ids{sim::fake_id(bytes)};
  core.on_submit(now(), RequestId{9}, bytes, fx);
  run_pool();
  advance(Duration::seconds(600));
  connect(1);
  receive(1, MessageKind::status, wire::build_status({Height{1}, Height{1}, chain.encoded_certificate(Height{1})}), 5);
  run_pool();
  fx.clear();
  for (int i = 0; i < 10; ++i) advance(Duration::seconds(1));  // the consensus does not move: block sync fetches
  serve_block(1, Height{1});
  EXPECT_EQ(core.mempool_status().transactions, 0U);
  EXPECT_EQ(core.counters().value(Counter::transactions_aged_out), 1U);
  EXPECT_EQ(core.counters().value(Counter::transactions_expired), 0U);
  fx.clear();
  core.on_lookup(now(), RequestId{10}, ids[0], fx);
  EXPECT_EQ(all_of<Reply>(fx)[0].status.phase, TxPhase::unknown) << "it is still valid: nothing is wrong with it";
  receive(1, MessageKind::tx_announce, wire::build_tx_announce(ids));
  EXPECT_EQ(sent_to(fx, ConnId{1}, MessageKind::get_transactions).size(), 1U);
}

TEST_F(NodeCoreTest, ATransactionIsPulledCheckedAndServed) {
  connect(1);
  connect(2);
  const SharedBytes bytes = sim::fake_transaction(genesis, {});
  const std::vector<TxId> ids{sim::fake_id(bytes)};
  receive(1, MessageKind::tx_announce, wire::build_tx_announce(ids));
  ASSERT_EQ(sent_to(fx, ConnId{1}, MessageKind::get_transactions).size(), 1U);
  receive(1, MessageKind::transactions, wire::build_transactions({&bytes, 1}), 3);
  run_pool();
  EXPECT_EQ(core.mempool_status().transactions, 1U);
  fx.clear();
  receive(2, MessageKind::get_transactions, wire::build_get_transactions(ids), 77);
  const auto answers = sent_to(fx, ConnId{2}, MessageKind::transactions);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].corr, 77U);
}

TEST_F(NodeCoreTest, WhatAnAnswerDidNotHoldIsAskedForAgainAndAPushSettlesNoRequest) {
  connect(1);
  std::vector<SharedBytes> made;
  std::vector<TxId> ids;
  for (std::uint64_t salt = 1; salt <= 3; ++salt) {
    made.push_back(sim::fake_transaction(genesis, {.salt = salt}));
    ids.push_back(sim::fake_id(made.back()));
  }
  receive(1, MessageKind::tx_announce, wire::build_tx_announce(ids));
  const auto first = sent_to(fx, ConnId{1}, MessageKind::get_transactions);
  ASSERT_EQ(first.size(), 1U);
  fx.clear();
  receive(1, MessageKind::transactions, wire::build_transactions({&made[0], 1}));
  EXPECT_TRUE(sent_to(fx, ConnId{1}, MessageKind::get_transactions).empty());
  receive(1, MessageKind::transactions, wire::build_transactions({&made[1], 1}), first[0].corr);
  const auto second = sent_to(fx, ConnId{1}, MessageKind::get_transactions);
  ASSERT_EQ(second.size(), 1U);
  const auto asked = wire::parse_get_transactions(second[0].payload.view());
  ASSERT_EQ(asked->size(), 1U);
  EXPECT_EQ((*asked)[0], ids[2]);
}

TEST_F(NodeCoreTest, ABadTransactionFromAPeerEndsItsConnection) {
  connect(1);
  const SharedBytes bytes = sim::fake_transaction(genesis, {.signed_well = false});
  receive(1, MessageKind::transactions, wire::build_transactions({&bytes, 1}));
  run_pool();
  EXPECT_EQ(refused(), PeerReason::malformed);
  EXPECT_EQ(core.counters().value(crypto::format::TxReject::bad_signature), 1U);
}

TEST_F(NodeCoreTest, FarBehindItFetchesRefusesSubmissionsAndIgnoresAnnouncements) {
  connect(1);
  receive(1, MessageKind::status, wire::build_status({Height{1}, Height{40}, chain.encoded_certificate(Height{40})}), 5);
  run_pool();
  EXPECT_TRUE(core.sync_progress().active);
  EXPECT_EQ(core.sync_progress().target, Height{40});
  EXPECT_EQ(core.sync_progress().from, ConnId{1});
  EXPECT_EQ(sent_to(fx, ConnId{1}, MessageKind::get_headers).size(), 1U);
  fx.clear();
  core.on_submit(now(), RequestId{9}, sim::fake_transaction(genesis, {}), fx);
  EXPECT_EQ(all_of<Reply>(fx)[0].status.reject, crypto::format::TxReject::syncing);
  fx.clear();
  receive(1, MessageKind::tx_announce, wire::build_tx_announce(std::vector{TxId{}}));
  EXPECT_TRUE(fx.empty());
}

TEST_F(NodeCoreTest, AServedQuestionIsAnEffectForTheDriver) {
  connect(1);
  receive(1, MessageKind::get_status, wire::build_get_status(), 4);
  EXPECT_EQ(sent_to(fx, ConnId{1}, MessageKind::status).size(), 1U);
  receive(1, MessageKind::get_headers, wire::build_get_headers({Height{1}, 1}), 5);
  wire::GetBatch request;
  request.block_id = chain.id(Height{3});
  request.count = 1;
  request.bytes_max = 1'000;
  receive(1, MessageKind::get_batch, wire::build_get_batch(request), 6);
  EXPECT_EQ(sent_to(fx, ConnId{1}, MessageKind::error).size(), 2U);  // nothing is stored here yet
  EXPECT_EQ(core.counters().value(Counter::requests_refused), 2U);
}

TEST_F(NodeCoreTest, ShutdownSaysGoodbyeAndNothingIsLeft) {
  connect(1);
  core.on_shutdown(now(), fx);
  EXPECT_EQ(refused(), PeerReason::shutdown);
  EXPECT_EQ(core.peers().front().state, PeerState::leaving);
  core.on_disconnected(now(), ConnId{1}, fx);
  EXPECT_TRUE(core.peers().empty());
  advance(Duration::seconds(100));
  EXPECT_TRUE(all_of<Dial>(fx).empty());
  EXPECT_EQ(core.counters().value(PeerReason::shutdown), 1U);
}

TEST_F(NodeCoreTest, NextDeadlineIsNeverInThePastAfterATick) {
  connect(1);
  for (int i = 0; i < 200; ++i) {
    const MonoTime next = core.next_deadline();
    ASSERT_GT(next, clock) << i;
    if (next == kNever) break;
    clock = next;
    core.on_tick(now(), fx);
  }
}

TEST_F(NodeCoreTest, AfterShutdownOnlyTheEndOfConnectionsCounts) {
  connect(1);
  const SharedBytes bytes = sim::fake_transaction(genesis, {});
  core.on_submit(now(), RequestId{9}, bytes, fx);
  const Ticket check = all_of<CheckTransaction>(fx)[0].ticket;
  core.on_shutdown(now(), fx);
  fx.clear();
  core.on_transaction_checked(now(), check, sim::fake_check(genesis, bytes.view(), {}), fx);
  receive(1, MessageKind::get_status, wire::build_get_status(), 4);
  core.on_dial_failed(now(), 0, fx);
  core.on_tick(now(), fx);
  EXPECT_TRUE(fx.empty());
  EXPECT_EQ(core.next_deadline(), kNever);
  core.on_submit(now(), RequestId{10}, bytes, fx);
  EXPECT_EQ(all_of<Reply>(fx)[0].status.reject, crypto::format::TxReject::syncing);
  fx.clear();
  core.on_connected(now(), ConnId{2}, {}, fx);
  EXPECT_EQ(refused(), PeerReason::shutdown);
  core.on_disconnected(now(), ConnId{1}, fx);
  core.on_disconnected(now(), ConnId{2}, fx);
  EXPECT_TRUE(core.peers().empty());
  EXPECT_TRUE(fx.empty());
}

// ---- the authorities' turns ----

TEST_F(NodeCoreTest, CountsTheTurnsOfWhatIsDurableAndGoesOnFromWhatWasCountedBefore) {
  consensus::Recovered recovered;
  recovered.tip = chain.header(Height{0});
  recovered.tip_id = chain.id(Height{0});
  recovered.history = chain.history(Height{0});
  recovered.turns.emplace(4, Height{0}, Height{0}, View{0});
  const auto proposed = [](const NodeCore& node) {
    std::uint64_t sum = 0;
    for (const AuthorityStatus& authority : node.authorities().authorities) sum += authority.turns.proposed;
    return sum;
  };
  ASSERT_EQ(core.authorities().authorities.size(), 4U);
  connect(1);
  receive(1, MessageKind::status, wire::build_status({Height{1}, Height{1}, chain.encoded_certificate(Height{1})}), 5);
  run_pool();
  fx.clear();
  for (int i = 0; i < 10; ++i) advance(Duration::seconds(1));
  EXPECT_EQ(proposed(core), 0U);
  serve_block(1, Height{1});
  EXPECT_EQ(proposed(core), 1U) << "a block that block sync brought counts as well";
  EXPECT_EQ(core.authorities().counted_to, Height{1});
  fx.clear();

  recovered.tip = chain.header(Height{2});
  recovered.tip_id = chain.id(Height{2});
  recovered.history = chain.history(Height{2});
  for (const Height height : {Height{1}, Height{2}})
    recovered.turns->count(core.consensus().epoch().schedule, chain.header(height));
  NodeCore restarted(options());
  restarted.on_start(now(), recovered, fx);
  EXPECT_EQ(proposed(restarted), 2U);
  EXPECT_EQ(restarted.authorities().counted_above, Height{0});
  EXPECT_EQ(restarted.authorities().counted_to, Height{2});

  recovered.turns.reset();
  NodeCore forgetful(options());
  forgetful.on_start(now(), recovered, fx);
  EXPECT_EQ(proposed(forgetful), 0U);
  EXPECT_EQ(forgetful.authorities().counted_above, Height{2}) << "and it says so";
}

// ---- what must be remembered beyond a restart ----

TEST_F(NodeCoreTest, TwoFinalBlocksOfOneHeightHaltItForGoodWithBothProofs) {
  connect(1);
  consensus::Recovered at_forty;
  at_forty.tip = chain.header(Height{40});
  at_forty.tip_id = chain.id(Height{40});
  at_forty.history = chain.history(Height{40});
  at_forty.tip_certificate = chain.certificate(Height{40});
  NodeCore other(options());
  other.on_start(now(), at_forty, fx);
  PeerIdentity peer;
  peer.node_id.bytes[0] = 1;
  peer.inbound = true;
  other.on_connected(now(), ConnId{1}, peer, fx);
  other.on_message(now(), ConnId{1}, {MessageKind::hello, false, 0, 1, wire::build_hello({})}, fx);

  auto forged = chain.certificate(Height{40}, BlockId{});
  const ByteVector encoded = crypto::format::encode_certificate(forged, 4);
  other.on_message(now(), ConnId{1}, {MessageKind::status, true, 5, 1, wire::build_status({Height{1}, Height{40}, encoded})}, fx);
  for (const VerifySignatures& verify : all_of<VerifySignatures>(std::exchange(fx, {})))
    other.on_verified(now(), verify.ticket, valid_of(verify), fx);
  ASSERT_EQ(all_of<Alarm>(fx).size(), 1U);
  EXPECT_EQ(all_of<Alarm>(fx)[0].kind, AlarmKind::halted_conflicting_finality);
  ASSERT_EQ(all_of<RememberStop>(fx).size(), 1U);
  const RememberStop stop = all_of<RememberStop>(fx)[0];
  EXPECT_EQ(stop.kind, StopKind::halt);
  EXPECT_EQ(stop.alarm.certificates, (std::vector{encoded, chain.encoded_certificate(Height{40})}));
  EXPECT_EQ(other.consensus().mode(), consensus::Mode::halted);

  at_forty.halted = true;
  NodeCore restarted(options());
  restarted.on_start(now(), at_forty, fx);
  EXPECT_EQ(restarted.consensus().mode(), consensus::Mode::halted);
}

TEST_F(NodeCoreTest, AForeignVoteUnderItsOwnKeyIsRemembered) {
  CoreOptions authority = options();
  authority.authority_key = genesis.authorities[0].key;
  NodeCore other(authority);
  consensus::Recovered recovered;
  recovered.tip = chain.header(Height{0});
  recovered.tip_id = chain.id(Height{0});
  recovered.history = chain.history(Height{0});
  other.on_start(now(), recovered, fx);
  PeerIdentity peer;
  peer.node_id.bytes[0] = 1;
  peer.inbound = true;
  other.on_connected(now(), ConnId{1}, peer, fx);
  other.on_message(now(), ConnId{1}, {MessageKind::hello, false, 0, 1, wire::build_hello({})}, fx);
  fx.clear();
  const auto certificate = chain.encoded_certificate(Height{1});  // authority 0 is among its signers
  other.on_message(now(), ConnId{1}, {MessageKind::certificate, false, 0, 1, SharedBytes::copy_of(certificate)}, fx);
  for (const VerifySignatures& verify : all_of<VerifySignatures>(std::exchange(fx, {})))
    other.on_verified(now(), verify.ticket, valid_of(verify), fx);
  ASSERT_EQ(all_of<RememberStop>(fx).size(), 1U);
  EXPECT_EQ(all_of<RememberStop>(fx)[0].kind, StopKind::quarantine);
  EXPECT_EQ(all_of<RememberStop>(fx)[0].alarm.kind, AlarmKind::duplicate_instance);
  EXPECT_EQ(other.consensus().mode(), consensus::Mode::quarantined);
}

}  // namespace
}  // namespace provchain::core
