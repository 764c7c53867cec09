// SPDX-License-Identifier: Apache-2.0
// Authorities that lie. One of four may do whatever it likes; the others must agree and go on.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "crypto/format/block.hpp"
#include "engine/core/consensus/block_tree.hpp"
#include "engine/core/consensus/leader.hpp"
#include "tests/core/consensus/cluster.hpp"
#include "tests/core/consensus/epochs.hpp"
#include "wire/messages.hpp"

namespace provchain::core::consensus::test {
namespace {

using crypto::format::Ballot;
using crypto::format::Vote;
using crypto::format::VoteKind;

void load(Cluster& cluster, int transactions, Duration pause) {
  for (int i = 0; i < transactions; ++i) {
    cluster.submit();
    cluster.run_for(pause);
  }
}

// The parts of a proposal as owned bytes, to be changed and put together again.
struct OwnProposal {
  explicit OwnProposal(const wire::OutMessage& message) {
    const auto view = *wire::parse_proposal(message.payload.view());
    vote = *crypto::format::decode_vote(view.vote);
    form = view.form;
    block = to_vector(view.block);
    parent = to_vector(view.parent_certificate);
    finality = to_vector(view.finality_certificate);
    for (const Bytes skip : view.skip_certificates) skips.push_back(to_vector(skip));
  }
  [[nodiscard]] wire::OutMessage build() const {
    wire::ProposalFields fields;
    const auto vote_bytes = encode_vote(vote);
    fields.vote = vote_bytes;
    fields.form = form;
    fields.block = block;
    fields.parent_certificate = parent;
    fields.finality_certificate = finality;
    fields.skip_certificates = skips;
    return wire::one_way(wire::MessageKind::proposal, wire::build_proposal(fields));
  }
  // Another header under the same leader's signature.
  void change_header(const Cluster& cluster, std::size_t leader,
                     const std::function<void(crypto::format::BlockHeader&)>& change) {
    auto header = *crypto::format::decode_block_header(Bytes(block).first(crypto::format::block_header_bytes));
    change(header);
    const auto bytes = encode_block_header(header);
    std::ranges::copy(bytes, block.begin());
    vote.ballot.block_id = block_id_of(header);
    vote = sign_vote(genesis_epoch(cluster.genesis()).context, leader, vote.ballot);
  }

  Vote vote;
  wire::BodyForm form{};
  ByteVector block;
  ByteVector parent;
  ByteVector finality;
  std::vector<ByteVector> skips;
};

wire::OutMessage vote_message(const Vote& vote) {
  return wire::one_way(wire::MessageKind::vote, SharedBytes::copy_of(encode_vote(vote)));
}

TEST(ConsensusAdversary, ALeaderWithTwoBlocksIsFoundOutAndPassedOver) {
  Cluster cluster(quick(4));
  constexpr std::size_t liar = 1;
  std::map<std::uint64_t, Vote> second;  // by view: what one half is told
  cluster.set_adversary([&](std::size_t from, std::size_t to, wire::OutMessage& message) {
    if (from != liar || to % 2 == 0) return true;
    if (message.kind == wire::MessageKind::proposal) {
      OwnProposal proposal(message);
      if (proposal.form != wire::BodyForm::full) return true;
      proposal.change_header(cluster, liar, [](auto& header) { ++header.timestamp_ms; });
      second[proposal.vote.ballot.view.value()] = proposal.vote;
      message = proposal.build();
    } else if (message.kind == wire::MessageKind::vote) {
      const Vote vote = *crypto::format::decode_vote(message.payload.view());
      const auto other = second.find(vote.ballot.view.value());
      if (vote.ballot.kind == VoteKind::notarize && other != second.end()) message = vote_message(other->second);
    }
    return true;
  });
  load(cluster, 20, Duration::millis(300));
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(20))) << cluster.describe();
  EXPECT_FALSE(second.empty());
  EXPECT_SOUND(cluster);
}

