// SPDX-License-Identifier: Apache-2.0
#include "storage/index/indexer.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "storage/index/dictionary.hpp"
#include "storage/lmdb/cursor.hpp"
#include "tests/storage/index_fixture.hpp"

namespace provchain::storage {
namespace {

using testing::all_pages;
using testing::ChainBuilder;
using testing::code_of;
using testing::expect_done;
using testing::value_of;

using Dump = std::vector<std::pair<ByteVector, ByteVector>>;

Dump dump_of(const lmdb::Txn& txn, lmdb::Database table) {
  Dump dump;
  auto cursor = value_of(lmdb::Cursor::open(txn, table));
  for (bool here = value_of(cursor.first()); here; here = value_of(cursor.next()))
    dump.emplace_back(to_vector(cursor.key()), to_vector(cursor.value()));
  return dump;
}

// Everything that follows from the chain: all but the hash key and the places it chooses.
std::vector<Dump> dump_of(const IndexStore& index) {
  const auto txn = value_of(index.read());
  const IndexTables& tables = index.tables();
  std::vector<Dump> dumps;
  for (const lmdb::Database table :
       {tables.id2term, tables.spog, tables.posg, tables.ospg, tables.gspo, tables.graph, tables.tx, tables.block})
    dumps.push_back(dump_of(txn, table));
  return dumps;
}

class IndexerTest : public testing::IndexTest {
 protected:
  [[nodiscard]] IndexWatermark watermark() const { return value_of(reader().watermark()); }
  // An index of the same chain in another directory, made at once.
  [[nodiscard]] IndexStore fresh_index(const testing::TemporaryDirectory& directory, std::uint64_t batch_quads) const {
    IndexStore fresh = value_of(IndexStore::open(directory.path(), index_options()));
    value_of(Indexer(ledger_->chain(), fresh, batch_quads).index_all());
    return fresh;
  }
};

TEST_F(IndexerTest, IncrementalIndexEqualsARebuiltOne) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    add_random_chain(seed);
    EXPECT_EQ(index_all(), builder_.height());
  }
  for (const std::uint64_t batch_quads : {std::uint64_t{1}, std::uint64_t{17}, std::uint64_t{1'000'000}}) {
    const testing::TemporaryDirectory directory;
    const IndexStore rebuilt = fresh_index(directory, batch_quads);
    EXPECT_EQ(dump_of(rebuilt), dump_of(*index_));
    EXPECT_EQ(value_of(rebuilt.watermark(value_of(rebuilt.read()))), watermark());
    EXPECT_NE(rebuilt.hash_key(), index_->hash_key());
  }
}

TEST_F(IndexerTest, WatermarkCountsDifferentQuads) {
  add({{{"<urn:a>", "<urn:p>", "<urn:b>", "<urn:g>"}}, {{"<urn:a>", "<urn:p>", "<urn:b>", "<urn:g>"}}});
  add({{{"<urn:a>", "<urn:p>", "<urn:b>", ""}}, {{"<urn:a>", "<urn:p>", "<urn:b>", ""}}});
  index_all();
  EXPECT_EQ(watermark().quads, 3U);
  EXPECT_EQ(watermark().transactions, 4U);
  EXPECT_EQ(watermark().terms, 4U);
  EXPECT_EQ(watermark().block_id, builder_.tip_id());
}

TEST_F(IndexerTest, ReportsWhetherItIsBehind) {
  add_random_chain(2);
  add_random_chain(3);
  Indexer indexer(ledger_->chain(), *index_, 1);
  auto progress = value_of(indexer.index_next());
  EXPECT_TRUE(progress.behind);
  while (progress.behind) progress = value_of(indexer.index_next());
  EXPECT_EQ(progress.height, builder_.height());
  EXPECT_FALSE(value_of(indexer.index_next()).behind);
}

TEST_F(IndexerTest, ContinuesAfterReopening) {
  add_random_chain(4);
  index_all();
  const IndexWatermark before = watermark();
  reopen_index();
  EXPECT_EQ(watermark(), before);
  add_random_chain(5);
  EXPECT_EQ(index_all(), builder_.height());
}

