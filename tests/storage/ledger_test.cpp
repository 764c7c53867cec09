// SPDX-License-Identifier: Apache-2.0
#include "storage/ledger.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/storage/ledger_fixture.hpp"

namespace provchain::storage {
namespace {

using testing::ChainBuilder;
using testing::code_of;
using testing::expect_done;
using testing::Lines;
using testing::tx_id_of_bytes;
using testing::value_of;

class LedgerRecovery : public testing::LedgerTest {
 protected:
  // Two blocks with three transactions, whose positions every state/ of this chain must know.
  void commit_three() {
    for (std::uint64_t i = 0; i < 3; ++i)
      transactions_.push_back(builder_.transaction({"<urn:a> <urn:p> \"" + std::to_string(i) + "\" ."}, i));
    expect_done(commit({builder_.add_block(std::vector<ByteVector>{transactions_[0], transactions_[1]})}));
    first_block_ = builder_.tip_id();
    expect_done(commit({builder_.add_block(std::vector<ByteVector>{transactions_[2]})}));
  }
  void expect_three() const {
    const StateStore& state = ledger_->state();
    const auto txn = value_of(state.read());
    EXPECT_EQ(value_of(state.find_transaction(txn, tx_id_of_bytes(transactions_[0]))), (TxPosition{Height(1), 0, 0}));
    EXPECT_EQ(value_of(state.find_transaction(txn, tx_id_of_bytes(transactions_[1]))), (TxPosition{Height(1), 1, 1}));
    EXPECT_EQ(value_of(state.find_transaction(txn, tx_id_of_bytes(transactions_[2]))), (TxPosition{Height(2), 0, 2}));
    EXPECT_EQ(value_of(state.find_block(txn, first_block_)), Height(1));
    EXPECT_EQ(value_of(state.find_block(txn, builder_.tip_id())), Height(2));
    EXPECT_FALSE(value_of(state.find_transaction(txn, TxId{})));
    EXPECT_FALSE(value_of(state.find_block(txn, BlockId{})));
    EXPECT_EQ(value_of(state.applied(txn)).height, Height(2));
  }
  // Writes into state/ or chain/ behind the ledger's back.
  [[nodiscard]] static lmdb::EnvOptions plain_options() {
    return {.map_bytes = std::uint64_t{1} << 30, .sync = lmdb::SyncPolicy::never};
  }