TEST(ConsensusAdversary, TwoNotarisationsOfOneSignerRaiseTheAlarm) {
  Cluster cluster(quick(4));
  const auto context = genesis_epoch(cluster.genesis()).context;
  cluster.run_for(Duration::seconds(1));
  for (std::uint8_t id = 1; id <= 2; ++id) {
    Ballot ballot{VoteKind::notarize, Epoch{}, View(3), View(0), Height(1), BlockId{}};
    ballot.block_id.bytes.fill(id);
    cluster.inject(1, 0, vote_message(sign_vote(context, 1, ballot)));
    cluster.run_for(Duration::millis(50));
  }
  EXPECT_EQ(cluster.alarms(AlarmKind::equivocation), 1U);
  ASSERT_EQ(cluster.evidence().size(), 1U);
  EXPECT_EQ(cluster.evidence().front().signer, AuthorityIndex(1));
  EXPECT_EQ(contradiction_of(cluster.evidence().front()), crypto::format::Contradiction::two_notarisations);
}

TEST(ConsensusAdversary, ASelectiveLeaderDoesNotLeaveAnybodyBehind) {
  Cluster cluster(quick(4));
  constexpr std::size_t liar = 2;
  cluster.set_adversary([&](std::size_t from, std::size_t to, const wire::OutMessage& message) {
    return from != liar || to != 0 || message.kind != wire::MessageKind::proposal;
  });
  load(cluster, 20, Duration::millis(200));
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(20))) << cluster.describe();
  EXPECT_SOUND(cluster);
}

TEST(ConsensusAdversary, AProposalThatSkipsAViewWithoutProofForksNobody) {
  // Node x alone learns that view 1 is final. The leader of view 2 then builds beside its block and shows no skip certificate;
  // votes of the liar and the other two would be a quorum.
  ClusterOptions options = quick(4);
  Cluster cluster(options);
  cluster.run_for(Duration::seconds(1));
  const std::size_t liar = cluster.leader_of(View(2));
  const std::size_t x = (liar + 1) % 4;
  const auto genesis = genesis_header(cluster.genesis());
  std::size_t told = 0;
  cluster.set_adversary([&](std::size_t from, std::size_t to, wire::OutMessage& message) {
    if (from == x) return false;  // it has finality and keeps it to itself
    if (message.kind == wire::MessageKind::certificate || message.kind == wire::MessageKind::certificates) return false;
    if (message.kind == wire::MessageKind::vote) {
      const Ballot ballot = crypto::format::decode_vote(message.payload.view())->ballot;
      if (from == liar && ballot.view == View(2)) return false;  // for the block that it was going to propose
      return ballot.kind != VoteKind::finalize || ballot.view != View(1) || to == x;
    }
    if (message.kind != wire::MessageKind::proposal || from != liar) return true;
    OwnProposal proposal(message);
    if (proposal.vote.ballot.view != View(2) || proposal.form != wire::BodyForm::full) return true;
    proposal.vote.ballot.parent_view = View(0);
    proposal.vote.ballot.height = Height(1);
    proposal.parent.clear();
    proposal.skips.clear();
    proposal.change_header(cluster, liar, [&](auto& header) {
      header.height = Height(1);
      header.parent_id = block_id_of(genesis);
      header.history_root = history_root_of(extend_history({}, block_id_of(genesis)));
      header.total_txs = header.tx_count;
      header.total_quads = header.tx_count;
    });
    message = proposal.build();
    // The vote goes with the proposal, so that the block is notarised if anybody believes it.
    for (std::size_t i = 0; i < 4; ++i) {
      Ballot finalize = proposal.vote.ballot;
      finalize.kind = VoteKind::finalize;
      cluster.inject(liar, i, vote_message(sign_vote(genesis_epoch(cluster.genesis()).context, liar, finalize)));
    }
    ++told;
    return true;
  });
  cluster.submit();
  cluster.run_for(Duration::millis(120));
  cluster.submit();
  cluster.run_for(Duration::seconds(3));
  EXPECT_GT(told, 0U);
  EXPECT_GE(cluster.height(x), 1U) << cluster.describe();
  EXPECT_SOUND(cluster);
}

