// SPDX-License-Identifier: Apache-2.0
// Authorities that come and go by decision of the authorities, in whole nodes and virtual time.
#include <gtest/gtest.h>

#include "tests/sim/governance.hpp"
#include "tests/sim/world.hpp"

namespace provchain::sim {
namespace {

#define EXPECT_SOUND(world) \
  EXPECT_TRUE((world).violations().empty()) << ((world).violations().empty() ? "" : (world).violations().front())

std::set<std::size_t> first_keys(std::size_t count) {
  std::set<std::size_t> keys;
  for (std::size_t i = 0; i < count; ++i) keys.insert(i);
  return keys;
}

class Epochs : public testing::Test {
 protected:
  void make(const WorldOptions& options) {
    world = std::make_unique<World>(options);
    world->start_all();
    world->run_for(Duration::seconds(2));
  }
  // A transaction now and then, at every node in turn.
  void load(Duration span) {
    const MonoTime end = world->now() + span;
    for (std::size_t i = 0; world->now() < end; ++i) {
      if (world->is_up(i % world->size())) world->submit(i % world->size());
      world->run_for(Duration::millis(20));
    }
  }
  [[nodiscard]] Epoch epoch(std::size_t node) const { return world->core(node).consensus().epoch().epoch; }
  [[nodiscard]] bool all_in(Epoch wanted) const {
    for (std::size_t i = 0; i < world->size(); ++i)
      if (world->is_up(i) && epoch(i) < wanted) return false;
    return true;
  }
  // Handed to one node; everybody stands in the next epoch within the limit.
  testing::AssertionResult change_to(const std::set<std::size_t>& keys, std::size_t at = 0) {
    const auto system = world->core(at).system_state();
    const TxId id = world->submit(
        at, governance_transaction(*world, *system, changes_to(*world, system->authorities, keys), first_keys(world->size())));
    for (int round = 0; round < 100; ++round) {
      load(Duration::millis(200));
      if (world->is_final_everywhere(id) && all_in(system->epoch.next())) break;
    }
    if (!all_in(system->epoch.next())) return testing::AssertionFailure() << "no new epoch";
    const auto now = world->core(at).system_state();
    if (now->authorities.size() != keys.size()) return testing::AssertionFailure() << now->authorities.size() << " authorities";
    return testing::AssertionSuccess();
  }
  // Everybody finalises something new.
  testing::AssertionResult goes_on() {
    const TxId last = world->submit(0);
    if (world->run_until([&] { return world->is_final_everywhere(last); }, Duration::seconds(60)))
      return testing::AssertionSuccess();
    testing::AssertionResult failure = testing::AssertionFailure() << "nothing new is final";
    for (std::size_t i = 0; i < world->size(); ++i) {
      if (!world->is_up(i)) continue;
      const core::consensus::Status status = world->core(i).consensus().status();
      failure << "\n  node " << i << " height " << world->height(i).value() << " epoch " << status.epoch.value() << " view "
              << status.view.value() << " leader " << status.leader.value() << " " << to_string(status.mode) << " final "
              << status.final.view.value() << " top " << status.top_notarised.value() << " guard " << status.guard_view.value()
              << "/" << status.guard_step << " sync " << world->core(i).sync_progress().active << " target "
              << world->core(i).sync_progress().target.value();
      for (const auto& peer : world->core(i).peers())
        failure << " " << (peer.authority ? std::to_string(peer.authority->value()) : "-");
    }
    return failure;
  }

