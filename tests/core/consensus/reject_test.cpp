// SPDX-License-Identifier: Apache-2.0
// One node, fed by hand: every reason to refuse an input, and what it costs the peer.
#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/format/block.hpp"
#include "engine/core/consensus/block_tree.hpp"
#include "engine/core/consensus/consensus.hpp"
#include "engine/core/consensus/leader.hpp"
#include "engine/core/consensus/verifier.hpp"
#include "tests/core/consensus/cluster.hpp"
#include "tests/core/consensus/epochs.hpp"
#include "wire/messages.hpp"

namespace provchain::core::consensus::test {
namespace {

using crypto::format::Ballot;
using crypto::format::BlockHeader;
using crypto::format::Vote;
using crypto::format::VoteKind;

// Authority `i` of four is connection i; this node is the one that leads view 4, and connection 9 speaks for nobody.
class ConsensusReject : public testing::Test {
 protected:
  ConsensusReject()
      : genesis_(test_genesis(4, {})),
        epoch_(genesis_epoch(genesis_)),
        me_(epoch_.leader(View(4))),
        consensus_(Options{}, genesis_, genesis_.authorities[me_.value()].key, roster_, mempool_, TicketSource(owner::consensus),
                   CorrelationSource(owner::consensus)) {
    for (std::uint16_t i = 0; i < 4; ++i) {
      if (AuthorityIndex(i) == me_) continue;
      roster_.add(ConnId(i));
      roster_.attest(ConnId(i), AuthorityIndex(i));
    }
    roster_.add(ConnId(9));
    Recovered recovered;
    recovered.tip = genesis_header(genesis_);
    recovered.tip_id = block_id_of(recovered.tip);
    recovered.history = extend_history({}, recovered.tip_id);
    consensus_.on_start(now_, recovered, fx_);
    for (const ConnId conn : roster_.ready()) consensus_.on_peer_ready(now_, conn, fx_);
    wire::ViewStatus fresh;
    fresh.view = View(1);
    for (const ConnId conn : roster_.ready())
      consensus_.on_message(now_, conn, {wire::MessageKind::view_status, false, 0, 1, wire::build_view_status(fresh)}, fx_);
    fx_.clear();
  }

  // Delivers, lets all signatures pass or fail, and says how often the reason was counted meanwhile.
  std::uint64_t give(Reject reason, ConnId from, const wire::OutMessage& message, bool signatures_hold = true) {
    const std::uint64_t before = count(reason);
    const wire::InMessage in{message.kind, message.response, message.corr, 1, message.payload};
    consensus_.on_message(now_, from, in, fx_);
    for (std::size_t i = 0; i < fx_.size(); ++i) {
      const auto* verify = std::get_if<VerifySignatures>(&fx_[i]);
      if (verify == nullptr) continue;
      const Ticket ticket = verify->ticket;
      const std::vector<bool> valid(verify->checks.size(), signatures_hold);
      fx_[i] = Alarm{};
      consensus_.on_verified(now_, ticket, valid, fx_);
    }
    return count(reason) - before;
  }
  [[nodiscard]] std::uint64_t count(Reject reason) const { return consensus_.rejects()[static_cast<std::size_t>(reason)]; }
  bool disconnected() {
    const bool found = std::ranges::any_of(fx_, [](const Effect& effect) { return std::holds_alternative<Disconnect>(effect); });
    fx_.clear();
    return found;
  }
  [[nodiscard]] ConnId leader_conn(std::uint64_t view) const { return ConnId(epoch_.leader(View(view)).value()); }
  [[nodiscard]] std::size_t leader(std::uint64_t view) const { return epoch_.leader(View(view)).value(); }