TEST(ConsensusAdversary, AViewLeftByASkipThatCoversLittleIsNullifiedWithTheOwnReach) {
  Cluster cluster(quick(4));
  const auto context = genesis_epoch(cluster.genesis()).context;
  cluster.run_for(Duration::seconds(1));  // everybody vouches for everybody
  cluster.set_adversary([](std::size_t, std::size_t, const wire::OutMessage&) { return false; });
  crypto::format::Certificate certificate;
  certificate.kind = VoteKind::nullify;
  certificate.view = View(5);
  for (std::size_t i = 1; i < 4; ++i) {
    const Ballot ballot{VoteKind::nullify, Epoch{}, View(5), View(4), Height{}, BlockId{}};
    certificate.signers.push_back(
        {AuthorityIndex(static_cast<std::uint16_t>(i)), View(4), sign_vote(context, i, ballot).signature});
  }
  const auto bytes = encode_certificate(certificate, 4);
  cluster.inject(1, 0, wire::one_way(wire::MessageKind::certificate, SharedBytes::copy_of(bytes)));
  cluster.run_for(Duration::millis(100));
  EXPECT_EQ(cluster.at(0).view(), View(6));
  const Ballot expected{VoteKind::nullify, Epoch{}, View(5), View(0), Height{}, BlockId{}};
  EXPECT_EQ(cluster.at(0).guard().last, encode_statement(context, expected));
}

TEST(ConsensusAdversary, ALiarAboutSinceWhoRushesDoesNotStopTheOthers) {
  // One authority always says since = v − 1 and is heard first, while proposals were lost for a minute.
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    ClusterOptions options = quick(4, seed);
    options.plain_nullify = {3};
    Cluster cluster(options);
    bool storm = true;
    cluster.set_adversary([&](std::size_t from, std::size_t, const wire::OutMessage& message) {
      if (!storm) return true;
      if (message.kind == wire::MessageKind::proposal) return false;
      return from == 3 || seed % 2 == 0 || message.kind != wire::MessageKind::certificate;
    });
    const TxId id = cluster.submit();
    cluster.run_for(Duration::seconds(90));
    storm = false;
    EXPECT_TRUE(cluster.run_until([&] { return cluster.is_final_at(id, 0); }, Duration::seconds(150))) << cluster.describe();
    EXPECT_SOUND(cluster);
  }
}

TEST(ConsensusAdversary, AWrongBodyIsTheSendersFaultAndNeverTheBlocks) {
  Cluster cluster(quick(4));
  constexpr std::size_t liar = 1;
  std::size_t sent = 0;
  cluster.set_adversary([&](std::size_t from, std::size_t to, wire::OutMessage& message) {
    if (from != liar || to != 0 || message.kind != wire::MessageKind::proposal) return true;
    OwnProposal proposal(message);
    if (proposal.form != wire::BodyForm::full) return true;
    proposal.block.back() ^= 1;
    message = proposal.build();
    ++sent;
    return true;
  });
  load(cluster, 12, Duration::millis(300));
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(20))) << cluster.describe();
  EXPECT_GT(sent, 0U);
  EXPECT_GT(cluster.disconnects(), 0U);
  EXPECT_EQ(cluster.alarms(AlarmKind::halted_invalid_certified), 0U);
  EXPECT_SOUND(cluster);
}

TEST(ConsensusAdversary, AnInvalidBlockIsNotVotedForAndItsViewIsSkippedAtOnce) {
  Cluster cluster(quick(4));
  constexpr std::size_t liar = 1;
  cluster.set_adversary([&](std::size_t from, std::size_t, wire::OutMessage& message) {
    if (from != liar || message.kind != wire::MessageKind::proposal) return true;
    OwnProposal proposal(message);
    if (proposal.form != wire::BodyForm::full) return true;
    proposal.change_header(cluster, liar, [](auto& header) { ++header.total_quads; });
    message = proposal.build();
    return true;
  });
  load(cluster, 12, Duration::millis(300));
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(20))) << cluster.describe();
  EXPECT_EQ(cluster.alarms(AlarmKind::halted_invalid_certified), 0U);
  EXPECT_SOUND(cluster);
}