  std::unique_ptr<World> world;
};

TEST_F(Epochs, OneGrowsToFourToSevenAndBackToFourUnderLoad) {
  make({.authorities = 1, .candidates = 6, .observers = 1, .seed = 3});
  for (const std::size_t count : {4U, 7U, 4U}) {
    EXPECT_TRUE(change_to(first_keys(count))) << count;
    EXPECT_TRUE(goes_on()) << count;
    for (std::size_t i = 0; i < world->size(); ++i)
      EXPECT_EQ(world->core(i).consensus().status().me.has_value(), i < count) << "node " << i << " of " << count;
  }
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(world->core(i).consensus().mode(), core::consensus::Mode::active) << i;
  EXPECT_TRUE(world->alarms().empty()) << world->alarms().front().alarm.detail;
  EXPECT_SOUND(*world);
}

TEST_F(Epochs, ANewMemberIsNeededAndVotesInItsFirstEpoch) {
  make({.authorities = 3, .candidates = 1, .seed = 5});
  ASSERT_TRUE(change_to(first_keys(4)));
  world->crash(0);
  // Three of four make a quorum: without the newcomer's vote nothing is final.
  const TxId last = world->submit(1);
  EXPECT_TRUE(world->run_until([&] { return world->is_final_everywhere(last); }, Duration::seconds(60)));
  EXPECT_SOUND(*world);
}

TEST_F(Epochs, ARemovedKeyIsUseless) {
  make({.authorities = 5, .seed = 6});
  ASSERT_TRUE(change_to(first_keys(4)));
  const auto system = world->core(0).system_state();
  const std::uint64_t votes = world->disk(4).statements().size();
  const auto grow = changes_to(*world, system->authorities, first_keys(5));
  // Two of the running authorities and the removed one are no quorum of the four.
  const TxId id = world->submit(0, governance_transaction(*world, *system, grow, {0, 1, 4}));
  load(Duration::seconds(2));
  EXPECT_EQ(world->answer(id)->reject, crypto::format::TxReject::bad_governance);
  EXPECT_EQ(world->disk(4).statements().size(), votes) << "it does not vote any more";
  EXPECT_FALSE(world->core(4).consensus().status().me.has_value());
  EXPECT_SOUND(*world);
}

TEST_F(Epochs, TooFewApprovalsAndThoseOfAnEndedEpochChangeNothing) {
  make({.authorities = 4, .candidates = 2, .seed = 7});
  const auto before = world->core(0).system_state();
  const auto changes = changes_to(*world, before->authorities, first_keys(5));
  EXPECT_EQ(world->core(0).system_state()->epoch, Epoch{});
  const SharedBytes stale = governance_transaction(*world, *before, changes, first_keys(4));
  const TxId few = world->submit(0, governance_transaction(*world, *before, changes, {0, 1}));
  ASSERT_TRUE(change_to({0, 1, 2, 3, 5}));
  const TxId late = world->submit(0, stale);
  load(Duration::seconds(1));
  EXPECT_EQ(world->answer(few)->reject, crypto::format::TxReject::bad_governance);
  EXPECT_EQ(world->answer(late)->reject, crypto::format::TxReject::bad_governance);
  EXPECT_EQ(world->core(0).system_state()->epoch, Epoch{1});
  EXPECT_SOUND(*world);
}

TEST_F(Epochs, AnIdleNetworkReachesTheEndOfTheEpochByItself) {
  make({.authorities = 4, .candidates = 3, .seed = 8});
  const auto system = world->core(0).system_state();
  world->submit(0,
                governance_transaction(*world, *system, changes_to(*world, system->authorities, first_keys(7)), first_keys(4)));
  EXPECT_TRUE(world->run_until([&] { return all_in(Epoch{1}); }, Duration::seconds(60)));
  EXPECT_EQ(world->height(0).value(), crypto::format::epoch_blocks_min);
  world->run_for(Duration::seconds(3'600));
  EXPECT_EQ(world->height(0).value(), crypto::format::epoch_blocks_min) << "and then it is idle again";
  EXPECT_SOUND(*world);
}

TEST_F(Epochs, ForcedEndsComeUnderLoadWithLossAndEverybodyFollows) {
  WorldOptions options{.authorities = 4, .observers = 1, .seed = 9, .max_epoch_blocks = 20};
  options.network.lost_per_thousand = 20;
  make(options);
  load(Duration::seconds(60));
  EXPECT_GT(epoch(0).value(), 3U);
  EXPECT_TRUE(goes_on());
  EXPECT_SOUND(*world);
}

TEST_F(Epochs, CrashesAroundTheEndsForgetNothing) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    make({.authorities = 4, .seed = seed, .max_epoch_blocks = 16});
    for (int round = 0; round < 12; ++round) {
      const std::size_t victim = (seed + static_cast<std::uint64_t>(round)) % 4;
      if (world->is_up(victim)) world->arm(victim, static_cast<CrashPoint>(round % static_cast<int>(CrashPoint::count_)));
      load(Duration::seconds(2));
      if (!world->is_up(victim)) world->start(victim);
    }
    world->start_all();
    EXPECT_TRUE(goes_on()) << "seed " << seed;
    EXPECT_GT(epoch(0).value(), 1U);
    EXPECT_SOUND(*world);
  }
}

TEST_F(Epochs, WhoWasAwayForSeveralEpochsCatchesUp) {
  make({.authorities = 4, .candidates = 3, .observers = 1, .seed = 11});
  world->crash(3);
  ASSERT_TRUE(change_to(first_keys(7)));
  ASSERT_TRUE(change_to({0, 1, 2, 4, 5, 6}));
  ASSERT_TRUE(change_to(first_keys(7)));
  load(Duration::seconds(3));
  world->start(3);
  EXPECT_TRUE(world->run_until([&] { return world->height(3) == world->top() && epoch(3) == epoch(0); }, Duration::seconds(120)));
  EXPECT_TRUE(goes_on());
  EXPECT_EQ(world->core(3).consensus().mode(), core::consensus::Mode::active);
  EXPECT_SOUND(*world);
}

TEST_F(Epochs, WhoWasAwayForAWholeEpochRestsInTheNextUntilItIsBack) {
  make({.authorities = 4, .seed = 12, .max_epoch_blocks = 64});
  world->crash(2);
  world->run_for(Duration::seconds(40));
  load(Duration::seconds(30));
  const auto resting = world->core(0).system_state();
  ASSERT_EQ(resting->resting, std::vector{AuthorityIndex{2}});
  world->start(2);
  for (int i = 0; i < 60 && !world->core(0).system_state()->resting.empty(); ++i) load(Duration::seconds(2));
  EXPECT_TRUE(goes_on());
  EXPECT_TRUE(world->core(0).system_state()->resting.empty()) << "it has taken a turn, and leads like the others again";
  EXPECT_SOUND(*world);
}

TEST_F(Epochs, WhatAnExpelledAuthorLeftInThePoolStopsNobody) {
  make({.authorities = 4, .seed = 14, .network = wan_profile});
  const auto system = world->core(0).system_state();
  const SharedBytes of_author = world->make_transaction({.author = 0, .salt = 900'000});
  const PublicKey stays = crypto::format::decode_transaction(of_author.view())->header.author;
  const std::vector<crypto::format::Change> changes{{crypto::format::ChangeKind::close_participation, {}, {}},
                                                    {crypto::format::ChangeKind::admit_participant, stays, {}}};
  world->submit(0, governance_transaction(*world, *system, changes, first_keys(4)));
  // Others write until the last moment: some of it is in the pools when the epoch that forbids it begins.
  for (int round = 0; round < 100 && !all_in(Epoch{1}); ++round) load(Duration::millis(200));
  ASSERT_TRUE(all_in(Epoch{1}));
  const TxId id = world->submit(1, of_author);
  EXPECT_TRUE(world->run_until([&] { return world->is_final_everywhere(id); }, Duration::seconds(60)));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(world->core(i).mempool_status().transactions, 0U) << i;
  EXPECT_SOUND(*world);
}

TEST_F(Epochs, AProofAgainstAnAuthorityEndsUpInTheChain) {
  make({.authorities = 4, .seed = 13});
  load(Duration::seconds(1));
  const auto system = world->core(0).system_state();
  crypto::format::Ballot first{crypto::format::VoteKind::nullify, system->epoch, View{500}, View{1}, Height{}, BlockId{}};
  crypto::format::Ballot second = first;
  second.parent_view = View{2};
  const auto vote = [&](const crypto::format::Ballot& ballot) {
    const AuthorityIndex liar{3};
    return crypto::format::Vote{ballot, liar, world->signatures().sign(liar, encode_statement(system->context(), ballot))};
  };
  const auto evidence = make_evidence(system->context(), vote(first), vote(second));
  ASSERT_TRUE(evidence);
  const SharedBytes proof = world->make_transaction(crypto::format::TxKind::evidence, encode_evidence(*evidence));
  const SharedBytes again = world->make_transaction(crypto::format::TxKind::evidence, encode_evidence(*evidence));
  const TxId id = world->submit(1, proof);
  ASSERT_TRUE(world->run_until([&] { return world->is_final_everywhere(id); }, Duration::seconds(20)));
  const TxId repeated = world->submit(1, again);
  world->run_for(Duration::seconds(1));
  EXPECT_EQ(world->answer(repeated)->reject, crypto::format::TxReject::not_applicable);
  world->crash(2);
  world->start(2);
  world->run_for(Duration::seconds(2));
  for (std::size_t i = 0; i < 4; ++i) {
    ASSERT_EQ(world->core(i).system_state()->evidence.size(), 1U) << i;
    EXPECT_EQ(world->core(i).system_state()->evidence.front().signer, AuthorityIndex{3});
  }
  EXPECT_SOUND(*world);
}

}  // namespace
}  // namespace provchain::sim