TEST_F(IndexerTest, ClearsAnIndexOfAnotherChain) {
  add_random_chain(6);
  index_all();
  const std::size_t quads = all_pages(reader(), {}, {}, 1'000).size();
  ledger_.reset();
  index_.reset();
  std::filesystem::rename(options().directory / "index", directory_.path() / "kept");
  std::filesystem::remove_all(options().directory);
  builder_ = ChainBuilder("another");
  model_.clear();
  reopen();
  std::filesystem::rename(directory_.path() / "kept", options().directory / "index");
  add({{{"<urn:other>", "<urn:p>", "<urn:o>", ""}}});
  reopen_index();
  EXPECT_EQ(watermark(), IndexWatermark{});
  index_all();
  EXPECT_EQ(all_pages(reader(), {}, {}, 1'000).size(), 1U);
  EXPECT_NE(quads, 1U);
}

TEST_F(IndexerTest, RebuildsADamagedIndex) {
  add_random_chain(7);
  index_all();
  const auto before = dump_of(*index_);
  index_.reset();
  std::filesystem::resize_file(index_path() / "data.mdb", 2 * 4096);
  reopen_index();
  EXPECT_EQ(watermark(), IndexWatermark{});
  index_all();
  EXPECT_EQ(dump_of(*index_), before);
}

TEST_F(IndexerTest, RebuildsAnIndexOfAnotherFormat) {
  add_random_chain(8);
  index_all();
  const auto before = dump_of(*index_);
  {
    auto txn = value_of(lmdb::WriteTxn::begin(index_->env(), 4096));
    IndexWatermark other = watermark();
    other.version = 99;
    value_of(txn.put(index_->tables().meta, as_bytes("applied"), encode_watermark(other), lmdb::PutMode::overwrite));
    expect_done(txn.commit());
  }
  reopen_index();
  EXPECT_EQ(watermark(), IndexWatermark{});
  index_all();
  EXPECT_EQ(dump_of(*index_), before);
}

TEST_F(IndexerTest, GraphNamedBeforeItsTransactionKeepsOneId) {
  const ByteVector later = builder_.transaction({"<urn:s> <urn:p> <urn:o> ."}, 1'000);
  const std::string graph = minted_graph_term(testing::tx_id_of_bytes(later));
  add({{{"<urn:note>", "<urn:announces>", graph, ""}}});
  index_all();
  expect_done(commit({builder_.add_block(std::vector<ByteVector>{later})}));
  index_all();
  add({{{"<urn:note>", "<urn:repeats>", graph, ""}}});
  index_all();
  const auto quads = all_pages(reader(), {.subject = {}, .predicate = {}, .object = {}, .graph = graph}, {}, 10);
  ASSERT_EQ(quads.size(), 1U);
  EXPECT_EQ(quads[0].graph, graph);
  EXPECT_TRUE(quads[0].in_default_graph);
  EXPECT_EQ(all_pages(reader(), {.subject = {}, .predicate = {}, .object = graph, .graph = {}}, {}, 10).size(), 2U);
  EXPECT_EQ(value_of(reader().graph(graph, {})).lines, "<urn:s> <urn:p> <urn:o> .\n");
}

TEST_F(IndexerTest, TermsWhoseHashesMeetAreToldApart) {
  add({{{"<urn:first>", "<urn:p>", "<urn:o>", ""}}});
  index_all();
  {
    // As if <urn:second> had the hash of a term that is there already.
    auto txn = value_of(lmdb::WriteTxn::begin(index_->env(), 4096));
    const std::uint64_t first = value_of(find_term(*index_, txn, "<urn:first>")).value().value();
    const std::uint64_t hash = crypto::keyed_hash64(index_->hash_key(), as_bytes("<urn:second>"));
    value_of(txn.put(index_->tables().hash2id, hash, Bytes{reinterpret_cast<const std::uint8_t*>(&first), sizeof first},
                     lmdb::PutMode::overwrite));
    expect_done(txn.commit());
  }
  EXPECT_FALSE(value_of(find_term(*index_, value_of(index_->read()), "<urn:second>")));
  add({{{"<urn:second>", "<urn:p>", "<urn:o>", ""}}});
  index_all();
  const auto txn = value_of(index_->read());
  const auto second = value_of(find_term(*index_, txn, "<urn:second>"));
  ASSERT_TRUE(second);
  EXPECT_NE(second, value_of(find_term(*index_, txn, "<urn:first>")));
  EXPECT_EQ(value_of(spelling_of(*index_, txn, *second)), "<urn:second>");
}

TEST_F(IndexerTest, RefusesAPayloadThatNoValidBlockHas) {
  for (const char* line : {"<urn:s> <urn:p> _:b .", "<relative> <urn:p> <urn:o> ."}) {
    ChainBuilder other = builder_;
    const auto block = other.add_block(std::vector<ByteVector>{other.transaction({line}, 1)});
    const testing::TemporaryDirectory directory;
    StorageOptions options = this->options();
    options.directory = directory.path() / "data";
    const auto ledger = value_of(Ledger::open(options, builder_.genesis_header()));
    const std::vector<Bytes> blocks{block};
    expect_done(ledger->commit({.blocks = blocks, .certificate = {}, .guard = {}}));
    IndexStore index = value_of(IndexStore::open(ledger->data_dir().index_path(), index_options()));
    EXPECT_EQ(code_of(Indexer(ledger->chain(), index).index_all()), Errc::malformed_block) << line;
  }
}

}  // namespace
}  // namespace provchain::storage
