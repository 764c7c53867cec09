// SPDX-License-Identifier: Apache-2.0
// Every checker can fail: each is given what it must find.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/sim/expectations.hpp"
#include "tests/sim/world.hpp"

namespace provchain::sim {
namespace {

using crypto::format::Ballot;
using crypto::format::VoteKind;

bool says(const Findings& findings, std::string_view what) {
  return std::ranges::any_of(findings.lines(), [&](const std::string& line) { return line.find(what) != std::string::npos; });
}

AuthorityIndex authority(std::uint16_t index) { return AuthorityIndex(index); }

Ballot vote(VoteKind kind, std::uint64_t view, std::uint64_t parent, std::uint8_t block = 0) {
  Ballot ballot{kind, Epoch{}, View(view), View(parent), Height{}, BlockId{}};
  if (kind == VoteKind::nullify) return ballot;
  ballot.height = Height(1);
  ballot.block_id.bytes.fill(block);
  return ballot;
}

// Two pairs of four authorities that share one.
constexpr std::uint16_t kLow[] = {0, 1};
constexpr std::uint16_t kHigh[] = {1, 2};

// ---- votes ----

TEST(VoteCheck, HonestVotesOfAGoodCaseAreNothing) {
  Findings findings;
  VoteCheck check(4, findings);
  for (std::uint16_t i = 0; i < 4; ++i) {
    check.on_durable(authority(i), vote(VoteKind::notarize, 1, 0, 1));
    check.on_released(authority(i), vote(VoteKind::notarize, 1, 0, 1));
    check.on_durable(authority(i), vote(VoteKind::finalize, 1, 0, 1));
    check.on_durable(authority(i), vote(VoteKind::nullify, 3, 1));
  }
  EXPECT_TRUE(findings.empty()) << findings.lines().front();
}

TEST(VoteCheck, FindsAPositionThatDoesNotIncrease) {
  Findings findings;
  VoteCheck check(4, findings);
  check.on_durable(authority(0), vote(VoteKind::nullify, 5, 0));
  check.on_durable(authority(0), vote(VoteKind::notarize, 4, 0, 1));
  EXPECT_TRUE(says(findings, "position does not increase"));
}

TEST(VoteCheck, FindsAVoteThatLeavesBeforeItIsDurable) {
  Findings findings;
  VoteCheck check(4, findings);
  check.on_released(authority(0), vote(VoteKind::notarize, 1, 0, 1));
  EXPECT_TRUE(says(findings, "before it was durable"));
}

TEST(VoteCheck, FindsAVoteThatIsNotTheOneInTheJournal) {
  Findings findings;
  VoteCheck check(4, findings);
  check.on_durable(authority(0), vote(VoteKind::notarize, 1, 0, 1));
  check.on_released(authority(0), vote(VoteKind::notarize, 1, 0, 2));
  EXPECT_TRUE(says(findings, "before it was durable"));
}

TEST(VoteCheck, FindsPairsThatAreEvidence) {
  const std::pair<Ballot, Ballot> kPairs[] = {
      {vote(VoteKind::notarize, 1, 0, 1), vote(VoteKind::finalize, 1, 0, 2)},
      {vote(VoteKind::finalize, 3, 0, 1), vote(VoteKind::nullify, 7, 2)},
  };
  for (const auto& [first, second] : kPairs) {
    Findings findings;
    VoteCheck check(4, findings);
    check.on_durable(authority(0), first);
    check.on_durable(authority(0), second);
    EXPECT_TRUE(says(findings, "an honest pair is evidence"));
  }
}

TEST(VoteCheck, ExpectsNothingOfAFaultyAuthority) {
  Findings findings;
  VoteCheck check(4, findings);
  check.set_faulty(authority(0));
  check.on_durable(authority(0), vote(VoteKind::finalize, 3, 0, 1));
  check.on_durable(authority(0), vote(VoteKind::finalize, 3, 0, 2));
  check.on_released(authority(0), vote(VoteKind::notarize, 9, 0, 2));
  EXPECT_TRUE(findings.empty());
}

TEST(VoteCheck, FindsTwoBlocksThatCouldBeNotarisedOrFinalInOneView) {
  for (const VoteKind kind : {VoteKind::notarize, VoteKind::finalize}) {
    Findings findings;
    VoteCheck check(4, findings);
    check.set_faulty(authority(3));
    // Each pair is a quorum together with the faulty one; what authority 1 said first is not asked here.
    for (const std::uint16_t i : kLow) check.on_durable(authority(i), vote(kind, 2, 0, 1));
    check.forget_position(authority(1));
    for (const std::uint16_t i : kHigh) check.on_durable(authority(i), vote(kind, 2, 0, 2));
    EXPECT_TRUE(says(findings, kind == VoteKind::notarize ? "could be notarised in view 2" : "could be final in view 2"));
  }
}

TEST(VoteCheck, FindsAFinalViewThatCouldBeSkippedWhicheverCameFirst) {
  for (const bool skip_first : {false, true}) {
    Findings findings;
    VoteCheck check(4, findings);
    check.set_faulty(authority(3));
    const auto finalize = [&] {
      for (const std::uint16_t i : kLow) check.on_durable(authority(i), vote(VoteKind::finalize, 2, 0, 1));
    };
    const auto skip = [&] {
      for (const std::uint16_t i : kHigh) check.on_durable(authority(i), vote(VoteKind::nullify, 4, 1));
    };
    skip_first ? skip() : finalize();
    check.forget_position(authority(1));
    skip_first ? finalize() : skip();
    EXPECT_TRUE(says(findings, "view 2 could be final and skipped by view 4")) << skip_first;
  }
}

TEST(VoteCheck, PromisesNothingWithMoreFaultyThanTheProtocolTolerates) {
  Findings findings;
  VoteCheck check(4, findings);
  check.set_faulty(authority(2));
  check.set_faulty(authority(3));
  check.on_durable(authority(0), vote(VoteKind::finalize, 2, 0, 1));
  check.on_durable(authority(1), vote(VoteKind::finalize, 2, 0, 2));
  EXPECT_TRUE(findings.empty());
}

// ---- the chain ----

// A world in which a few blocks have become final, and a checker of its own to be shown them.
class ChainCheckTest : public testing::Test {
 protected:
  ChainCheckTest() : ChainCheckTest(1) {}
  explicit ChainCheckTest(std::uint64_t seed) : world(options(seed)) {
    grow(world);
    grow(other);
  }
  static WorldOptions options(std::uint64_t seed) {
    WorldOptions made;
    made.seed = seed;
    return made;
  }
  static void grow(World& grown) {
    grown.start_all();
    grown.run_for(Duration::seconds(1));
    for (int i = 0; i < 3; ++i) {
      grown.submit(0);
      grown.run_for(Duration::seconds(1));
    }
    ASSERT_GE(grown.top(), Height(2));
  }
  // As the node `as` would report its whole chain.
  void show(std::size_t as, const Disk& disk) { check.on_committed(as, disk, Height(1), disk.tip(), std::nullopt); }
  // Height 1 as it is, with another header.
  Disk with_header(const std::function<void(crypto::format::BlockHeader&)>& change) {
    crypto::format::BlockHeader header = world.disk(0).header(Height(1));
    change(header);
    ByteVector bytes = to_vector(world.disk(0).block(Height(1)).view());
    std::ranges::copy(crypto::format::encode_block_header(header), bytes.begin());
    Disk disk(world.genesis());
    core::Commit commit;
    commit.blocks.push_back(SharedBytes::copy_of(bytes));
    disk.apply(commit);
    return disk;
  }

