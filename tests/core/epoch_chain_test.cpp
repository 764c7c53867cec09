// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sync/epoch_chain.hpp"

#include <gtest/gtest.h>

#include "tests/core/chain_samples.hpp"
#include "tests/core/effects_expect.hpp"
#include "wire/messages.hpp"

namespace provchain::core {
namespace {

using crypto::format::EpochEndView;
using crypto::format::EpochFault;
using Outcome = EpochChain::Outcome;

// A chain of four epochs that ended, with other authorities each, and somebody who knows the first.
class EpochChainTest : public ::testing::Test {
 protected:
  EpochChainTest() {
    for (const auto& next : {std::vector<std::uint8_t>{1}, {1, 2, 3, 4, 5}, {7, 8}, {9, 10, 11}}) {
      chain.grow(3);
      chain.end_epoch(sim::sample_authorities(next));
    }
    EXPECT_FALSE(epochs.begin(*chain.system(Height{})));
  }
  [[nodiscard]] Now now() const { return {clock, {}}; }
  void ask(std::uint64_t wanted) { epochs.ask(now(), ConnId{1}, Epoch{wanted}, fx); }
  // The one question on its way; corr 0: none.
  std::uint32_t asked(wire::GetEpochs& request) {
    const auto sent = sent_to(std::exchange(fx, {}), ConnId{1}, wire::MessageKind::get_epochs);
    if (sent.size() != 1) return 0;
    request = *wire::parse_get_epochs(sent[0].payload.view());
    return sent[0].corr;
  }
  std::vector<EpochEndView> ends(std::uint64_t first, std::uint64_t count) const {
    std::vector<EpochEndView> views;
    for (std::uint64_t i = 0; i < count; ++i) views.push_back(chain.end_of(first + i));
    return views;
  }
  Outcome give(std::uint32_t corr, const std::vector<EpochEndView>& views) {
    return epochs.on_epochs(ConnId{1}, corr, views, fx).outcome;
  }
  Outcome verify() {
    Outcome outcome = Outcome::not_mine;
    for (const VerifySignatures& effect : all_of<VerifySignatures>(std::exchange(fx, {}))) {
      std::vector<bool> valid;
      for (const SignatureCheck& check : effect.checks) valid.push_back(sim::fake_verify(check));
      if (outcome != Outcome::wrong) outcome = epochs.on_verified(effect.ticket, valid).outcome;
    }
    return outcome;
  }
  Outcome learn(std::uint64_t wanted) {
    ask(wanted);
    wire::GetEpochs request;
    const std::uint32_t corr = asked(request);
    give(corr, ends(request.first.value(), request.count));
    return verify();
  }