  std::vector<ByteVector> transactions_;
  BlockId first_block_;
};

TEST_F(LedgerRecovery, KnowsTransactionsAndBlocks) {
  commit_three();
  expect_three();
  reopen();
  expect_three();
}

TEST_F(LedgerRecovery, ReplaysIntoAMissingState) {
  commit_three();
  ledger_.reset();
  std::filesystem::remove_all(options().directory / "state");
  reopen();
  expect_three();
}

TEST_F(LedgerRecovery, ReplaysIntoAStateThatIsBehind) {
  commit_three();
  ledger_.reset();
  {
    auto chain = value_of(ChainStore::open(options().directory / "chain", plain_options(), builder_.genesis_header()));
    const ByteVector third = builder_.add_empty_block();
    const std::vector<Bytes> bytes{third};
    expect_done(chain.commit(value_of(decode_blocks(bytes)), {}, {}, {}));
  }
  reopen();
  EXPECT_EQ(value_of(ledger_->state().applied(value_of(ledger_->state().read()))).height, Height(3));
}

TEST_F(LedgerRecovery, RebuildsAStateThatIsAhead) {
  commit_three();
  ledger_.reset();
  {
    auto state = value_of(StateStore::open(options().directory / "state", plain_options()));
    ChainBuilder longer = builder_;
    const ByteVector third = longer.add_block({Lines{"<urn:x> <urn:p> <urn:y> ."}});
    const std::vector<Bytes> bytes{third};
    expect_done(state.apply(value_of(decode_blocks(bytes))));
  }
  reopen();
  expect_three();
}

TEST_F(LedgerRecovery, RebuildsTheStateOfAnotherChain) {
  commit_three();
  ledger_.reset();
  std::filesystem::remove_all(options().directory / "state");
  {
    auto state = value_of(StateStore::open(options().directory / "state", plain_options()));
    ChainBuilder other("another");
    const ByteVector block = other.add_block({Lines{"<urn:x> <urn:p> <urn:y> ."}});
    const std::vector<Bytes> bytes{block};
    expect_done(state.apply(value_of(decode_blocks(bytes))));
  }
  reopen();
  expect_three();
}

TEST_F(LedgerRecovery, RefusesATransactionForTheSecondTime) {
  commit_three();
  ChainBuilder next = builder_;
  EXPECT_EQ(code_of(commit({next.add_block(std::vector<ByteVector>{transactions_[1]})})), Errc::duplicate_transaction);
  const ByteVector twice = builder_.transaction({"<urn:a> <urn:p> <urn:b> ."}, 77);
  next = builder_;
  EXPECT_EQ(code_of(commit({next.add_block(std::vector<ByteVector>{twice, twice})})), Errc::duplicate_transaction);
  next = builder_;
  const ByteVector first = next.add_block(std::vector<ByteVector>{twice});
  EXPECT_EQ(code_of(commit({first, next.add_block(std::vector<ByteVector>{twice})})), Errc::duplicate_transaction);
  expect_done(commit({first}));
}

TEST_F(LedgerRecovery, RefusesAnotherGenesisOfTheSameNetwork) {
  ledger_.reset();
  auto genesis = builder_.genesis_header();
  genesis.timestamp_ms += 1;
  EXPECT_EQ(code_of(Ledger::open(options(), genesis)), Errc::foreign_network);
}

TEST_F(LedgerRecovery, RefusesAnotherNetworkAndASecondHolder) {
  EXPECT_EQ(code_of(Ledger::open(options(), builder_.genesis_header())), Errc::locked);
  ledger_.reset();
  EXPECT_EQ(code_of(Ledger::open(options(), ChainBuilder("another").genesis_header())), Errc::foreign_network);
}

TEST_F(LedgerRecovery, ALostChainIsNotBegunAnewUnasked) {
  commit_three();
  ledger_.reset();
  std::filesystem::resize_file(options().directory / "chain" / "data.mdb", 0);
  EXPECT_EQ(code_of(Ledger::open(options(), builder_.genesis_header())), Errc::chain_lost);
  std::filesystem::remove_all(options().directory / "chain");
  const auto lost = Ledger::open(options(), builder_.genesis_header());
  EXPECT_EQ(code_of(lost), Errc::chain_lost);
  EXPECT_NE(describe(lost.error()).find("remove chain/, state/ and index/"), std::string::npos) << describe(lost.error());
  for (const char* folder : {"chain", "state", "index"}) std::filesystem::remove_all(options().directory / folder);
  EXPECT_TRUE(Ledger::open(options(), builder_.genesis_header()).has_value()) << "as the message says";
}

TEST_F(LedgerRecovery, ReadersOnOtherThreadsSeeWholeCommits) {
  std::atomic<bool> stop = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([this, &stop] {
      while (!stop) {
        const auto txn = value_of(ledger_->chain().read());
        const Tip tip = value_of(ledger_->chain().tip(txn));
        EXPECT_EQ(value_of(ledger_->chain().block_at(txn, tip.height)).empty(), tip.height == Height{});
        EXPECT_EQ(value_of(ledger_->chain().newest_certificate(txn)).height, tip.height);
        EXPECT_EQ(tip.history.size, tip.height.value() + 1);
      }
    });
  for (int i = 0; i < 50; ++i) commit_certified(std::vector<Lines>{{"<urn:a> <urn:p> \"" + std::to_string(i) + "\" ."}});
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

TEST_F(LedgerRecovery, TruncatedChainFileIsDamage) {
  commit_three();
  ledger_.reset();
  std::filesystem::resize_file(options().directory / "chain" / "data.mdb", 2 * 4096);
  EXPECT_EQ(code_of(Ledger::open(options(), builder_.genesis_header())), Errc::corrupt);
}

}  // namespace
}  // namespace provchain::storage