  World world;
  World other{options(2)};
  Findings findings;
  ChainCheck check{world.genesis(), world.signatures(), 2, findings};
};

TEST_F(ChainCheckTest, AGoodChainIsNothing) {
  show(0, world.disk(0));
  show(1, world.disk(1));
  check.on_state(0, world.disk(0));
  check.on_start(0, world.disk(0), false);
  EXPECT_TRUE(findings.empty()) << findings.lines().front();
}

TEST_F(ChainCheckTest, FindsTwoChains) {
  show(0, world.disk(0));
  show(1, other.disk(1));
  EXPECT_TRUE(says(findings, "AGREEMENT"));
}

TEST_F(ChainCheckTest, FindsAGap) {
  check.on_committed(0, world.disk(0), Height(2), Height(2), std::nullopt);
  EXPECT_TRUE(says(findings, "do not follow one another"));
}

TEST_F(ChainCheckTest, FindsABlockThatIsGoneOrHasChanged) {
  show(0, world.disk(0));
  check.on_start(0, Disk(world.genesis()), false);
  EXPECT_TRUE(says(findings, "a final block is gone"));
  check.on_start(0, Disk(world.genesis()), true);  // somebody has put it there
  check.on_start(0, other.disk(0), false);
  EXPECT_TRUE(says(findings, "a final block has changed"));
}

TEST_F(ChainCheckTest, FindsACertificateOfSomethingElse) {
  check.on_committed(0, world.disk(0), Height(1), Height(1), ByteVector{1, 2, 3});
  EXPECT_TRUE(says(findings, "without its finality certificate"));
}

TEST_F(ChainCheckTest, FindsACertificateThatNobodySigned) {
  const crypto::format::BlockHeader header = world.disk(0).header(Height(1));
  crypto::format::Certificate certificate;
  certificate.kind = VoteKind::finalize;
  certificate.view = header.view;
  certificate.height = header.height;
  certificate.block_id = world.disk(0).id(Height(1));
  for (std::uint16_t i = 0; i < 3; ++i) certificate.signers.push_back({authority(i), View{}, Signature{}});
  check.on_committed(0, world.disk(0), Height(1), Height(1), crypto::format::encode_certificate(certificate, 4));
  EXPECT_TRUE(says(findings, "with a wrong signature"));
}

TEST_F(ChainCheckTest, FindsAStateThatDoesNotFollowTheChain) {
  Disk disk(world.genesis());
  core::Commit commit;
  commit.blocks.push_back(world.disk(0).block(Height(1)));
  disk.apply_to_chain(commit);
  check.on_state(0, disk);
  EXPECT_TRUE(says(findings, "the state is not what the chain says"));
}

TEST_F(ChainCheckTest, FindsAWrongAnswer) {
  show(0, world.disk(0));
  check.on_final_answer(0, TxId{}, Height(1));
  EXPECT_TRUE(says(findings, "called final that is not"));
}

TEST_F(ChainCheckTest, FindsEachHeaderFieldThatIsWrong) {
  using Header = crypto::format::BlockHeader;
  const std::pair<const char*, std::function<void(Header&)>> kFaults[] = {
      {"network", [](Header& header) { header.network_id.bytes[0] ^= 1; }},
      {"view", [](Header& header) { header.view = View{}; }},
      {"proposer", [](Header& header) { header.proposer = AuthorityIndex(header.proposer.value() == 0 ? 1 : 0); }},
      {"time", [](Header& header) { header.timestamp_ms = 1; }},
      {"totals", [](Header& header) { ++header.total_quads; }},
      {"tx_root", [](Header& header) { header.tx_root.bytes[0] ^= 1; }},
      {"history_root", [](Header& header) { header.history_root.bytes[0] ^= 1; }},
  };
  for (const auto& [what, change] : kFaults) {
    Findings found;
    ChainCheck fresh(world.genesis(), world.signatures(), 1, found);
    fresh.on_committed(0, with_header(change), Height(1), Height(1), std::nullopt);
    EXPECT_TRUE(says(found, std::string("a final block is invalid: ") + what)) << what;
  }
}

// ---- the cluster as a whole ----

TEST(Expectations, ProgressThatDoesNotComeIsFound) {
  World world({});
  world.start_all();
  world.run_for(Duration::seconds(2));
  world.crash(2);
  world.crash(3);
  Duration needed;
  const LivenessBound bound{Duration::seconds(10), {}, {}, {}};
  EXPECT_NE(await_new_block(world, bound, 1, needed).find("LIVENESS"), std::string::npos);
  EXPECT_NE(await_rest(world, bound).find("LIVENESS"), std::string::npos);
}

TEST(Expectations, WorkThatNobodyAskedForIsFound) {
  World world({});
  world.start_all();
  world.run_for(Duration::seconds(2));
  const IdleCheck idle(world);
  EXPECT_EQ(idle.verdict(world), "");
  world.submit(0);
  world.run_for(Duration::seconds(1));
  EXPECT_NE(idle.verdict(world).find("IDLE"), std::string::npos);
}

TEST(Expectations, AnAlarmThatNothingExplainsIsFound) {
  World world({});
  world.start_all();
  world.run_for(Duration::seconds(2));
  EXPECT_EQ(unexpected_alarm(world), "");
  world.raise(1, {core::AlarmKind::duplicate_instance, "two of us", {}});
  EXPECT_NE(unexpected_alarm(world).find("two of us"), std::string::npos);
}

TEST(Expectations, MoreThanANodeMayHoldIsFound) {
  core::consensus::Status status;
  status.authority_count = 4;
  EXPECT_EQ(excess(status, {}), "");
  status.votes_held = 1'000'000;
  EXPECT_NE(excess(status, {}).find("votes"), std::string::npos);
  status.votes_held = 0;
  status.blocks_held = 1'000;
  EXPECT_NE(excess(status, {}).find("blocks"), std::string::npos);
  status.blocks_held = 0;
  EXPECT_NE(excess(status, {1, SIZE_MAX}).find("transactions"), std::string::npos);
}

}  // namespace
}  // namespace provchain::sim