  static wire::OutMessage raw(wire::MessageKind kind, ByteVector bytes) {
    wire::OutMessage message;
    message.kind = kind;
    message.payload = SharedBytes::copy_of(bytes);
    return message;
  }
  static wire::OutMessage message_of(const Vote& vote) { return raw(wire::MessageKind::vote, to_vector(encode_vote(vote))); }
  [[nodiscard]] Vote nullify(std::size_t signer, std::uint64_t since, std::uint64_t view) const {
    return sign_vote(epoch_.context, signer, {VoteKind::nullify, Epoch{}, View(view), View(since), Height{}, BlockId{}});
  }
  [[nodiscard]] SharedBytes block_in(std::uint64_t view) const {
    const SharedBytes tx = make_transaction(genesis_.network_id, view);
    BlockHeader header;
    header.height = Height(1);
    header.view = View(view);
    header.proposer = epoch_.leader(View(view));
    header.tx_count = 1;
    header.total_txs = 1;
    header.total_quads = 1;
    header.body_bytes = tx.size();
    header.tx_root = crypto::format::tx_root_of(std::vector{*crypto::format::decode_transaction(tx.view())});
    header.timestamp_ms = static_cast<std::uint64_t>(now_.wall.ms);
    header.network_id = genesis_.network_id;
    header.parent_id = epoch_.context.anchor_id;
    header.epoch_anchor_id = epoch_.context.anchor_id;
    header.history_root = history_root_of(extend_history({}, epoch_.context.anchor_id));
    header.system_root = system_root_of(*epoch_.system);
    header.authority_set_hash = epoch_.authority_set_hash;
    header.next_authority_set_hash = epoch_.authority_set_hash;
    ByteVector bytes = to_vector(encode_block_header(header));
    append(bytes, tx.view());
    return SharedBytes::copy_of(bytes);
  }
  [[nodiscard]] wire::OutMessage propose(const Vote& vote, const SharedBytes& block) const {
    wire::ProposalFields fields;
    const auto vote_bytes = encode_vote(vote);
    fields.vote = vote_bytes;
    fields.block = block.view();
    return wire::one_way(wire::MessageKind::proposal, wire::build_proposal(fields));
  }
  [[nodiscard]] Vote notarize(std::uint64_t view, const SharedBytes& block) const {
    const BlockId id = crypto::format::block_id_of(block.view().first(crypto::format::block_header_bytes));
    return sign_vote(epoch_.context, leader(view), {VoteKind::notarize, Epoch{}, View(view), View(0), Height(1), id});
  }
  // The answer of the crypto pool to the CheckBlock among the effects.
  void check(BlockOutcome outcome) {
    for (const Effect& effect : Effects(fx_)) {
      const auto* block = std::get_if<CheckBlock>(&effect);
      if (block == nullptr) continue;
      BlockVerdict verdict = check_block(block->bytes.view());
      verdict.outcome = outcome;
      consensus_.on_block_checked(now_, block->ticket, verdict, fx_);
    }
  }

