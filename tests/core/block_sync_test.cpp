// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sync/block_sync.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "tests/core/block_sync_fixture.hpp"

namespace provchain::core {
namespace {

TEST_F(BlockSyncTest, AnAnswerThatIsOvertakenLeavesNoDeadlineBehind) {
  connect(1);
  status(1, Height{5});
  for (int i = 0; i < 8 && request(1, MessageKind::get_headers) == 0; ++i) {
    fx.clear();
    advance(Duration::seconds(1));
  }
  const std::uint32_t corr = request(1, MessageKind::get_headers);
  ASSERT_NE(corr, 0U);
  tip(Height{5});  // the consensus was faster
  const Bytes header = chain.block(Height{5}).view().first(crypto::format::block_header_bytes);
  sync.on_headers(now(), ConnId{1}, corr, header, fx);
  EXPECT_FALSE(sync.is_active());
  for (int i = 0; i < 30; ++i) {
    advance(Duration::seconds(1));
    EXPECT_GT(sync.next_deadline(), clock);
  }
  EXPECT_EQ(counters.value(Counter::sync_timeouts), 0U);
}

TEST_F(BlockSyncTest, AnotherFinalBlockAtTheHeightOfTheTipIsAConflict) {
  connect(1);
  tip(Height{5}, BlockId{});
  fx.clear();
  status(1, Height{5});
  const auto conflict = sync.take_conflict();
  ASSERT_TRUE(conflict);
  EXPECT_EQ(conflict->block_id, chain.id(Height{5}));
  EXPECT_FALSE(sync.take_conflict()) << "told once";
}

TEST_F(BlockSyncTest, ATargetThatTheTipOvertakesWithAnotherBlockIsAConflict) {
  connect(1);
  status(1, Height{300});
  tip(Height{300}, BlockId{});
  give_header(1, Height{300});
  EXPECT_TRUE(sync.take_conflict());
}

TEST_F(BlockSyncTest, TheSameBlockAtTheHeightOfTheTipIsNotWorthAVerification) {
  connect(1);
  tip(Height{5});
  fx.clear();
  status(1, Height{5});
  EXPECT_TRUE(all_of<VerifySignatures>(fx).empty());
  EXPECT_FALSE(sync.take_conflict());
}

TEST_F(BlockSyncTest, APeerAtHeightZeroHasNoCertificateAndNeedsNone) {
  connect(1);
  fx.clear();
  sync.on_status(now(), ConnId{1}, wire::StatusView{}, fx);
  EXPECT_EQ(blamed(), std::nullopt);
}

TEST_F(BlockSyncTest, HaltedItFetchesNothing) {
  begin(1, Height{300});
  sync.halt();
  fx.clear();
  advance(Duration::seconds(100));
  EXPECT_EQ(request(1, MessageKind::get_batch), 0U);
  EXPECT_GT(sync.next_deadline(), clock);
}

TEST_F(BlockSyncTest, FetchesEverythingBelowACertifiedHeadInOrder) {
  begin(1, Height{300});
  EXPECT_TRUE(sync.is_active());
  EXPECT_EQ(sync.target(), Height{300});
  for (const auto& [first, last] : {std::pair<std::uint64_t, std::uint64_t>{1, 128}, {129, 256}, {257, 300}}) {
    give_batch(1, batch(Height{first}, last - first + 1, Height{300}));
    check_blocks();
    commit(Height{last});
    EXPECT_EQ(committed.blocks.size(), last - first + 1);
    EXPECT_EQ(committed.certificate.has_value(), last == 300);
  }
  EXPECT_FALSE(sync.is_active());
  const auto finished = sync.take_finished();
  ASSERT_TRUE(finished.has_value());
  EXPECT_EQ(finished->block_id, chain.id(Height{300}));
  EXPECT_EQ(sync.take_finished(), std::nullopt);
  EXPECT_EQ(counters.value(Counter::blocks_synced), 300U);
}

TEST_F(BlockSyncTest, LeavesASmallGapToTheConsensusUnlessItIsStuck) {
  connect(1);
  status(1, Height{8});
  EXPECT_FALSE(sync.is_active());
  advance(Duration::seconds(6));
  EXPECT_TRUE(sync.is_active());
}

TEST_F(BlockSyncTest, AHeightWithoutAValidCertificateDoesNotExist) {
  crypto::format::Certificate forged = chain.certificate(Height{300});
  forged.signers[1].signature.bytes[0] ^= 1;
  connect(1);
  status(1, Height{300}, crypto::format::encode_certificate(forged, 4));
  EXPECT_EQ(blamed(), PeerReason::malformed);
  connect(2);
  status(2, Height{300}, {1, 2, 3});
  EXPECT_EQ(all_of<Disconnect>(fx).back().conn, ConnId{2});
  connect(3);
  status(3, Height{300}, chain.encoded_certificate(Height{299}));
  EXPECT_FALSE(sync.is_active());
  EXPECT_EQ(counters.value(Counter::sync_certificates_refused), 3U);
}

TEST_F(BlockSyncTest, AHeaderThatIsNotTheCertifiedOneIsBlamed) {
  connect(1);
  status(1, Height{300});
  give_header(1, Height{299});
  EXPECT_EQ(blamed(), PeerReason::malformed);
  EXPECT_EQ(counters.value(Counter::sync_peers_blamed), 1U);
}

TEST_F(BlockSyncTest, WrongBatchesAreBlamedAndNothingIsStored) {
  OpenedBatch wrong_path = batch(Height{1}, 128, Height{300});
  wrong_path.path.pop_back();
  OpenedBatch gap = batch(Height{1}, 128, Height{300});
  gap.blocks.erase(gap.blocks.begin() + 3);
  OpenedBatch beyond = batch(Height{1}, 128, Height{300});
  beyond.first = Height{2};
  OpenedBatch foreign = batch(Height{1}, 128, Height{300});
  crypto::format::Genesis other = genesis;
  other.network_id.bytes[0] ^= 1;
  foreign.blocks.back() = sim::ChainSample(other, 128).block(Height{128});
  const std::vector<std::optional<OpenedBatch>> wrong{std::nullopt, OpenedBatch{Height{1}, {}, {}}, wrong_path, gap, beyond,
                                                      foreign};
  std::uint64_t conn = 0;
  for (const auto& one : wrong) {
    connect(++conn);
    status(conn, Height{300});
    if (conn == 1) give_header(conn, Height{300});
    give_batch(conn, one);
    EXPECT_EQ(blamed(), PeerReason::malformed) << conn;
    EXPECT_TRUE(all_of<CheckBlock>(fx).empty());
    fx.clear();
  }
  EXPECT_EQ(counters.value(Counter::sync_peers_blamed), wrong.size());
}

TEST_F(BlockSyncTest, AWrongBodyIsBlamedAndAnotherPeerAsked) {
  begin(1, Height{300});
  sync.on_peer_ready(now(), ConnId{2}, fx);
  status(2, Height{300});
  give_batch(1, batch(Height{1}, 128, Height{300}));
  check_blocks(BlockOutcome::wrong_body);
  EXPECT_EQ(blamed(), PeerReason::malformed);
  EXPECT_NE(request(2, MessageKind::get_batch), 0U);
  EXPECT_TRUE(all_of<Commit>(fx).empty());
}

TEST_F(BlockSyncTest, AnInvalidCertifiedBlockHaltsWithAnAlarm) {
  begin(1, Height{300});
  give_batch(1, batch(Height{1}, 128, Height{300}));
  check_blocks(BlockOutcome::invalid);
  ASSERT_EQ(all_of<Alarm>(fx).size(), 1U);
  EXPECT_EQ(all_of<Alarm>(fx)[0].kind, AlarmKind::halted_invalid_certified);
  EXPECT_EQ(blamed(), std::nullopt);
  fx.clear();
  advance(Duration::seconds(100));
  EXPECT_EQ(request(1, MessageKind::get_batch), 0U);
}

TEST_F(BlockSyncTest, ASlowPeerLosesItsTurnAndTheNextGetsMoreTime) {
  begin(1, Height{300});
  const std::uint32_t late = request(1, MessageKind::get_batch);
  sync.on_peer_ready(now(), ConnId{2}, fx);
  status(2, Height{300});
  advance(Duration::seconds(10));
  EXPECT_EQ(counters.value(Counter::sync_timeouts), 1U);
  EXPECT_NE(request(2, MessageKind::get_batch), 0U);
  EXPECT_EQ(blamed(), std::nullopt);
  sync.on_batch(now(), ConnId{1}, late, SharedBytes::of_size(1), fx);  // the late answer is discarded without blame
  EXPECT_EQ(counters.value(Counter::messages_unexpected), 1U);
  advance(Duration::seconds(19));
  EXPECT_EQ(counters.value(Counter::sync_timeouts), 1U);
  advance(Duration::seconds(1));
  EXPECT_EQ(counters.value(Counter::sync_timeouts), 2U);
}

TEST_F(BlockSyncTest, ARefusalOrALostConnectionChangesThePeer) {
  begin(1, Height{300});
  const std::uint32_t corr = request(1, MessageKind::get_batch);
  sync.on_peer_ready(now(), ConnId{2}, fx);
  status(2, Height{300});
  sync.on_error(now(), ConnId{1}, corr, PeerReason::not_found, fx);
  EXPECT_NE(request(2, MessageKind::get_batch), 0U);
  fx.clear();
  advance(Duration::seconds(1));
  fx.clear();
  sync.on_peer_gone(now(), ConnId{2}, fx);
  EXPECT_NE(request(1, MessageKind::get_batch), 0U);
}

TEST_F(BlockSyncTest, ResumesByItselfWhenAPeerComesBack) {
  begin(1, Height{300});
  sync.on_peer_gone(now(), ConnId{1}, fx);
  EXPECT_TRUE(sync.is_active());
  EXPECT_EQ(sync.source(), std::nullopt);
  connect(7);
  status(7, Height{300});
  EXPECT_NE(request(7, MessageKind::get_batch), 0U);
}

TEST_F(BlockSyncTest, PeersThatDoNotReachDownToTheGapAreNotAsked) {
  connect(1);
  status(1, Height{300}, chain.encoded_certificate(Height{300}), Height{50});
  EXPECT_TRUE(sync.is_active());
  EXPECT_EQ(request(1, MessageKind::get_headers), 0U);
}

TEST_F(BlockSyncTest, TheConsensusMayFillTheGapMeanwhile) {
  begin(1, Height{100});
  give_batch(1, batch(Height{1}, 100, Height{100}));
  tip(Height{100});
  check_blocks();
  EXPECT_TRUE(all_of<Commit>(fx).empty());
  EXPECT_FALSE(sync.is_active());
}

TEST_F(BlockSyncTest, TakesAHeadTheConsensusHasCertified) {
  connect(1);
  const auto certificate = chain.certificate(Height{300});
  sync.on_certified_ahead(now(), consensus::CertifiedHead{View{300}, Height{300}, certificate.block_id, certificate}, fx);
  EXPECT_TRUE(sync.is_active());
  status(1, Height{300});
  EXPECT_NE(request(1, MessageKind::get_headers), 0U);
}

TEST_F(BlockSyncTest, AnswersWithoutAQuestionAreCounted) {
  sync.on_verified(now(), Ticket{1}, {true}, fx);
  sync.on_batch_opened(now(), Ticket{1}, std::nullopt, fx);
  sync.on_block_checked(now(), Ticket{1}, {}, fx);
  EXPECT_EQ(counters.value(Counter::effects_unanswered), 3U);
  sync.on_headers(now(), ConnId{1}, 1, {}, fx);
  EXPECT_EQ(counters.value(Counter::messages_unexpected), 1U);
}

}  // namespace
}  // namespace provchain::core