  crypto::format::Genesis genesis = sim::fake_genesis(4);
  sim::ChainSample chain{genesis, 0};
  TicketSource tickets{owner::sync};
  CorrelationSource correlations{owner::sync};
  EpochChain epochs{tickets, correlations};
  MonoTime clock{1'000'000};
  Effects fx;
};

TEST_F(EpochChainTest, AsksForWhatIsMissingAndLearnsEverySet) {
  ask(3);
  wire::GetEpochs request;
  const std::uint32_t corr = asked(request);
  EXPECT_EQ(request, (wire::GetEpochs{Epoch{0}, 3}));
  EXPECT_EQ(give(corr, ends(0, 3)), Outcome::judging);
  EXPECT_EQ(epochs.newest(), Epoch{0}) << "nothing counts before its signatures do";
  EXPECT_EQ(verify(), Outcome::proven);
  EXPECT_EQ(epochs.newest(), Epoch{3});
  EXPECT_EQ(epochs.running_end()->header.height, Height{4});
  EXPECT_EQ(epochs.last_end()->header.height, Height{12});
  EXPECT_EQ(epochs.find(Epoch{1})->authorities, sim::sample_authorities({1}));
  EXPECT_EQ(epochs.find(Epoch{3})->authorities, sim::sample_authorities({7, 8}));
  EXPECT_EQ(epochs.find(Epoch{4}), nullptr);
  EXPECT_EQ(learn(4), Outcome::proven);
  EXPECT_EQ(epochs.newest(), Epoch{4});
}

TEST_F(EpochChainTest, AShorterAnswerIsWelcome) {
  ask(4);
  wire::GetEpochs request;
  EXPECT_EQ(give(asked(request), ends(0, 2)), Outcome::judging);
  EXPECT_EQ(verify(), Outcome::proven);
  EXPECT_EQ(epochs.newest(), Epoch{2});
}

TEST_F(EpochChainTest, WhatIsBehindIsForgottenButTheEpochBefore) {
  ASSERT_EQ(learn(4), Outcome::proven);
  EXPECT_FALSE(epochs.begin(*chain.system(Height{4})));
  EXPECT_EQ(epochs.running(), Epoch{1});
  EXPECT_EQ(epochs.running_end()->header.height, Height{8});
  EXPECT_EQ(epochs.find(Epoch{0})->authorities, genesis.authorities);
  EXPECT_FALSE(epochs.begin(*chain.system(Height{12})));
  EXPECT_EQ(epochs.find(Epoch{0}), nullptr);
  EXPECT_EQ(epochs.find(Epoch{2})->authorities, sim::sample_authorities({1, 2, 3, 4, 5}));
  EXPECT_EQ(epochs.newest(), Epoch{4});
}

TEST_F(EpochChainTest, AnotherEndThanTheProvenOneIsAContradiction) {
  ASSERT_EQ(learn(4), Outcome::proven);
  crypto::format::SystemState other = *chain.system(Height{4});
  other.anchor_id.bytes[0] ^= 1;
  const auto contradicted = epochs.begin(other);
  ASSERT_TRUE(contradicted);
  EXPECT_EQ(contradicted->block_id, chain.id(Height{4}));
  EXPECT_EQ(epochs.newest(), Epoch{1}) << "what led on from it is void";
}

TEST_F(EpochChainTest, EveryFaultOfAStepHasItsName) {
  const crypto::format::TrustedEpoch first = *epochs.find(Epoch{0});
  const auto fault = [&](auto change) -> std::optional<EpochFault> {
    ByteVector header = to_vector(chain.end_of(0).header);
    ByteVector certificate = to_vector(chain.end_of(0).certificate);
    ByteVector next = to_vector(chain.end_of(0).next_authorities);
    change(header, certificate, next);
    const auto end = read_epoch_end({header, certificate, next}, first);
    return end ? std::nullopt : std::optional(end.error());
  };
  using Bytevec = ByteVector;
  EXPECT_EQ(fault([](Bytevec&, Bytevec&, Bytevec&) {}), std::nullopt);
  EXPECT_EQ(fault([](Bytevec& header, Bytevec&, Bytevec&) { header.pop_back(); }), EpochFault::not_an_end);
  EXPECT_EQ(fault([](Bytevec& header, Bytevec&, Bytevec&) { header[4] = 0; }), EpochFault::not_an_end);
  for (const std::size_t offset : {std::size_t{16}, std::size_t{80}, std::size_t{144}})  // epoch, network, anchor
    EXPECT_EQ(fault([&](Bytevec& header, Bytevec&, Bytevec&) { header[offset] ^= 1; }), EpochFault::foreign_block);
  EXPECT_EQ(fault([](Bytevec& header, Bytevec&, Bytevec&) { header[8] = 0; }), EpochFault::foreign_block);
  EXPECT_EQ(fault([](Bytevec& header, Bytevec&, Bytevec&) { header[272] ^= 1; }), EpochFault::foreign_set);
  EXPECT_EQ(fault([](Bytevec& header, Bytevec&, Bytevec&) { header[304] ^= 1; }), EpochFault::wrong_certificate);
  for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, std::size_t{25}, std::size_t{33}})
    EXPECT_EQ(fault([&](Bytevec&, Bytevec& certificate, Bytevec&) { certificate[offset] ^= 2; }), EpochFault::wrong_certificate);
  EXPECT_EQ(fault([](Bytevec&, Bytevec& certificate, Bytevec&) { certificate.pop_back(); }), EpochFault::wrong_certificate);
  EXPECT_EQ(fault([](Bytevec&, Bytevec&, Bytevec& next) { next.back() ^= 1; }), EpochFault::wrong_next_set);
  EXPECT_EQ(fault([](Bytevec&, Bytevec&, Bytevec& next) { next.pop_back(); }), EpochFault::wrong_next_set);
  for (const EpochFault one : {EpochFault::not_an_end, EpochFault::foreign_block, EpochFault::foreign_set,
                               EpochFault::wrong_certificate, EpochFault::wrong_next_set})
    EXPECT_FALSE(to_string(one).empty());
}

