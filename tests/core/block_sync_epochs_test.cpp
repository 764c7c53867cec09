// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/core/block_sync_fixture.hpp"

namespace provchain::core {
namespace {

// Heights 1 … 300 in epoch 0, ended by 301; epoch 1 until 321, epoch 2 until 332; epoch 3 runs, up to 345.
class BlockSyncEpochs : public BlockSyncTest {
 protected:
  BlockSyncEpochs() {
    chain.end_epoch(sim::sample_authorities({1, 2, 3}));
    chain.grow(19);
    chain.end_epoch(sim::sample_authorities({3}));
    chain.grow(10);
    chain.end_epoch(sim::sample_authorities({3, 4, 5, 6, 7, 8, 9}));
    chain.grow(13);
  }
  std::vector<crypto::format::EpochEndView> ends(std::uint64_t first, std::uint64_t count) const {
    std::vector<crypto::format::EpochEndView> views;
    for (std::uint64_t i = 0; i < count; ++i) views.push_back(chain.end_of(first + i));
    return views;
  }
  // Up to the header of the target, which is the furthest end that was proven.
  void learn(std::uint64_t conn) {
    connect(conn);
    status(conn, Height{345});
    give_epochs(conn, ends(0, 3));
  }
  void fetch(std::uint64_t first, std::uint64_t last, Height head) {
    give_batch(1, batch(Height{first}, last - first + 1, head));
    for (const CheckBlock& check : all_of<CheckBlock>(fx)) EXPECT_EQ(check.system, chain.system(Height{first - 1}));
    check_blocks();
    commit(Height{last});
    EXPECT_EQ(committed.blocks.size(), last - first + 1);
  }
  void expect_certified(Height height) const {
    ASSERT_TRUE(committed.certificate);
    EXPECT_EQ(*committed.certificate, chain.encoded_certificate(height));
  }
};

TEST_F(BlockSyncEpochs, FetchesAcrossEpochsAndEndsEachWithItsCertificate) {
  tip(Height{290});
  fx.clear();
  learn(1);
  EXPECT_EQ(sync.target(), Height{332});
  give_header(1, Height{332});
  fetch(291, 301, Height{332});
  expect_certified(Height{301});
  fetch(302, 321, Height{332});
  expect_certified(Height{321});
  fetch(322, 332, Height{332});
  expect_certified(Height{332});
  EXPECT_EQ(sync.take_finished()->block_id, chain.id(Height{332}));
  EXPECT_FALSE(sync.is_active());

  status(1, Height{345});
  EXPECT_TRUE(sync.is_active());
  give_header(1, Height{345});
  fetch(333, 345, Height{345});
  expect_certified(Height{345});
  EXPECT_EQ(counters.value(Counter::sync_peers_blamed), 0U);
}

TEST_F(BlockSyncEpochs, OnceTheSetsAreKnownAHeadOfALaterEpochIsATarget) {
  tip(Height{325});
  fx.clear();
  connect(1);
  status(1, Height{345});
  give_epochs(1, ends(2, 1));
  EXPECT_FALSE(sync.is_active()) << "seven blocks are left to the consensus";
  status(1, Height{345});
  EXPECT_EQ(sync.target(), Height{345}) << "the height decides";
  status(1, Height{331});
  EXPECT_EQ(sync.target(), Height{345});
  give_header(1, Height{345});
  fetch(326, 332, Height{345});
  expect_certified(Height{332});
  fetch(333, 345, Height{345});
  expect_certified(Height{345});
}

TEST_F(BlockSyncEpochs, ABatchOverTheEndOfAnEpochIsBlamed) {
  tip(Height{290});
  fx.clear();
  learn(1);
  give_header(1, Height{332});
  give_batch(1, batch(Height{291}, 12, Height{332}));
  EXPECT_EQ(blamed(), PeerReason::malformed);
  EXPECT_TRUE(all_of<CheckBlock>(fx).empty());
}

TEST_F(BlockSyncEpochs, LiarsAboutEpochsAreSentAwayAndNothingIsBelieved) {
  ByteVector forged = to_vector(chain.end_of(1).certificate);
  forged.back() ^= 1;
  const std::vector<std::vector<crypto::format::EpochEndView>> lies{
      {{chain.end_of(0).header, chain.end_of(0).certificate, chain.end_of(1).next_authorities}},  // a foreign set
      {{chain.end_of(0).header, chain.end_of(1).certificate, chain.end_of(0).next_authorities}},  // of another epoch
      {chain.end_of(1)},                                                                          // another step
      {chain.end_of(0), {chain.end_of(1).header, forged, chain.end_of(1).next_authorities}}};
  std::uint64_t conn = 0;
  for (const auto& lie : lies) {
    connect(++conn);
    status(conn, Height{345});
    give_epochs(conn, lie);
    EXPECT_EQ(blamed(), PeerReason::malformed) << conn;
    EXPECT_EQ(sync.target(), Height{0});
    fx.clear();
  }
  EXPECT_EQ(counters.value(Counter::sync_peers_blamed), lies.size());
  learn(++conn);
  EXPECT_EQ(sync.target(), Height{332});
}

TEST_F(BlockSyncEpochs, WhoNamesAnEpochAndDoesNotProveItMakesRoomForOthers) {
  connect(1);
  status(1, Height{345});
  const std::uint32_t corr = request(1, MessageKind::get_epochs);
  connect(2);
  status(2, Height{345});
  EXPECT_EQ(request(2, MessageKind::get_epochs), 0U) << "one is asked at a time";
  sync.on_error(now(), ConnId{1}, corr, PeerReason::not_found, fx);
  status(1, Height{345});
  EXPECT_EQ(request(1, MessageKind::get_epochs), 0U);
  status(2, Height{345});
  EXPECT_NE(request(2, MessageKind::get_epochs), 0U);
  fx.clear();
  advance(Duration::seconds(10));
  EXPECT_EQ(counters.value(Counter::sync_timeouts), 1U);
  status(2, Height{345});
  EXPECT_EQ(request(2, MessageKind::get_epochs), 0U);
  advance(Duration::seconds(20));
  fx.clear();
  status(1, Height{345});
  EXPECT_NE(request(1, MessageKind::get_epochs), 0U);
}

TEST_F(BlockSyncEpochs, ACertificateOfALaterEpochBelowTheTipIsOfNoUse) {
  connect(1);
  tip(Height{5});
  fx.clear();
  ByteVector certificate = chain.encoded_certificate(Height{345});
  status(1, Height{4}, certificate);
  status(1, Height{5}, certificate);
  EXPECT_TRUE(fx.empty());
}

TEST_F(BlockSyncEpochs, TheBlockThatEndedAnEpochIsCheckedWithTheSetThatEndedIt) {
  tip(Height{301}, BlockId{});
  fx.clear();
  connect(1);
  status(1, Height{301});
  const auto conflict = sync.take_conflict();
  ASSERT_TRUE(conflict);
  EXPECT_EQ(conflict->block_id, chain.id(Height{301}));
  EXPECT_EQ(conflict->certificate, chain.encoded_certificate(Height{301}));
}

TEST_F(BlockSyncEpochs, AuthoritiesOfAnEpochThatIsOverDecideNothingAboveItsEnd) {
  tip(Height{305});
  fx.clear();
  connect(1);
  // What the ones before sign for the height of the tip is no conflict: they may have left, and their keys with them.
  crypto::format::Certificate late = chain.certificate(Height{301}, BlockId{});
  late.height = Height{305};
  status(1, Height{305}, crypto::format::encode_certificate(late, genesis.authorities.size()));
  EXPECT_FALSE(sync.take_conflict());
  EXPECT_TRUE(fx.empty() || !std::holds_alternative<VerifySignatures>(fx.back()));
}

TEST_F(BlockSyncEpochs, AnEndBelowTheTipThatIsNotThisChainsIsAConflict) {
  crypto::format::Genesis same = genesis;
  sim::ChainSample longer{same, 310};
  sync.on_tip(now(), Height{310}, longer.id(Height{310}), longer.system(Height{310}), fx);
  fx.clear();
  connect(1);
  status(1, Height{345});
  give_epochs(1, ends(0, 1));
  const auto conflict = sync.take_conflict();
  ASSERT_TRUE(conflict);
  EXPECT_EQ(conflict->height, Height{301});
}

TEST_F(BlockSyncEpochs, ACertifiedBlockThatEndsTheEpochElsewhereHalts) {
  sim::ChainSample other{genesis, 20};
  other.end_epoch(sim::sample_authorities({1}));
  other.grow(20);
  tip(Height{0});
  fx.clear();
  connect(1);
  // A head of the running epoch, signed by its authorities, above a block that ends it.
  const Height head{41};
  crypto::format::Certificate certificate = chain.certificate(head, other.id(head));
  status(1, head, crypto::format::encode_certificate(certificate, genesis.authorities.size()));
  const std::uint32_t corr = request(1, MessageKind::get_headers);
  fx.clear();
  sync.on_headers(now(), ConnId{1}, corr, other.block(head).view().first(crypto::format::block_header_bytes), fx);
  OpenedBatch batch{Height{1}, {}, {}};
  for (std::uint64_t height = 1; height <= 41; ++height) batch.blocks.push_back(other.block(Height{height}));
  give_batch(1, batch);
  ASSERT_EQ(all_of<Alarm>(fx).size(), 1U);
  EXPECT_EQ(all_of<Alarm>(fx)[0].kind, AlarmKind::halted_invalid_certified);
  EXPECT_TRUE(all_of<CheckBlock>(fx).empty());
}

}  // namespace
}  // namespace provchain::core
