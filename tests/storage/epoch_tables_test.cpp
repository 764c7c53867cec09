// SPDX-License-Identifier: Apache-2.0
#include "storage/epoch_tables.hpp"

#include <gtest/gtest.h>
#include <lmdb.h>

#include <functional>

#include "tests/storage/ledger_fixture.hpp"

namespace provchain::storage {
namespace {

using crypto::format::BlockHeader;
using testing::code_of;
using testing::expect_done;
using testing::value_of;

const std::vector<std::uint8_t> kNext{1, 2, 3, 4, 5};

class EpochTablesTest : public testing::LedgerTest {
 protected:
  [[nodiscard]] const ChainStore& chain() const { return ledger_->chain(); }
  void commit_empty(std::string_view state = {}) {
    const ByteVector block = builder_.add_empty_block();
    expect_done(commit({block}, builder_.certificate(), {}, {.state = as_bytes(state), .next_authorities = {}}));
  }
  [[nodiscard]] std::string state_at(std::uint64_t height) const {
    const auto txn = value_of(chain().read());
    return std::string(as_text(value_of(chain().epochs().system_at(txn, Height(height)))));
  }
};

TEST_F(EpochTablesTest, TheStateOfAHeightIsTheNewestStoredBelow) {
  commit_empty();
  EXPECT_EQ(state_at(1), "");
  commit_empty("two");
  commit_empty();
  commit_empty("four");
  commit_empty();
  reopen();
  for (const auto& [height, state] : {std::pair(1, ""), {2, "two"}, {3, "two"}, {4, "four"}, {5, "four"}, {900, "four"}})
    EXPECT_EQ(state_at(static_cast<std::uint64_t>(height)), state);
}

TEST_F(EpochTablesTest, AnEndedEpochLeavesItsCertificateAndSuccessors) {
  commit_empty();
  commit_epoch_end(kNext, "begun");
  const ByteVector certificate = builder_.certificate();
  const ByteVector authorities = builder_.authorities();
  commit_empty();
  reopen();
  const auto txn = value_of(chain().read());
  const auto end = value_of(chain().epochs().end_of(txn, Epoch(0)));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->height, Height(2));
  EXPECT_TRUE(equal(end->certificate, certificate));
  EXPECT_TRUE(equal(end->next_authorities, authorities));
  EXPECT_EQ(state_at(3), "begun");
  EXPECT_FALSE(value_of(chain().epochs().end_of(txn, Epoch(1))));
}

TEST_F(EpochTablesTest, EpochsFollowEachOtherWithOtherAuthorities) {
  commit_epoch_end({9});
  commit_epoch_end({9, 10});
  commit_empty();
  commit_epoch_end(kNext);
  const auto txn = value_of(chain().read());
  for (const auto& [epoch, height] : {std::pair(0, 1), {1, 2}, {2, 4}})
    EXPECT_EQ(value_of(chain().epochs().end_of(txn, Epoch(static_cast<std::uint64_t>(epoch))))->height,
              Height(static_cast<std::uint64_t>(height)));
}

TEST_F(EpochTablesTest, RefusesAnEpochEndThatIsNotTheLastBlock) {
  const ByteVector end = builder_.add_epoch_end(kNext);
  const ByteVector above = builder_.add_empty_block();
  const ByteVector authorities = builder_.authorities();
  const SystemUpdate update{.state = as_bytes("s"), .next_authorities = authorities};
  EXPECT_EQ(code_of(commit({end, above}, builder_.certificate(), {}, update)), Errc::epoch_end_not_last);
  EXPECT_EQ(value_of(chain().height(value_of(chain().read()))), Height{});
}

TEST_F(EpochTablesTest, RefusesAnEpochEndWithoutWhatFollows) {
  const ByteVector end = builder_.add_epoch_end(kNext);
  const ByteVector authorities = builder_.authorities();
  const ByteVector foreign = encode_authorities(builder_.genesis().authorities);
  const ByteVector certificate = builder_.certificate();
  const auto outcome = [&](const ByteVector& proof, Bytes state, Bytes next) {
    return code_of(commit({end}, proof, {}, {.state = state, .next_authorities = next}));
  };
  EXPECT_EQ(outcome({}, as_bytes("s"), authorities), Errc::epoch_end_incomplete);
  EXPECT_EQ(outcome(certificate, {}, authorities), Errc::epoch_end_incomplete);
  EXPECT_EQ(outcome(certificate, as_bytes("s"), {}), Errc::wrong_next_authorities);
  EXPECT_EQ(outcome(certificate, as_bytes("s"), foreign), Errc::wrong_next_authorities);
  EXPECT_EQ(outcome(certificate, as_bytes("s"), Bytes(authorities).first(40)), Errc::wrong_next_authorities);
  expect_done(commit({end}, certificate, {}, {.state = as_bytes("s"), .next_authorities = authorities}));
}

TEST_F(EpochTablesTest, RefusesNextAuthoritiesWhereNothingEnds) {
  const ByteVector block = builder_.add_empty_block();
  const ByteVector authorities = builder_.authorities();
  EXPECT_EQ(code_of(commit({block}, builder_.certificate(), {}, {.state = {}, .next_authorities = authorities})),
            Errc::wrong_next_authorities);
}

TEST_F(EpochTablesTest, RefusesABlockOfAnotherEpochAnchorOrSet) {
  const std::vector<std::function<void(BlockHeader&)>> changes{
      [](BlockHeader& header) { header.epoch = header.epoch.next(); },
      [](BlockHeader& header) { header.epoch_anchor_id.bytes[0] ^= 1; },
      [](BlockHeader& header) { header.authority_set_hash.bytes[0] ^= 1; },
      [](BlockHeader& header) { header.next_authority_set_hash.bytes[0] ^= 1; }};
  const auto refuse_each = [&](const ByteVector& block) {
    for (const auto& change : changes) EXPECT_EQ(code_of(commit({spoiled(block, change)})), Errc::wrong_epoch);
    expect_done(commit({block}));
  };
  refuse_each(builder_.add_empty_block());
  refuse_each(builder_.add_empty_block());
  commit_epoch_end(kNext);
  refuse_each(builder_.add_empty_block());
  refuse_each(builder_.add_empty_block());
}

TEST_F(EpochTablesTest, RefusesACertificateOfAnotherEpoch) {
  commit_epoch_end(kNext);
  const ByteVector block = builder_.add_empty_block();
  ByteVector certificate = builder_.certificate();
  certificate[1] ^= 1;
  EXPECT_EQ(code_of(commit({block}, certificate)), Errc::wrong_certificate);
}

// As if the process had ended between chain/ and state/.
TEST_F(EpochTablesTest, AStateThatMissedAnEpochEndIsBroughtUp) {
  commit_empty();
  ledger_.reset();
  {
    const lmdb::EnvOptions plain{.map_bytes = map_bytes_, .sync = lmdb::SyncPolicy::never};
    auto chain = value_of(ChainStore::open(options().directory / "chain", plain, builder_.genesis_header()));
    const ByteVector block = builder_.add_epoch_end(kNext);
    const ByteVector authorities = builder_.authorities();
    const std::vector<Bytes> bytes{block};
    expect_done(chain.commit(value_of(decode_blocks(bytes)), builder_.certificate(), {},
                             {.state = as_bytes("begun"), .next_authorities = authorities}));
  }
  reopen();
  EXPECT_EQ(value_of(ledger_->state().applied(value_of(ledger_->state().read()))).height, Height(2));
  EXPECT_EQ(state_at(2), "begun");
  commit_empty();
}

// A store made before there were tables for epochs: the same, without them.
TEST_F(EpochTablesTest, AChainFromBeforeTheseTablesGoesOn) {
  commit_empty();
  ledger_.reset();
  {
    const lmdb::EnvOptions plain{.map_bytes = map_bytes_, .sync = lmdb::SyncPolicy::never};
    auto env = value_of(lmdb::Env::open(options().directory / "chain", plain, "chain"));
    auto txn = value_of(lmdb::WriteTxn::begin(env, 4096));
    for (const char* name : {"system", "epochs"})
      ASSERT_EQ(::mdb_drop(txn.handle(), value_of(txn.open_database(name, lmdb::KeyKind::number)).handle, 1), 0);
    expect_done(txn.commit());
  }
  reopen();
  EXPECT_EQ(state_at(1), "");
  commit_epoch_end(kNext);
  commit_empty();
}

}  // namespace
}  // namespace provchain::storage
