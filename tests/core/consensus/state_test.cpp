// SPDX-License-Identifier: Apache-2.0
// One node's knowledge, fed by hand with certificates that no cluster would come to in a short time.
#include "engine/core/consensus/state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "base/prng.hpp"
#include "crypto/format/block.hpp"
#include "engine/core/consensus/consensus.hpp"
#include "tests/core/consensus/cluster.hpp"
#include "tests/core/consensus/epochs.hpp"
#include "wire/messages.hpp"

namespace provchain::core::consensus::test {
namespace {

using crypto::format::BlockHeader;
using crypto::format::Certificate;
using crypto::format::VoteKind;

Certificate certificate(const crypto::format::StatementContext& context, VoteKind kind, std::uint64_t view, std::uint64_t since,
                        std::uint64_t height = 0, const BlockId& id = {}) {
  Certificate made;
  made.kind = kind;
  made.view = View(view);
  if (kind != VoteKind::nullify) made.parent_view = View(since);
  made.height = Height(height);
  made.block_id = id;
  for (std::uint16_t i = 1; i < 4; ++i) {
    made.signers.push_back({AuthorityIndex(i), kind == VoteKind::nullify ? View(since) : View{}, {}});
    made.signers.back().signature = sign_vote(context, i, ballot_of(made, made.signers.back())).signature;
  }
  return made;
}

// ---- the tip ----

// What the protocol says, view by view.
std::optional<View> slow_tip(const State& state) {
  for (View next = state.view.previous(); next > state.final.view; next = next.previous()) {
    const std::optional<Node> candidate = state.book.node(next);
    if (candidate && state.tree.is_valid(candidate->block_id)) return candidate->view;
    if (state.book.skip_over(next) == nullptr) return std::nullopt;
  }
  return state.final.view;
}

TEST(State, FindsTheTipThatASearchViewByViewFinds) {
  const crypto::format::Genesis genesis = test_genesis(4, {});
  Prng dice(11);
  std::size_t found = 0;
  for (int round = 0; round < 500; ++round) {
    Roster roster;
    Mempool mempool{MempoolOptions{}};
    TicketSource tickets(owner::consensus);
    State state(Options{}, genesis_end(genesis), genesis.authorities[0].key, roster, mempool, tickets);
    for (std::uint64_t i = 0; i < 4 + dice.below(8); ++i) {
      const std::uint64_t view = 1 + dice.below(14);
      if (dice.chance(500)) {
        state.book.add(certificate(state.epoch.context, VoteKind::nullify, view, dice.below(view)), true);
        continue;
      }
      BlockHeader header = genesis_header(genesis);
      header.height = Height(1);
      header.view = View(view);
      const BlockId id = block_id_of(header);
      state.tree.add(id, header, View(view))->state = dice.chance(600) ? BlockState::valid : BlockState::checked;
      state.book.add(certificate(state.epoch.context, VoteKind::notarize, view, 0, 1, id), true);
    }
    state.view = View(1 + dice.below(16));
    const std::optional<Node> tip = state.tip();
    const std::optional<View> expected = slow_tip(state);
    ASSERT_EQ(tip.has_value(), expected.has_value()) << round;
    ASSERT_EQ(tip ? tip->view : View{}, expected.value_or(View{})) << round;
    found += tip && tip->view > View(0) ? 1 : 0;
  }
  EXPECT_GT(found, 50U);
}

// ---- one node and its certificates ----

class OneNode : public testing::Test {
 protected:
  OneNode() { start({}); }
  void start(Recovered recovered) {
    roster_ = Roster();
    consensus_ = std::make_unique<Consensus>(Options{}, genesis_, genesis_.authorities[0].key, roster_, mempool_,
                                             TicketSource(owner::consensus), CorrelationSource(owner::consensus));
    if (recovered.history.size == 0) {
      recovered.tip = genesis_header(genesis_);
      recovered.tip_id = block_id_of(recovered.tip);
      recovered.history = extend_history({}, recovered.tip_id);
    }
    consensus_->on_start(now_, recovered, fx_);
    roster_.add(ConnId(1));
    roster_.attest(ConnId(1), AuthorityIndex(1));
    consensus_->on_peer_ready(now_, ConnId(1), fx_);
    fx_.clear();
  }
  void give(const Certificate& made) {
    const SharedBytes bytes = SharedBytes::copy_of(encode_certificate(made, 4));
    consensus_->on_message(now_, ConnId(1), {wire::MessageKind::certificate, false, 0, 1, bytes}, fx_);
    for (const Effect& effect : std::exchange(fx_, {}))
      if (const auto* verify = std::get_if<VerifySignatures>(&effect))
        consensus_->on_verified(now_, verify->ticket, std::vector<bool>(verify->checks.size(), true), fx_);
  }
  [[nodiscard]] BlockHeader header_at(std::uint64_t height) const {
    BlockHeader header = genesis_header(genesis_);
    header.height = Height(height);
    header.view = View(height);
    return header;
  }
  // As long as the height asks for; what is in it matters to nobody here.
  [[nodiscard]] static crypto::merkle::Frontier history_to(std::uint64_t height, const BlockId& id) {
    crypto::merkle::Frontier history;
    for (std::uint64_t i = 0; i < height; ++i) history = extend_history(history, BlockId{});
    return extend_history(history, id);
  }

