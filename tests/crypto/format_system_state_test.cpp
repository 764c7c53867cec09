// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/system_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/digest.hpp"
#include "crypto/domain.hpp"
#include "tests/crypto/format_samples.hpp"

namespace provchain::crypto::format {
namespace {

using samples::filled;
using samples::key_pair;

class SystemStateTest : public testing::Test {
 protected:
  SystemState state_ = genesis_state(samples::genesis());
  std::uint8_t next_id_ = 1;

  std::optional<SystemFault> apply_changes(const std::vector<Change>& changes) {
    return apply(state_, filled<TxId>(next_id_++), {state_.epoch, changes});
  }
  std::optional<SystemFault> apply_evidence(const Evidence& evidence) {
    return apply(state_, filled<TxId>(next_id_++), {state_.epoch, evidence});
  }
  // The fault, and that the state did not move.
  void expect_refused(const std::vector<Change>& changes, SystemFault fault) {
    const SystemState before = state_;
    const auto refused = apply_changes(changes);
    ASSERT_TRUE(refused);
    EXPECT_EQ(to_string(*refused), to_string(fault));
    EXPECT_EQ(state_, before);
  }
  void begin(std::uint64_t height) { state_ = begin_epoch(state_, filled<BlockId>(0x60), Height(height), {}); }

