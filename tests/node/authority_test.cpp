// SPDX-License-Identifier: Apache-2.0
#include "engine/node/authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/ledger.hpp"
#include "tests/storage/chain_builder.hpp"
#include "tests/storage/temporary_directory.hpp"

namespace provchain::node {
namespace {

using storage::testing::ChainBuilder;
using storage::testing::TemporaryDirectory;
using ::testing::HasSubstr;

// One authority with its key, and the data directory of its node.
class AuthorityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::init());
    config_.genesis = builder_.genesis();
    config_.is_authority = true;
    config_.authority_key_file = directory_.path() / "authority.key";
    config_.data_dir = directory_.path() / "data";
    config_.map_size_bytes = std::uint64_t{1} << 30;
    const auto key = crypto::new_key_file(config_.authority_key_file.string(), crypto::new_journal_uuid());
    ASSERT_TRUE(key);
    config_.genesis.authorities[0].key = key->pair.public_key;
  }
  [[nodiscard]] auto open_ledger() const {
    return storage::Ledger::open({config_.data_dir, config_.map_size_bytes, false},
                                 crypto::format::genesis_header(config_.genesis));
  }
  [[nodiscard]] std::string create() const {
    const auto made = create_journal(config_, std::nullopt);
    return made ? "made" : made.error().message;
  }

  TemporaryDirectory directory_;
  ChainBuilder builder_;
  Config config_;
};

TEST_F(AuthorityTest, AJournalIsMadeOnce) {
  EXPECT_EQ(create(), "made");
  EXPECT_THAT(create(), HasSubstr("vote journal"));
}

TEST_F(AuthorityTest, NoJournalIsMadeForAnAuthorityThatTheChainHasSeenVoting) {
  {
    auto ledger = open_ledger();
    ASSERT_TRUE(ledger);
    ASSERT_TRUE((*ledger)->commit({.blocks = {}, .certificate = {}, .guard = {Epoch(0), View(7), 2}}));
  }
  EXPECT_THAT(create(), HasSubstr(crypto::to_string(crypto::JournalErrc::behind_chain)));
  EXPECT_THAT(create(), HasSubstr(crypto::to_string(crypto::JournalErrc::behind_chain))) << "and nothing was left behind";
}

TEST_F(AuthorityTest, NoJournalIsMadeBesideARunningNode) {
  const auto running = open_ledger();
  ASSERT_TRUE(running);
  EXPECT_THAT(create(), HasSubstr(storage::describe(storage::Error{.code = storage::Errc::locked})));
}

TEST_F(AuthorityTest, WhatStoppedItInAnEarlierRunKeepsItsKeyFromSigning) {
  ASSERT_EQ(create(), "made");
  const auto stopped = start_authority(config_, NodeId{}, Height{}, {}, "somebody else signs with this key", std::nullopt, {});
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->signer, nullptr);
  EXPECT_EQ(stopped->quarantine_reason, "somebody else signs with this key");
}

// A coming authority, or one that was removed: the chain decides when the key counts.
TEST_F(AuthorityTest, AKeyThatTheGenesisDoesNotNameHasItsJournalToo) {
  config_.genesis = builder_.genesis();
  ASSERT_EQ(create(), "made");
  const auto started = start_authority(config_, NodeId{}, Height{}, {}, std::nullopt, std::nullopt, {});
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_NE(started->signer, nullptr);
  EXPECT_FALSE(crypto::format::find_authority(config_.genesis.authorities, started->key));
  started->signer->stop();
}

}  // namespace
}  // namespace provchain::node