  crypto::format::Genesis genesis_ = test_genesis(4, {});
  crypto::format::StatementContext context_ = genesis_epoch(genesis_).context;
  Now now_{MonoTime{1'000'000}, WallTime{1'700'000'100'000}};
  Roster roster_;
  Mempool mempool_{MempoolOptions{}};
  Effects fx_;
  std::unique_ptr<Consensus> consensus_;
};

TEST_F(OneNode, AHaltedNodeSurvivesTheEndOfACatchUp) {
  const BlockHeader header = header_at(20);
  const BlockId id = block_id_of(header);
  BlockId other;
  other.bytes.fill(9);
  const Certificate final = certificate(context_, VoteKind::finalize, 20, 19, 20, id);
  give(final);
  ASSERT_TRUE(consensus_->certified_ahead().has_value());
  give(certificate(context_, VoteKind::notarize, 20, 19, 20, other));
  ASSERT_EQ(consensus_->mode(), Mode::halted);
  consensus_->on_synced(now_, {header, id, history_to(20, id), genesis_system(genesis_)}, final, fx_);
  EXPECT_FALSE(consensus_->certified_ahead().has_value());
  EXPECT_EQ(consensus_->mode(), Mode::halted);
}

TEST_F(OneNode, AFinalBlockWithoutItsCertificateAsksForItAndTakesIt) {
  const BlockHeader header = header_at(5);
  const BlockId id = block_id_of(header);
  Recovered recovered;
  recovered.tip = header;
  recovered.tip_id = id;
  recovered.history = history_to(5, id);
  start(recovered);
  ASSERT_FALSE(consensus_->final_certificate().has_value());
  wire::ViewStatus status;
  status.view = View(6);
  status.final_view = status.top_notarized = View(5);
  consensus_->on_message(now_, ConnId(1), {wire::MessageKind::view_status, false, 0, 1, wire::build_view_status(status)}, fx_);
  now_.mono = now_.mono + Duration::seconds(1);
  consensus_->on_tick(now_, fx_);
  const bool asks = std::ranges::any_of(fx_, [](const Effect& effect) {
    const auto* sent = std::get_if<Send>(&effect);
    return sent != nullptr && sent->message.kind == wire::MessageKind::get_certificates;
  });
  EXPECT_TRUE(asks);
  fx_.clear();
  BlockId other;
  give(certificate(context_, VoteKind::finalize, 5, 4, 5, other));
  EXPECT_FALSE(consensus_->final_certificate().has_value());
  const Certificate final = certificate(context_, VoteKind::finalize, 5, 4, 5, id);
  give(final);
  ASSERT_TRUE(consensus_->final_certificate().has_value());
  EXPECT_EQ(*consensus_->final_certificate(), final);
  EXPECT_EQ(consensus_->last_final().parent_view, View(4));
}

}  // namespace
}  // namespace provchain::core::consensus::test
