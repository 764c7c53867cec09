// SPDX-License-Identifier: Apache-2.0
// Block sync alone, and the verbs of its tests.
#pragma once

#include <gtest/gtest.h>

#include "engine/core/sync/block_sync.hpp"
#include "tests/core/chain_samples.hpp"
#include "tests/core/effects_expect.hpp"
#include "wire/messages.hpp"

namespace provchain::core {

using wire::MessageKind;
using wire::PeerReason;

// A node at height 0 and peers that hold a chain of 300 blocks. Each verb is one message or one answer.
class BlockSyncTest : public ::testing::Test {
 protected:
  BlockSyncTest() { tip(Height{0}); }

  void tip(Height height, const BlockId& id) { sync.on_tip(now(), height, id, chain.system(height), fx); }
  void tip(Height height) { tip(height, chain.id(height)); }

  Now now() const { return {clock, {}}; }
  void advance(Duration span) {
    clock = clock + span;
    sync.on_tick(now(), fx);
  }
  void connect(std::uint64_t conn) {
    sync.on_peer_ready(now(), ConnId{conn}, fx);
    EXPECT_EQ(sent_to(fx, ConnId{conn}, MessageKind::get_status).size(), 1U);
    fx.clear();
  }
  void status(std::uint64_t conn, Height height, ByteVector certificate, Height base = Height{1}) {
    const SharedBytes payload = wire::build_status({base, height, certificate});
    sync.on_status(now(), ConnId{conn}, *wire::parse_status(payload.view()), fx);
    verify();
  }
  void status(std::uint64_t conn, Height height) { status(conn, height, chain.encoded_certificate(height)); }
  void verify() {
    const auto asked = all_of<VerifySignatures>(fx);
    std::erase_if(fx, [](const Effect& effect) { return std::holds_alternative<VerifySignatures>(effect); });
    for (const VerifySignatures& effect : asked) {
      std::vector<bool> valid;
      for (const SignatureCheck& check : effect.checks) valid.push_back(sim::fake_verify(check));
      sync.on_verified(now(), effect.ticket, valid, fx);
    }
  }
  // The corr of the one request of this kind to this peer since the last look; 0: none.
  std::uint32_t request(std::uint64_t conn, MessageKind kind) {
    const auto sent = sent_to(fx, ConnId{conn}, kind);
    return sent.size() == 1 ? sent[0].corr : 0;
  }
  void give_header(std::uint64_t conn, Height height) {
    const std::uint32_t corr = request(conn, MessageKind::get_headers);
    ASSERT_NE(corr, 0U);
    fx.clear();
    const SharedBytes& block = chain.block(height);
    sync.on_headers(now(), ConnId{conn}, corr, block.view().first(crypto::format::block_header_bytes), fx);
  }
  OpenedBatch batch(Height first, std::uint64_t count, Height head) const {
    OpenedBatch made{first, {}, {}};
    for (std::uint64_t i = 0; i < count; ++i) made.blocks.push_back(chain.block(first.plus(i)));
    const Height last(first.value() + count - 1);
    if (last < head) made.path = chain.path(last, head);
    return made;
  }
  void give_batch(std::uint64_t conn, const std::optional<OpenedBatch>& opened) {
    const std::uint32_t corr = request(conn, MessageKind::get_batch);
    ASSERT_NE(corr, 0U);
    fx.clear();
    sync.on_batch(now(), ConnId{conn}, corr, SharedBytes::of_size(1), fx);
    ASSERT_EQ(all_of<OpenBatch>(fx).size(), 1U);
    const Ticket ticket = all_of<OpenBatch>(fx)[0].ticket;
    fx.clear();
    sync.on_batch_opened(now(), ticket, opened, fx);
  }
  void check_blocks(BlockOutcome outcome = BlockOutcome::valid) {
    for (const CheckBlock& check : all_of<CheckBlock>(std::exchange(fx, {})))
      sync.on_block_checked(now(), check.ticket, {outcome, {}, {}}, fx);
  }
  // The Commit that was made becomes durable.
  void commit(Height height) {
    ASSERT_EQ(all_of<Commit>(fx).size(), 1U);
    committed = all_of<Commit>(fx)[0];
    fx.clear();
    tip(height);
  }
  std::optional<PeerReason> blamed() {
    const auto disconnects = all_of<Disconnect>(fx);
    return disconnects.empty() ? std::nullopt : std::optional(disconnects.front().reason);
  }
  // The answer to the one question for epochs.
  void give_epochs(std::uint64_t conn, const std::vector<crypto::format::EpochEndView>& epochs) {
    const std::uint32_t corr = request(conn, MessageKind::get_epochs);
    ASSERT_NE(corr, 0U);
    fx.clear();
    sync.on_epochs(now(), ConnId{conn}, corr, epochs, fx);
    verify();
  }
  // Up to the first GetBatch.
  void begin(std::uint64_t conn, Height height) {
    connect(conn);
    status(conn, height);
    give_header(conn, height);
  }

  crypto::format::Genesis genesis = sim::fake_genesis(4);
  sim::ChainSample chain{genesis, 300};
  Counters counters;
  BlockSync sync{counters};
  MonoTime clock{1'000'000};
  Effects fx;
  Commit committed;
};

}  // namespace provchain::core
