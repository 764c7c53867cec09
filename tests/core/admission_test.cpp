// SPDX-License-Identifier: Apache-2.0
#include "engine/core/admission.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/fake_crypto.hpp"

namespace provchain::core {
namespace {

using crypto::format::TxReject;
using sim::FakeTxOptions;

class AdmissionTest : public ::testing::Test {
 protected:
  AdmissionTest() { genesis.parameters.max_block_bytes = 4'096; }

  Now now() const { return {clock, {}}; }
  SharedBytes tx(const FakeTxOptions& options = {}) const { return sim::fake_transaction(genesis, options); }

  // Runs the checks that are asked for and gives the reply to the last submission.
  void run_checks() {
    for (const Effect& effect : std::exchange(fx, {})) {
      if (const auto* check = std::get_if<CheckTransaction>(&effect)) {
        ++checks;
        settled = admission.on_transaction_checked(now(), check->ticket, sim::fake_check(genesis, check->bytes.view(), in_chain),
                                                   tip, fx);
      } else if (const auto* reply = std::get_if<Reply>(&effect)) {
        replies.push_back(*reply);
      } else if (std::holds_alternative<Disconnect>(effect)) {
        ++disconnects;
      }
    }
    if (!fx.empty()) run_checks();
  }
  TxStatus submit(const SharedBytes& bytes) {
    admission.on_submit(now(), RequestId{1}, bytes, tip, syncing, fx);
    run_checks();
    return replies.empty() ? TxStatus{} : replies.back().status;
  }
  std::optional<TxReject> reject_of(const SharedBytes& bytes) { return submit(bytes).reject; }
  bool from_peer(const SharedBytes& bytes) {
    const bool readable = admission.on_peer_transaction(now(), ConnId{5}, bytes, tip, syncing, fx);
    run_checks();
    return readable;
  }

  crypto::format::Genesis genesis = sim::fake_genesis(4);
  Counters counters;
  Mempool mempool{{10'000, 100, 3, 8'000, Duration::seconds(600)}};
  Admission admission{genesis, mempool, counters};
  Height tip{10};
  bool syncing = false;
  MonoTime clock;
  std::optional<Height> in_chain;
  Effects fx;
  std::vector<Reply> replies;
  std::optional<Admission::Settled> settled;
  int checks = 0;
  int disconnects = 0;
};

TEST_F(AdmissionTest, AValidTransactionIsCheckedPooledAndPending) {
  const SharedBytes bytes = tx();
  EXPECT_EQ(submit(bytes).phase, TxPhase::pending);
  EXPECT_NE(mempool.find(sim::fake_id(bytes)), nullptr);
  EXPECT_TRUE(settled->pooled);
  EXPECT_EQ(settled->from, std::nullopt);
  EXPECT_EQ(replies.size(), 1U);
  EXPECT_EQ(counters.value(Counter::transactions_pooled), 1U);
}

TEST_F(AdmissionTest, RefusesMalformedAndUnknownKindsWithoutACheck) {
  EXPECT_EQ(reject_of(SharedBytes::copy_of(as_bytes("nonsense"))), TxReject::malformed);
  ByteVector bytes = to_vector(tx().view());
  bytes[4] = 9;
  EXPECT_EQ(reject_of(SharedBytes::copy_of(bytes)), TxReject::unsupported_kind);
  EXPECT_EQ(checks, 0);
  EXPECT_EQ(counters.value(TxReject::malformed), 1U);
  EXPECT_EQ(counters.value(TxReject::unsupported_kind), 1U);
}

TEST_F(AdmissionTest, RefusesWhatTheHeaderAloneForbids) {
  EXPECT_EQ(reject_of(tx({.payload_bytes = 5'000})), TxReject::too_large);
  EXPECT_EQ(reject_of(tx({.valid_until = 10})), TxReject::expired);
  crypto::format::Genesis foreign = genesis;
  foreign.network_id = crypto::format::network_id_of(as_bytes("another"));
  EXPECT_EQ(reject_of(sim::fake_transaction(foreign, {})), TxReject::wrong_network);
  EXPECT_EQ(checks, 0);
  for (const TxReject reject : {TxReject::too_large, TxReject::expired, TxReject::wrong_network})
    EXPECT_EQ(counters.value(reject), 1U);
}

TEST_F(AdmissionTest, AdmitsListedAuthorsOnlyWhenParticipationIsClosed) {
  genesis.open_participation = false;
  genesis.participants = {sim::fake_key("author", 3)};
  admission.set_system(std::make_shared<const crypto::format::SystemState>(genesis_state(genesis)));
  EXPECT_EQ(reject_of(tx({.author = 4})), TxReject::author_not_admitted);
  EXPECT_EQ(submit(tx({.author = 3})).phase, TxPhase::pending);
  EXPECT_EQ(counters.value(TxReject::author_not_admitted), 1U);
}

TEST_F(AdmissionTest, RefusesWhileSyncingAndSaysWhenToTryAgain) {
  syncing = true;
  const TxStatus status = submit(tx());
  EXPECT_EQ(status.reject, TxReject::syncing);
  EXPECT_GT(status.retry_after_ms, 0U);
  EXPECT_EQ(counters.value(TxReject::syncing), 1U);
  syncing = false;
  EXPECT_EQ(submit(tx()).phase, TxPhase::pending);
}

TEST_F(AdmissionTest, RefusesADuplicatePooledOrInTheChain) {
  submit(tx());
  EXPECT_EQ(reject_of(tx()), TxReject::duplicate);
  in_chain = Height{3};
  EXPECT_EQ(reject_of(tx({.salt = 2})), TxReject::duplicate);
  EXPECT_EQ(counters.value(TxReject::duplicate), 2U);
}

TEST_F(AdmissionTest, RefusesAnAuthorOverQuotaBeforeTheCheck) {
  for (std::uint64_t salt = 0; salt < 3; ++salt) submit(tx({.salt = salt}));
  const TxStatus status = submit(tx({.salt = 9}));
  EXPECT_EQ(status.reject, TxReject::author_quota);
  EXPECT_GT(status.retry_after_ms, 0U);
  EXPECT_EQ(checks, 3);
  EXPECT_EQ(counters.value(TxReject::author_quota), 1U);
}

TEST_F(AdmissionTest, RefusesWhenThePoolIsFull) {
  submit(tx({.author = 1, .payload_bytes = 3'500}));
  submit(tx({.author = 2, .payload_bytes = 3'500}));
  EXPECT_EQ(reject_of(tx({.author = 3, .payload_bytes = 3'600})), TxReject::mempool_full);
  EXPECT_EQ(counters.value(TxReject::mempool_full), 1U);
}

TEST_F(AdmissionTest, AVerdictsReasonIsRepliedCountedAndRemembered) {
  const SharedBytes bytes = tx({.signed_well = false});
  EXPECT_EQ(reject_of(bytes), TxReject::bad_signature);
  EXPECT_EQ(admission.lookup(sim::fake_id(bytes)).reject, TxReject::bad_signature);
  EXPECT_EQ(counters.value(TxReject::bad_signature), 1U);
  // The reasons that only the pool's check finds, as the verdict gives them.
  for (const TxReject reject : {TxReject::bad_dataset_root, TxReject::not_canonical, TxReject::not_sorted, TxReject::blank_node,
                                TxReject::reserved_graph, TxReject::bad_quad_count, TxReject::bad_author_key}) {
    admission.on_submit(now(), RequestId{2}, tx({.salt = 100 + static_cast<std::uint64_t>(reject)}), tip, false, fx);
    const Ticket ticket = std::get<CheckTransaction>(fx.back()).ticket;
    fx.clear();
    admission.on_transaction_checked(now(), ticket, TxVerdict{reject, {}}, tip, fx);
    EXPECT_EQ(std::get<Reply>(fx.back()).status.reject, reject);
    EXPECT_EQ(counters.value(reject), 1U);
    fx.clear();
  }
}

TEST_F(AdmissionTest, ABadCopyDoesNotSpoilTheId) {
  const SharedBytes bad = tx({.signed_well = false});
  const SharedBytes good = tx();
  ASSERT_EQ(sim::fake_id(bad), sim::fake_id(good));
  submit(bad);
  EXPECT_FALSE(admission.is_settled(sim::fake_id(good)));
  EXPECT_EQ(submit(good).phase, TxPhase::pending);
  EXPECT_EQ(admission.lookup(sim::fake_id(good)).phase, TxPhase::pending);
}

TEST_F(AdmissionTest, AnIdTheHeaderForbidsIsSettled) {
  const SharedBytes bytes = tx({.valid_until = 10});
  submit(bytes);
  EXPECT_TRUE(admission.is_settled(sim::fake_id(bytes)));
  EXPECT_EQ(admission.lookup(sim::fake_id(bytes)).phase, TxPhase::expired);
}

TEST_F(AdmissionTest, LooksUpEachPhase) {
  const SharedBytes bytes = tx();
  const TxId id = sim::fake_id(bytes);
  EXPECT_EQ(admission.lookup(id).phase, TxPhase::unknown);
  admission.on_submit(now(), RequestId{1}, bytes, tip, false, fx);
  EXPECT_EQ(admission.lookup(id).phase, TxPhase::pending);
  EXPECT_TRUE(admission.is_in_check(id));
  run_checks();
  mempool.on_final(std::vector{id}, Height{11});
  EXPECT_EQ(admission.lookup(id).phase, TxPhase::final);
  EXPECT_EQ(admission.lookup(id).height, Height{11});
  const TxId other = sim::fake_id(tx({.salt = 4}));
  admission.on_expired(std::vector{other});
  EXPECT_EQ(admission.lookup(other).phase, TxPhase::expired);
  EXPECT_EQ(counters.value(Counter::transactions_expired), 1U);
}

TEST_F(AdmissionTest, APeersTransactionIsPooledUnderItsName) {
  EXPECT_TRUE(from_peer(tx()));
  EXPECT_EQ(settled->from, ConnId{5});
  EXPECT_TRUE(replies.empty());
}

TEST_F(AdmissionTest, APeerThatSendsWhatNobodyHonestPassesOnIsDisconnected) {
  EXPECT_FALSE(from_peer(SharedBytes::copy_of(as_bytes("nonsense"))));
  EXPECT_TRUE(from_peer(tx({.signed_well = false})));
  EXPECT_EQ(disconnects, 1);
  EXPECT_TRUE(from_peer(tx({.valid_until = 3})));  // its view of the chain may be older
  EXPECT_EQ(disconnects, 1);
}

TEST_F(AdmissionTest, AnAnswerWithoutAQuestionIsCounted) {
  EXPECT_FALSE(admission.on_transaction_checked(now(), Ticket{77}, {}, tip, fx).has_value());
  EXPECT_EQ(counters.value(Counter::effects_unanswered), 1U);
}

TEST_F(AdmissionTest, BoundsWhatWaitsForTheCheck) {
  MempoolOptions roomy;
  roomy.author_transactions_max = 100'000;
  Mempool large(roomy);
  Admission busy(genesis, large, counters);
  for (std::uint64_t salt = 0; salt < 4'096; ++salt) busy.on_submit(now(), RequestId{1}, tx({.salt = salt}), tip, false, fx);
  busy.on_submit(now(), RequestId{2}, tx({.salt = 5'000}), tip, false, fx);
  EXPECT_EQ(std::get<Reply>(fx.back()).status.reject, TxReject::mempool_full);
}

}  // namespace
}  // namespace provchain::core