TEST_F(EpochChainTest, OneWrongLinkSpoilsTheWholeAnswer) {
  const std::vector<std::vector<EpochEndView>> lies{
      {chain.end_of(1)},                   // a step is left out
      {chain.end_of(1), chain.end_of(0)},  // in another order
      {chain.end_of(0), chain.end_of(0)},  // twice
      ends(0, 4),                          // more than was asked for
      {chain.end_of(0), {chain.end_of(1).header, chain.end_of(2).certificate, chain.end_of(1).next_authorities}},
      {{chain.end_of(0).header, chain.end_of(0).certificate, chain.end_of(1).next_authorities}},
      {{chain.end_of(1).header, chain.end_of(0).certificate, chain.end_of(0).next_authorities}}};
  for (const auto& lie : lies) {
    ask(3);
    wire::GetEpochs request;
    EXPECT_EQ(give(asked(request), lie), Outcome::wrong);
    EXPECT_TRUE(all_of<VerifySignatures>(fx).empty()) << "no signature is worth checking";
    EXPECT_EQ(epochs.newest(), Epoch{0});
  }
}

TEST_F(EpochChainTest, AForgedSignatureSpoilsTheWholeAnswer) {
  ByteVector forged = to_vector(chain.end_of(1).certificate);
  forged.back() ^= 1;
  ask(3);
  wire::GetEpochs request;
  const std::uint32_t corr = asked(request);
  EXPECT_EQ(give(corr, {chain.end_of(0), {chain.end_of(1).header, forged, chain.end_of(1).next_authorities}, chain.end_of(2)}),
            Outcome::judging);
  EXPECT_EQ(verify(), Outcome::wrong);
  EXPECT_EQ(epochs.newest(), Epoch{0});
  EXPECT_EQ(learn(3), Outcome::proven) << "another peer may be honest";
}

TEST_F(EpochChainTest, AnAnswerThatTheChainHasOvertakenIsNobodysFault) {
  ask(3);
  wire::GetEpochs request;
  const std::uint32_t corr = asked(request);
  EXPECT_FALSE(epochs.begin(*chain.system(Height{4})));
  EXPECT_EQ(give(corr, ends(0, 3)), Outcome::overtaken);
  ask(3);
  EXPECT_EQ(give(asked(request), ends(1, 2)), Outcome::judging);
  EXPECT_FALSE(epochs.begin(*chain.system(Height{8})));
  EXPECT_EQ(verify(), Outcome::overtaken);
}

TEST_F(EpochChainTest, OneQuestionAtATimeUntilItIsAnsweredRefusedLateOrItsPeerGone) {
  wire::GetEpochs request;
  ask(3);
  const std::uint32_t corr = asked(request);
  ask(3);
  EXPECT_EQ(asked(request), 0U);
  EXPECT_EQ(epochs.on_epochs(ConnId{2}, corr, ends(0, 1), fx).outcome, Outcome::not_mine);
  EXPECT_FALSE(epochs.on_refused(ConnId{1}, corr + 1));
  EXPECT_TRUE(epochs.on_refused(ConnId{1}, corr));
  ask(3);
  EXPECT_NE(asked(request), 0U);
  epochs.on_peer_gone(ConnId{1});
  ask(3);
  EXPECT_NE(asked(request), 0U);
  EXPECT_FALSE(epochs.take_late(clock));
  clock = epochs.next_deadline();
  EXPECT_EQ(epochs.take_late(clock), ConnId{1});
  EXPECT_EQ(epochs.next_deadline(), kNever);
  EXPECT_EQ(give(corr, ends(0, 1)), Outcome::not_mine);
}

TEST_F(EpochChainTest, FarAheadItAsksForNoMoreThanItKeeps) {
  ask(UINT64_MAX);
  wire::GetEpochs request;
  EXPECT_NE(asked(request), 0U);
  EXPECT_EQ(request.count, EpochChain::ends_max);
  ask(0);
  EXPECT_EQ(asked(request), 0U) << "of what is known already nothing is asked";
}

}  // namespace
}  // namespace provchain::core