  Now now_{MonoTime{1'000'000}, WallTime{1'700'000'100'000}};
  crypto::format::Genesis genesis_;
  EpochSet epoch_;
  AuthorityIndex me_;
  Roster roster_;
  Mempool mempool_{MempoolOptions{}};
  Effects fx_;
  Consensus consensus_;
};

TEST_F(ConsensusReject, MalformedBytesCostTheConnection) {
  for (const wire::MessageKind kind : {wire::MessageKind::vote, wire::MessageKind::proposal, wire::MessageKind::certificate,
                                       wire::MessageKind::view_status, wire::MessageKind::get_certificates}) {
    EXPECT_EQ(give(Reject::malformed, leader_conn(1), raw(kind, ByteVector(11, 0xff))), 1U) << static_cast<int>(kind);
    EXPECT_TRUE(disconnected());
  }
  Vote vote = nullify(leader(1), 0, 1);
  vote.ballot.height = Height(1);
  EXPECT_EQ(give(Reject::malformed, leader_conn(1), message_of(vote)), 1U) << "a NULLIFY of a height is not well formed";
}

TEST_F(ConsensusReject, BadSignaturesCostTheConnection) {
  EXPECT_EQ(give(Reject::bad_signature, leader_conn(1), message_of(nullify(leader(1), 0, 1)), false), 1U);
  EXPECT_TRUE(disconnected());
}

TEST_F(ConsensusReject, VotesOfTheWrongKindOfSenderAreDropped) {
  Vote vote = nullify(leader(1), 0, 1);
  EXPECT_EQ(give(Reject::not_an_authority, ConnId(9), message_of(vote)), 1U);
  EXPECT_EQ(give(Reject::foreign_vote, leader_conn(2), message_of(vote)), 1U);
  vote.signer = AuthorityIndex(4);
  EXPECT_EQ(give(Reject::unknown_signer, leader_conn(1), message_of(vote)), 1U);
  vote.signer = AuthorityIndex(static_cast<std::uint16_t>(leader(1)));
  vote.ballot.epoch = Epoch(1);
  EXPECT_EQ(give(Reject::wrong_epoch, leader_conn(1), message_of(vote)), 1U);
  EXPECT_EQ(give(Reject::outside_window, leader_conn(1), message_of(nullify(leader(1), 0, 10))), 1U);
  EXPECT_FALSE(disconnected());
}

TEST_F(ConsensusReject, RepeatedAndConflictingVotesAreCounted) {
  EXPECT_EQ(give(Reject::duplicate, leader_conn(2), message_of(nullify(leader(2), 0, 3))), 0U);
  EXPECT_EQ(give(Reject::duplicate, leader_conn(2), message_of(nullify(leader(2), 0, 3))), 1U);
  EXPECT_EQ(give(Reject::equivocation, leader_conn(2), message_of(nullify(leader(2), 1, 3))), 1U);
  EXPECT_EQ(give(Reject::equivocation, leader_conn(2), message_of(nullify(leader(2), 2, 3))), 1U) << "dropped unverified by now";
  EXPECT_FALSE(disconnected());
}

TEST_F(ConsensusReject, ProposalsMustComeFromTheirLeaderWithTheirHeader) {
  const SharedBytes block = block_in(1);
  Vote vote = notarize(1, block);
  EXPECT_EQ(give(Reject::not_an_authority, ConnId(9), propose(vote, block)), 1U);
  EXPECT_EQ(give(Reject::wrong_header, leader_conn(1), propose(notarize(1, block_in(2)), block)), 1U);
  vote.signer = AuthorityIndex(static_cast<std::uint16_t>(leader(2)));
  EXPECT_EQ(give(Reject::wrong_leader, leader_conn(1), propose(vote, block)), 1U);
  EXPECT_EQ(give(Reject::outside_window, leader_conn(1), propose(notarize(40, block_in(40)), block_in(40))), 1U);
}

TEST_F(ConsensusReject, AWrongBodyIsChargedToItsSender) {
  const SharedBytes block = block_in(1);
  (void)give(Reject::duplicate, leader_conn(1), propose(notarize(1, block), block));
  check(BlockOutcome::wrong_body);
  EXPECT_EQ(count(Reject::wrong_body), 1U);
  EXPECT_TRUE(disconnected());
}

TEST_F(ConsensusReject, ABodyThatDoesNotReadIsChargedToItsSenderAndNeverChecked) {
  ByteVector bytes = to_vector(block_in(1).view());
  bytes[crypto::format::block_header_bytes] ^= 0xff;
  const SharedBytes spoilt = SharedBytes::copy_of(bytes);
  EXPECT_EQ(give(Reject::wrong_body, leader_conn(1), propose(notarize(1, spoilt), spoilt)), 1U);
  EXPECT_TRUE(std::ranges::none_of(fx_, [](const Effect& effect) { return std::holds_alternative<CheckBlock>(effect); }));
  EXPECT_TRUE(disconnected());
}

TEST_F(ConsensusReject, AnInvalidBlockEndsItsView) {
  const SharedBytes block = block_in(1);
  (void)give(Reject::duplicate, leader_conn(1), propose(notarize(1, block), block));
  check(BlockOutcome::invalid);
  EXPECT_EQ(count(Reject::invalid_block), 1U);
  EXPECT_EQ(consensus_.guard().view, View(1)) << "nullified at once";
  EXPECT_EQ(consensus_.guard().step, 2U);
}

TEST_F(ConsensusReject, AValidBlockIsNotarised) {
  const SharedBytes block = block_in(1);
  (void)give(Reject::duplicate, leader_conn(1), propose(notarize(1, block), block));
  EXPECT_EQ(consensus_.guard().view, View(0));
  check(BlockOutcome::valid);
  EXPECT_EQ(consensus_.guard().view, View(1));
  EXPECT_EQ(consensus_.guard().step, 1U);
}

TEST_F(ConsensusReject, AnUntimelyBlockWaits) {
  now_.wall.ms += 60'000;
  const SharedBytes block = block_in(1);
  now_.wall.ms -= 60'000;
  (void)give(Reject::duplicate, leader_conn(1), propose(notarize(1, block), block));
  check(BlockOutcome::valid);
  EXPECT_EQ(count(Reject::untimely), 1U);
  EXPECT_EQ(consensus_.guard().view, View(0));
}

TEST_F(ConsensusReject, AProposalOnAnotherParentThanItNamesIsHopeless) {
  ByteVector other = to_vector(block_in(1).view());
  auto header = *crypto::format::decode_block_header(Bytes(other).first(crypto::format::block_header_bytes));
  header.parent_id.bytes.fill(5);
  std::ranges::copy(encode_block_header(header), other.begin());
  const SharedBytes changed = SharedBytes::copy_of(other);
  EXPECT_EQ(give(Reject::wrong_ancestry, leader_conn(1), propose(notarize(1, changed), changed)), 1U);
}

TEST_F(ConsensusReject, AProposalBesideWhatHasBecomeFinalIsHopeless) {
  const SharedBytes block = block_in(1);
  (void)give(Reject::duplicate, leader_conn(1), propose(notarize(1, block), block));
  check(BlockOutcome::valid);
  const SharedBytes beside = block_in(2);
  EXPECT_EQ(give(Reject::wrong_ancestry, leader_conn(2), propose(notarize(2, beside), beside)), 0U) << "it is early";
  crypto::format::Certificate finality;
  finality.kind = VoteKind::finalize;
  finality.view = View(1);
  finality.height = Height(1);
  finality.block_id = crypto::format::block_id_of(block.view().first(crypto::format::block_header_bytes));
  for (std::uint16_t i = 0; i < 4; ++i) {
    if (AuthorityIndex(i) == me_) continue;
    const Vote vote = sign_vote(epoch_.context, i, {VoteKind::finalize, Epoch{}, View(1), View(0), Height(1), finality.block_id});
    finality.signers.push_back({AuthorityIndex(i), View(0), vote.signature});
  }
  (void)give(Reject::duplicate, leader_conn(1), raw(wire::MessageKind::certificate, encode_certificate(finality, 4)));
  ASSERT_EQ(consensus_.last_final().view, View(1));
  ASSERT_EQ(consensus_.view(), View(2));
  EXPECT_EQ(count(Reject::wrong_ancestry), 1U) << "it stands on the genesis";
  EXPECT_EQ(consensus_.guard().view, View(1)) << "no vote for it";
}

TEST_F(ConsensusReject, MessagesThatAreNotOfTheConsensusAreDropped) {
  for (const wire::MessageKind kind : {wire::MessageKind::hello, wire::MessageKind::ping, wire::MessageKind::get_epochs,
                                       wire::MessageKind::tx_announce, wire::MessageKind::get_batch})
    EXPECT_EQ(give(Reject::unsolicited, leader_conn(1), raw(kind, ByteVector(24))), 1U) << static_cast<int>(kind);
  EXPECT_FALSE(disconnected());
}

TEST_F(ConsensusReject, AnswersNobodyAskedForAreDropped) {
  EXPECT_EQ(give(Reject::unsolicited, leader_conn(1), wire::answer(wire::MessageKind::certificates, 77, SharedBytes::of_size(8))),
            1U);
  EXPECT_EQ(give(Reject::unsolicited, leader_conn(1), wire::answer(wire::MessageKind::batch, 77, SharedBytes::of_size(8))), 1U);
  consensus_.on_verified(now_, Ticket(5), {true}, fx_);
  consensus_.on_block_checked(now_, Ticket(5), BlockVerdict{}, fx_);
  consensus_.on_batch_opened(now_, Ticket(5), std::nullopt, fx_);
  consensus_.on_vote_signed(now_, Ticket(5), Signature{}, fx_);
  EXPECT_EQ(count(Reject::unknown_ticket), 4U);
  EXPECT_FALSE(disconnected());
}

TEST_F(ConsensusReject, APeerMayNotFillTheCryptoPool) {
  const std::uint64_t before = count(Reject::too_many_pending);
  for (std::uint64_t view = 1; view <= 9; ++view) {
    const SharedBytes block = block_in(view);
    const wire::OutMessage message = propose(notarize(view, block), block);
    consensus_.on_message(now_, leader_conn(1), wire::InMessage{message.kind, false, 0, 1, message.payload}, fx_);
  }
  EXPECT_EQ(count(Reject::too_many_pending) - before, 9 - Verifier::proposals_per_peer_max);
}

TEST_F(ConsensusReject, TheKeyGuardsRefusalEndsAllVoting) {
  const SharedBytes block = block_in(1);
  (void)give(Reject::duplicate, leader_conn(1), propose(notarize(1, block), block));
  check(BlockOutcome::valid);
  const auto cast = std::ranges::find_if(fx_, [](const Effect& effect) { return std::holds_alternative<CastVote>(effect); });
  ASSERT_NE(cast, fx_.end());
  EXPECT_EQ(std::get<CastVote>(*cast).bodies.size(), 1U) << "the vote relies on the block";
  const Ticket ticket = std::get<CastVote>(*cast).ticket;
  consensus_.on_vote_signed(now_, ticket, std::nullopt, fx_);
  EXPECT_EQ(consensus_.mode(), Mode::quarantined);
  const auto is_refusal = [](const Effect& effect) {
    const auto* alarm = std::get_if<Alarm>(&effect);
    return alarm != nullptr && alarm->kind == AlarmKind::guard_refused;
  };
  EXPECT_EQ(std::ranges::count_if(fx_, is_refusal), 1);
}

TEST_F(ConsensusReject, ProposalsOfViewsLongPastAreDropped) {
  crypto::format::Certificate certificate;
  certificate.kind = VoteKind::nullify;
  certificate.view = View(30);
  for (std::uint16_t i = 0; i < 4; ++i) {
    if (AuthorityIndex(i) == me_) continue;
    certificate.signers.push_back({AuthorityIndex(i), View(0), nullify(i, 0, 30).signature});
  }
  const wire::OutMessage message = raw(wire::MessageKind::certificate, encode_certificate(certificate, 4));
  EXPECT_EQ(give(Reject::not_an_authority, ConnId(9), message), 1U) << "only finality is taken from anybody";
  (void)give(Reject::duplicate, leader_conn(2), message);
  ASSERT_EQ(consensus_.view(), View(31)) << "certificates prove themselves, whichever authority brings them";
  const SharedBytes block = block_in(1);
  EXPECT_EQ(give(Reject::own_view_passed, leader_conn(1), propose(notarize(1, block), block)), 1U);
}

TEST(ConsensusNames, EveryReasonAndModeHasOne) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < reject_count; ++i) names.insert(to_string(static_cast<Reject>(i)));
  EXPECT_EQ(names.size(), reject_count);
  for (const Mode mode : {Mode::joining, Mode::syncing, Mode::active, Mode::observer, Mode::quarantined, Mode::halted})
    names.insert(to_string(mode));
  EXPECT_EQ(names.size(), reject_count + 6);
}

}  // namespace
}  // namespace provchain::core::consensus::test