TEST(ConsensusAdversary, ACertificateForAnInvalidBlockHaltsAndTheNodeGoesOnServing) {
  Cluster cluster(quick(4));
  const auto context = genesis_epoch(cluster.genesis()).context;
  cluster.run_for(Duration::seconds(1));
  std::optional<Ballot> bad;
  const std::size_t leader = cluster.leader_of(cluster.max_view());
  const std::size_t victim = leader == 0 ? 1 : 0;
  cluster.set_adversary([&](std::size_t from, std::size_t to, wire::OutMessage& message) {
    if (message.kind != wire::MessageKind::proposal || bad) return to != victim;
    OwnProposal proposal(message);
    proposal.change_header(cluster, from, [](auto& header) { ++header.total_quads; });
    bad = proposal.vote.ballot;
    cluster.inject(from, victim, proposal.build());
    return false;
  });
  cluster.submit();
  ASSERT_TRUE(cluster.run_until([&] { return bad.has_value(); }, Duration::seconds(2)));
  cluster.run_for(Duration::millis(30));
  crypto::format::Certificate certificate{VoteKind::notarize, Epoch{},       bad->view, bad->parent_view,
                                          bad->height,        bad->block_id, {}};
  for (std::size_t i = 0; i < 4; ++i) {
    if (i == victim) continue;
    certificate.signers.push_back({AuthorityIndex(static_cast<std::uint16_t>(i)), View{}, sign_vote(context, i, *bad).signature});
  }
  cluster.set_adversary(nullptr);
  const auto bytes = encode_certificate(certificate, 4);
  cluster.inject(leader, victim, wire::one_way(wire::MessageKind::certificate, SharedBytes::copy_of(bytes)));
  cluster.run_for(Duration::millis(100));
  EXPECT_EQ(cluster.at(victim).mode(), Mode::halted) << cluster.describe();
  EXPECT_EQ(cluster.alarms(AlarmKind::halted_invalid_certified), 1U);
  const auto guard = cluster.at(victim).guard();
  cluster.run_for(Duration::seconds(30));
  EXPECT_EQ(cluster.at(victim).guard(), guard) << "a halted node signs nothing";
}

TEST(ConsensusAdversary, AVoteUnderThisNodesKeyFromElsewhereStopsItsVoting) {
  Cluster cluster(quick(4));
  const auto context = genesis_epoch(cluster.genesis()).context;
  cluster.run_for(Duration::seconds(1));
  // The other instance's vote comes inside a certificate, as votes of others do.
  crypto::format::Certificate certificate;
  certificate.kind = VoteKind::nullify;
  certificate.view = View(1);
  for (std::size_t i = 0; i < 3; ++i) {
    const Ballot ballot{VoteKind::nullify, Epoch{}, View(1), View(0), Height{}, BlockId{}};
    certificate.signers.push_back(
        {AuthorityIndex(static_cast<std::uint16_t>(i)), View(0), sign_vote(context, i, ballot).signature});
  }
  const auto bytes = encode_certificate(certificate, 4);
  cluster.inject(3, 0, wire::one_way(wire::MessageKind::certificate, SharedBytes::copy_of(bytes)));
  cluster.run_for(Duration::millis(30));
  EXPECT_EQ(cluster.alarms(AlarmKind::duplicate_instance), 1U);
  EXPECT_EQ(cluster.at(0).mode(), Mode::quarantined);
}

TEST(ConsensusAdversary, BadSignaturesCostTheConnection) {
  Cluster cluster(quick(4));
  cluster.run_for(Duration::seconds(1));
  Vote vote;
  vote.ballot = {VoteKind::nullify, Epoch{}, View(1), View(0), Height{}, BlockId{}};
  vote.signer = AuthorityIndex(2);
  cluster.inject(2, 0, vote_message(vote));
  cluster.run_for(Duration::millis(100));
  EXPECT_EQ(cluster.disconnects(), 1U);
  EXPECT_EQ(cluster.at(0).rejects()[static_cast<std::size_t>(Reject::bad_signature)], 1U);
}