  static Change add(std::uint8_t number) { return {ChangeKind::add_authority, key_pair(number).public_key, "new"}; }
  static Change remove(std::uint8_t number) { return {ChangeKind::remove_authority, key_pair(number).public_key, ""}; }
  static Change admit(std::uint8_t byte) { return {ChangeKind::admit_participant, filled<PublicKey>(byte), ""}; }
  static Change expel(std::uint8_t byte) { return {ChangeKind::expel_participant, filled<PublicKey>(byte), ""}; }
  static Change open() { return {ChangeKind::open_participation, {}, ""}; }
  static Change close() { return {ChangeKind::close_participation, {}, ""}; }
};

TEST_F(SystemStateTest, OfTheGenesisIsAnchoredInBlockZero) {
  const Genesis genesis = samples::genesis();
  EXPECT_EQ(state_.anchor_id, block_id_of(genesis_header(genesis)));
  EXPECT_EQ(state_.network_id, genesis.network_id);
  EXPECT_EQ(state_.authorities, genesis.authorities);
  EXPECT_EQ(state_.next_authorities, genesis.authorities);
  EXPECT_EQ(state_.participants, genesis.participants);
  EXPECT_EQ(system_root_of(state_), system_root_of(genesis));
  EXPECT_FALSE(hurries(state_));
}

// ---- changes ----

TEST_F(SystemStateTest, ChangesWaitUntilTheNextEpoch) {
  const SystemState before = state_;
  ASSERT_FALSE(apply_changes(samples::changes()));
  EXPECT_EQ(state_.authorities, before.authorities);
  EXPECT_EQ(state_.participants, before.participants);
  EXPECT_FALSE(state_.open_participation);
  EXPECT_EQ(state_.waiting, std::vector{filled<TxId>(1)});
  EXPECT_TRUE(hurries(state_));
  begin(16);
  AuthorityList expected = before.authorities;
  expected.pop_back();
  expected.push_back({key_pair(9).public_key, "newcomer"});
  EXPECT_EQ(state_.authorities, expected);
  EXPECT_TRUE(state_.open_participation);
  EXPECT_EQ(state_.participants.size(), 3U);
  EXPECT_TRUE(state_.waiting.empty());
  EXPECT_FALSE(hurries(state_));
}

TEST_F(SystemStateTest, ChangesOfOneEpochBuildOnEachOther) {
  ASSERT_FALSE(apply_changes({add(9)}));
  expect_refused({add(9), remove(1)}, SystemFault::without_effect);
  ASSERT_FALSE(apply_changes({remove(9), add(10)}));
  EXPECT_EQ(state_.next_authorities.size(), 5U);
  EXPECT_EQ(state_.next_authorities.back().key, key_pair(10).public_key);
}

TEST_F(SystemStateTest, ChangesThatWereTakenBackDoNotComeBackInTheSameEpoch) {
  ASSERT_FALSE(apply_changes({add(9)}));
  ASSERT_FALSE(apply_changes({remove(9)}));
  expect_refused({add(9)}, SystemFault::agreed_already);
  begin(16);
  EXPECT_FALSE(apply_changes({add(9)}));
}

TEST_F(SystemStateTest, RefusesChangesWithoutEffect) {
  expect_refused({add(1)}, SystemFault::without_effect);
  expect_refused({remove(9)}, SystemFault::without_effect);
  expect_refused({admit(0x41)}, SystemFault::without_effect);
  expect_refused({expel(0x43)}, SystemFault::without_effect);
  expect_refused({close()}, SystemFault::without_effect);
  expect_refused({open(), open()}, SystemFault::without_effect);
}

TEST_F(SystemStateTest, RefusesASetThatCannotGoOn) {
  expect_refused({remove(1), remove(2), remove(3), remove(4)}, SystemFault::unacceptable_set);
  expect_refused({expel(0x41), expel(0x42)}, SystemFault::unacceptable_set);
  EXPECT_FALSE(apply_changes({open(), expel(0x41), expel(0x42)}));
  expect_refused({close()}, SystemFault::unacceptable_set);
}

TEST_F(SystemStateTest, RefusesMoreAuthoritiesThanTheLimit) {
  std::uint8_t number = 20;
  const auto fill = [&](std::size_t count) {
    std::vector<Change> changes;
    for (std::size_t i = 0; i < count; ++i) changes.push_back(add(number++));
    return changes;
  };
  ASSERT_FALSE(apply_changes(fill(60)));
  ASSERT_FALSE(apply_changes(fill(limits::authorities_max - 64)));
  ASSERT_EQ(state_.next_authorities.size(), limits::authorities_max);
  expect_refused(fill(1), SystemFault::unacceptable_set);
}

TEST_F(SystemStateTest, RefusesMoreParticipantsThanTheLimit) {
  for (std::size_t i = state_.next_participants.size(); i < participants_max; ++i) {
    PublicKey key = filled<PublicKey>(0x90);
    store_le(key.mut(), 0, static_cast<std::uint32_t>(i));
    state_.next_participants.push_back(key);
  }
  std::ranges::sort(state_.next_participants);
  expect_refused({admit(0xFF)}, SystemFault::unacceptable_set);
}

TEST_F(SystemStateTest, RefusesMoreChangesThanMayWait) {
  for (std::size_t i = 0; i < pending_changes_max; ++i) ASSERT_FALSE(apply_changes({admit(static_cast<std::uint8_t>(0x80 + i))}));
  expect_refused({add(9)}, SystemFault::too_many_waiting);
}

TEST_F(SystemStateTest, RefusesApprovalsOfAnEpochThatIsOver) {
  const Epoch checked_in = state_.epoch;
  begin(16);
  EXPECT_EQ(apply(state_, filled<TxId>(1), {checked_in, samples::changes()}), SystemFault::stale_approvals);
}

TEST_F(SystemStateTest, AdmitsTheAuthorsOnTheListUnlessOpen) {
  EXPECT_TRUE(state_.may_write(filled<PublicKey>(0x41)));
  EXPECT_FALSE(state_.may_write(filled<PublicKey>(0x43)));
  state_.open_participation = true;
  EXPECT_TRUE(state_.may_write(filled<PublicKey>(0x43)));
}

// ---- approvals ----

TEST_F(SystemStateTest, QuorumAndNewcomersSuffice) {
  EXPECT_EQ(approvals_fault(state_, samples::governance(state_)), std::nullopt);
  Governance all = samples::governance(state_);
  all.approvals.insert(all.approvals.begin() + 3, samples::approval(state_, all.changes, 3, 4));
  EXPECT_EQ(approvals_fault(state_, all), std::nullopt);
}

TEST_F(SystemStateTest, FewerThanAQuorumAreTooFew) {
  Governance governance = samples::governance(state_);
  governance.approvals.erase(governance.approvals.begin());
  EXPECT_EQ(approvals_fault(state_, governance), SystemFault::few_approvals);
  governance = samples::governance(state_);
  governance.approvals[2].signer = 4;  // there are four: 0 to 3
  EXPECT_EQ(approvals_fault(state_, governance), SystemFault::few_approvals);
}

TEST_F(SystemStateTest, EveryNewcomerMustHaveSigned) {
  Governance governance = samples::governance(state_);
  governance.approvals.pop_back();
  EXPECT_EQ(approvals_fault(state_, governance), SystemFault::silent_newcomer);
  governance.approvals.push_back(samples::approval(state_, governance.changes, first_newcomer, 10));
  EXPECT_EQ(approvals_fault(state_, governance), SystemFault::bad_approval);
}

TEST_F(SystemStateTest, EveryApprovalMustVerify) {
  Governance governance = samples::governance(state_);
  governance.approvals.insert(governance.approvals.begin() + 3, samples::approval(state_, governance.changes, 3, 4));
  for (Approval& approval : governance.approvals) {
    approval.signature.bytes[0] ^= 1;
    EXPECT_EQ(approvals_fault(state_, governance), SystemFault::bad_approval);
    approval.signature.bytes[0] ^= 1;
  }
  governance.changes.back().kind = ChangeKind::close_participation;
  EXPECT_EQ(approvals_fault(state_, governance), SystemFault::bad_approval);
}

TEST_F(SystemStateTest, ApprovalsAreVoidInAnotherEpochAndNetwork) {
  const Governance governance = samples::governance(state_);
  SystemState other = state_;
  other.anchor_id = filled<BlockId>(0x77);
  EXPECT_EQ(approvals_fault(other, governance), SystemFault::bad_approval);
  other = state_;
  other.network_id = filled<NetworkId>(0x77);
  EXPECT_EQ(approvals_fault(other, governance), SystemFault::bad_approval);
}

TEST_F(SystemStateTest, AnotherVerifierMayBeBrought) {
  Governance governance = samples::governance(state_);
  governance.approvals[0].signature = {};
  EXPECT_EQ(approvals_fault(state_, governance, [](const PublicKey&, Bytes, const Signature&) { return true; }), std::nullopt);
  EXPECT_EQ(evidence_fault(state_, samples::evidence(state_, 2), [](const PublicKey&, Bytes, const Signature&) { return false; }),
            SystemFault::bad_evidence);
}

// ---- evidence ----

TEST_F(SystemStateTest, EvidenceIsRecordedOncePerAuthorityAndEpoch) {
  const Evidence evidence = samples::evidence(state_, 2);
  EXPECT_EQ(evidence_fault(state_, evidence), std::nullopt);
  const Hash256 before = system_root_of(state_);
  ASSERT_FALSE(apply_evidence(evidence));
  ASSERT_EQ(state_.evidence.size(), 1U);
  const EvidenceRecord expected{evidence_id_of(evidence), Epoch(0), AuthorityIndex(2), state_.authorities[2].key,
                                Contradiction::two_notarisations};
  EXPECT_EQ(state_.evidence[0], expected);
  EXPECT_NE(system_root_of(state_), before);
  EXPECT_EQ(apply_evidence(evidence), SystemFault::known_evidence);
  Evidence another = evidence;
  another.statements[1].ballot.height = Height(99);
  EXPECT_EQ(apply_evidence(another), SystemFault::known_evidence);
  EXPECT_FALSE(apply_evidence(samples::evidence(state_, 1)));
}

TEST_F(SystemStateTest, EvidenceNeedsTheAccusedsSignatures) {
  Evidence evidence = samples::evidence(state_, 2);
  evidence.statements[1].signature.bytes[5] ^= 1;
  EXPECT_EQ(evidence_fault(state_, evidence), SystemFault::bad_evidence);
  evidence = samples::evidence(state_, 2);
  evidence.signer = AuthorityIndex(1);
  EXPECT_EQ(evidence_fault(state_, evidence), SystemFault::bad_evidence);
}

TEST_F(SystemStateTest, ForeignEvidenceIsRefusedOnBothPaths) {
  const auto expect_foreign = [&](const Evidence& evidence) {
    EXPECT_EQ(evidence_fault(state_, evidence), SystemFault::foreign_evidence);
    EXPECT_EQ(apply_evidence(evidence), SystemFault::foreign_evidence);
  };
  Evidence evidence = samples::evidence(state_, 2);
  evidence.signer = AuthorityIndex(4);
  expect_foreign(evidence);
  evidence = samples::evidence(state_, 2);
  evidence.context.anchor_id = filled<BlockId>(0x77);
  expect_foreign(evidence);
  evidence = samples::evidence(state_, 2);
  evidence.context.network_id = filled<NetworkId>(0x77);
  expect_foreign(evidence);
  SystemState later = state_;
  later.epoch = Epoch(1);
  expect_foreign(samples::evidence(later, 2));
}

TEST_F(SystemStateTest, EvidenceCountsForAsManyEpochsAsTheGenesisSays) {
  state_.parameters.evidence_epochs = 2;
  const Evidence of_two = samples::evidence(state_, 2);
  const Evidence of_one = samples::evidence(state_, 1);
  ASSERT_FALSE(apply_evidence(of_two));
  begin(16);
  begin(32);
  EXPECT_EQ(state_.evidence.size(), 1U);
  EXPECT_EQ(evidence_fault(state_, of_one), std::nullopt);
  ASSERT_FALSE(apply_evidence(of_one));
  EXPECT_EQ(state_.evidence.size(), 2U);
  begin(48);
  EXPECT_TRUE(state_.evidence.empty());
  EXPECT_EQ(evidence_fault(state_, of_one), SystemFault::foreign_evidence);
}

TEST_F(SystemStateTest, WithoutEvidenceEpochsOnlyTheRunningOneCounts) {
  state_.parameters.evidence_epochs = 0;
  const Evidence evidence = samples::evidence(state_, 2);
  EXPECT_EQ(evidence_fault(state_, evidence), std::nullopt);
  begin(16);
  EXPECT_EQ(state_.past.size(), 1U);
  EXPECT_EQ(evidence_fault(state_, evidence), SystemFault::foreign_evidence);
}

// ---- epochs ----

TEST_F(SystemStateTest, EpochEndsWithTheChangesButNotBeforeItsSixteenthBlock) {
  EXPECT_FALSE(ends_epoch(state_, Height(16)));
  EXPECT_FALSE(ends_epoch(state_, Height(1'000'000)));
  ASSERT_FALSE(apply_changes({add(9)}));
  EXPECT_FALSE(ends_epoch(state_, Height(1)));
  EXPECT_FALSE(ends_epoch(state_, Height(15)));
  EXPECT_TRUE(ends_epoch(state_, Height(16)));
  begin(100);
  ASSERT_FALSE(apply_changes({remove(9)}));
  EXPECT_FALSE(ends_epoch(state_, Height(115)));
  EXPECT_TRUE(ends_epoch(state_, Height(116)));
}

TEST_F(SystemStateTest, EpochEndsWithTheLastBlockOfTheGenesis) {
  state_.parameters.max_epoch_blocks = 5;
  EXPECT_FALSE(ends_epoch(state_, Height(4)));
  EXPECT_TRUE(ends_epoch(state_, Height(5)));
  begin(5);
  EXPECT_FALSE(ends_epoch(state_, Height(9)));
  EXPECT_TRUE(ends_epoch(state_, Height(10)));
}

TEST_F(SystemStateTest, NextEpochRemembersTheOneBefore) {
  const SystemState ended = state_;
  state_ = begin_epoch(state_, filled<BlockId>(0x61), Height(20), {AuthorityIndex(0), AuthorityIndex(3)});
  EXPECT_EQ(state_.epoch, Epoch(1));
  EXPECT_EQ(state_.anchor_id, filled<BlockId>(0x61));
  EXPECT_EQ(state_.anchor_height, Height(20));
  EXPECT_EQ(state_.resting, (std::vector{AuthorityIndex(0), AuthorityIndex(3)}));
  EXPECT_EQ(state_.past, (std::vector{PastEpoch{Epoch(0), ended.anchor_id, ended.authorities}}));
}

TEST_F(SystemStateTest, AuthoritiesOfAKnownEpoch) {
  const SystemState ended = state_;
  EXPECT_EQ(authorities_of(state_, Epoch(1)), nullptr) << "not yet";
  state_ = begin_epoch(state_, filled<BlockId>(0x61), Height(20), {});
  state_.authorities.pop_back();
  EXPECT_EQ(authorities_of(state_, Epoch(1)), &state_.authorities);
  ASSERT_NE(authorities_of(state_, Epoch(0)), nullptr);
  EXPECT_EQ(*authorities_of(state_, Epoch(0)), ended.authorities);
  state_.past.clear();
  EXPECT_EQ(authorities_of(state_, Epoch(0)), nullptr) << "not any more";
}

TEST_F(SystemStateTest, PastEpochsAreBounded) {
  state_.parameters.evidence_epochs = 1'000;
  for (std::uint64_t i = 1; i <= past_epochs_max + 3; ++i) begin(16 * i);
  EXPECT_EQ(state_.past.size(), past_epochs_max);
  EXPECT_EQ(state_.past.back().epoch, Epoch(past_epochs_max + 2));
  EXPECT_EQ(state_.past.front().epoch, Epoch(3));
}

TEST_F(SystemStateTest, RootIsOfTheLayoutInTheNote) {
  const SystemState state = samples::system_state();
  ByteVector bytes;
  for (const std::uint64_t value : {1'000ULL, 10'000ULL, 0ULL, 1'048'576ULL, 0ULL, 8ULL, 500ULL, 2'000ULL})
    append_le(bytes, value);
  bytes.push_back(0);
  append_le(bytes, 2U);
  append(bytes, filled<PublicKey>(0x41).view());
  append(bytes, filled<PublicKey>(0x42).view());
  append_le(bytes, 1U);
  append(bytes, filled<TxId>(0x71).view());
  append_le(bytes, 1U);
  append(bytes, state.evidence.at(0).id.view());
  EXPECT_EQ(system_root_of(state), hash(domain::system, bytes));
}

TEST(SystemFaults, HaveStableNames) {
  EXPECT_EQ(to_string(SystemFault::stale_approvals), "stale_approvals");
  EXPECT_EQ(to_string(SystemFault::few_approvals), "few_approvals");
  EXPECT_EQ(to_string(SystemFault::known_evidence), "known_evidence");
}

}  // namespace
}  // namespace provchain::crypto::format