TEST(ConsensusAdversary, VotesFarAheadOrForOthersAreNotKept) {
  Cluster cluster(quick(4));
  const auto context = genesis_epoch(cluster.genesis()).context;
  cluster.run_for(Duration::seconds(1));
  const Ballot far{VoteKind::nullify, Epoch{}, View(1'000'000), View(0), Height{}, BlockId{}};
  cluster.inject(2, 0, vote_message(sign_vote(context, 2, far)));
  const Ballot near{VoteKind::nullify, Epoch{}, View(1), View(0), Height{}, BlockId{}};
  cluster.inject(2, 0, vote_message(sign_vote(context, 3, near)));
  cluster.run_for(Duration::millis(100));
  const auto count = [&](Reject reason) { return cluster.at(0).rejects()[static_cast<std::size_t>(reason)]; };
  EXPECT_EQ(count(Reject::outside_window), 1U);
  EXPECT_EQ(count(Reject::foreign_vote), 1U);
  EXPECT_EQ(cluster.at(0).status().votes_held, 0U);
  EXPECT_EQ(cluster.disconnects(), 0U);
}

// Signs everything it can think of: both kinds, any since, blocks it has seen, in views around the current one.
class Chaos {
 public:
  Chaos(Cluster& cluster, std::size_t liar, std::uint64_t seed) : cluster_(cluster), liar_(liar), dice_(seed) {
    context_ = genesis_epoch(cluster.genesis()).context;
  }
  bool operator()(std::size_t from, std::size_t to, wire::OutMessage& message) {
    if (message.kind == wire::MessageKind::proposal)
      seen_.push_back(crypto::format::decode_vote(wire::parse_proposal(message.payload.view())->vote)->ballot);
    if (from != liar_) return true;
    if (dice_.below(4) == 0) return false;
    if (dice_.below(2) == 0) cluster_.inject(liar_, to, vote_message(invent()));
    if (message.kind == wire::MessageKind::proposal && dice_.below(2) == 0) {
      OwnProposal proposal(message);
      if (proposal.form != wire::BodyForm::full) return true;
      proposal.change_header(cluster_, liar_, [&](auto& header) { header.timestamp_ms += dice_.below(3); });
      message = proposal.build();
    }
    return true;
  }

 private:
  Vote invent() {
    const std::uint64_t view = cluster_.max_view().value() + dice_.below(4);
    Ballot ballot{VoteKind::nullify, Epoch{}, View(view), View(dice_.below(view)), Height{}, BlockId{}};
    if (!seen_.empty() && dice_.below(2) == 0) {
      ballot = seen_[dice_.below(seen_.size())];
      ballot.kind = dice_.below(2) == 0 ? VoteKind::notarize : VoteKind::finalize;
    }
    return sign_vote(context_, liar_, ballot);
  }

  Cluster& cluster_;
  std::size_t liar_;
  Prng dice_;
  crypto::format::StatementContext context_;
  std::vector<Ballot> seen_;
};

TEST(ConsensusAdversary, ChaoticSigningWithCrashesNeverForksAndHeals) {
  for (std::uint64_t seed = 1; seed <= 60 && !testing::Test::HasFailure(); ++seed) {
    ClusterOptions options = quick(4, seed);
    options.loss_percent = seed % 3 * 8;
    const std::size_t liar = seed % 4;
    options.liars = {liar};
    Cluster cluster(options);
    Prng dice(seed);
    cluster.set_adversary(Chaos(cluster, liar, seed));
    for (int round = 0; round < 20; ++round) {
      cluster.submit();
      const std::size_t victim = dice.below(4);
      if (dice.below(4) == 0 && cluster.is_up(victim)) {
        cluster.crash(victim);
        cluster.run_for(Duration::millis(static_cast<std::int64_t>(dice.below(300))));
        cluster.restart(victim);
      }
      cluster.run_for(Duration::millis(static_cast<std::int64_t>(20 + dice.below(300))));
    }
    cluster.set_adversary(nullptr);
    cluster.set_loss(0);
    cluster.resubmit();
    EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(90))) << cluster.describe();
    EXPECT_SOUND(cluster);
    EXPECT_EQ(cluster.alarms(AlarmKind::halted_conflicting_finality), 0U);
  }
}

}  // namespace
}  // namespace provchain::core::consensus::test
