// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <map>

#include "base/prng.hpp"
#include "storage/lmdb/cursor.hpp"
#include "tests/storage/ledger_fixture.hpp"

namespace provchain::storage::lmdb {
namespace {

using storage::testing::code_of;
using storage::testing::expect_done;
using storage::testing::TemporaryDirectory;
using storage::testing::value_of;

EnvOptions small_map(std::uint64_t map_bytes = std::uint64_t{64} << 20) {
  return {.map_bytes = map_bytes, .grow_bytes = 1 << 20, .sync = SyncPolicy::never};
}

Database open_table(const Env& env, KeyKind kind = KeyKind::bytes) {
  auto txn = value_of(WriteTxn::begin(env, 4096));
  const Database table = value_of(txn.open_database("table", kind));
  expect_done(txn.commit());
  return table;
}

TEST(LmdbTxn, AgreesWithAMapOverRandomWrites) {
  const TemporaryDirectory directory;
  const Env env = value_of(Env::open(directory.path(), small_map(), "test"));
  const Database table = open_table(env);
  std::map<std::string, std::string> model;
  Prng random(7);
  for (int round = 0; round < 20; ++round) {
    auto txn = value_of(WriteTxn::begin(env, 1 << 16));
    auto next = model;
    for (int i = 0; i < 50; ++i) {
      const std::string key = "key" + std::to_string(random.below(300));
      const std::string value = std::to_string(random.next());
      const PutMode mode = random.chance(500) ? PutMode::keep : PutMode::overwrite;
      const bool written = value_of(txn.put(table, as_bytes(key), as_bytes(value), mode));
      EXPECT_EQ(written, mode == PutMode::overwrite || !next.contains(key));
      if (written) next[key] = value;
    }
    if (random.chance(700)) {
      expect_done(txn.commit());
      model = next;
    }
  }
  const auto txn = value_of(ReadTxn::begin(env));
  auto cursor = value_of(Cursor::open(txn, table));
  auto expected = model.begin();
  for (bool here = value_of(cursor.first()); here; here = value_of(cursor.next()), ++expected) {
    ASSERT_NE(expected, model.end());
    EXPECT_EQ(as_text(cursor.key()), expected->first);
    EXPECT_EQ(as_text(cursor.value()), expected->second);
  }
  EXPECT_EQ(expected, model.end());
  EXPECT_EQ(value_of(txn.get(table, as_bytes("absent"))).data(), nullptr);
}

TEST(LmdbTxn, AbortsUnlessCommitted) {
  const TemporaryDirectory directory;
  const Env env = value_of(Env::open(directory.path(), small_map(), "test"));
  const Database table = open_table(env);
  {
    auto txn = value_of(WriteTxn::begin(env, 4096));
    EXPECT_TRUE(value_of(txn.put(table, as_bytes("a"), as_bytes("1"), PutMode::overwrite)));
  }
  EXPECT_EQ(value_of(value_of(ReadTxn::begin(env)).entry_count(table)), 0U);
}

TEST(LmdbTxn, SnapshotStaysAsItWas) {
  const TemporaryDirectory directory;
  const Env env = value_of(Env::open(directory.path(), small_map(), "test"));
  const Database table = open_table(env, KeyKind::number);
  const auto before = value_of(ReadTxn::begin(env));
  auto txn = value_of(WriteTxn::begin(env, 4096));
  value_of(txn.put(table, 1, as_bytes("one"), PutMode::append));
  expect_done(txn.commit());
  EXPECT_TRUE(value_of(before.get(table, 1)).empty());
  EXPECT_EQ(as_text(value_of(value_of(ReadTxn::begin(env)).get(table, 1))), "one");
}

TEST(LmdbTxn, FullMapRefusesAndKeepsWhatWasThere) {
  const TemporaryDirectory directory;
  const Env env = value_of(Env::open(directory.path(), small_map(1 << 20), "test"));
  const Database table = open_table(env, KeyKind::number);
  const ByteVector value(100'000, 7);
  std::uint64_t stored = 0;
  std::optional<Errc> refused;
  while (!refused) {
    auto txn = value_of(WriteTxn::begin(env, value.size()));
    const auto put = txn.put(table, stored, value, PutMode::append);
    if (!put) {
      refused = put.error().code;
    } else if (const auto committed = txn.commit(); !committed) {
      refused = committed.error().code;
    } else {
      ++stored;
    }
    ASSERT_LT(stored, 100U);
  }
  EXPECT_EQ(*refused, Errc::map_full);
  const auto txn = value_of(ReadTxn::begin(env));
  EXPECT_EQ(value_of(txn.entry_count(table)), stored);
  EXPECT_TRUE(equal(value_of(txn.get(table, stored - 1)), value));
}

TEST(LmdbTxn, TooManyReadersIsAnError) {
  const TemporaryDirectory directory;
  const Env env = value_of(Env::open(directory.path(), small_map(), "test"));
  std::vector<ReadTxn> readers;
  for (;;) {
    auto reader = ReadTxn::begin(env);
    if (!reader) {
      EXPECT_EQ(reader.error().code, Errc::readers_full);
      break;
    }
    readers.push_back(*std::move(reader));
    ASSERT_LE(readers.size(), 1000U);
  }
  EXPECT_EQ(readers.size(), 256U);
}

// A process of its own that begins to read, says so, and is killed.
void die_while_reading(const std::filesystem::path& directory) {
  int pipe_fds[2];
  ASSERT_EQ(::pipe(pipe_fds), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto env = Env::open(directory, small_map(), "test");
    if (!env) ::_exit(1);
    const auto reader = ReadTxn::begin(*env);
    if (!reader || ::write(pipe_fds[1], "r", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  ::close(pipe_fds[1]);
  char said = 0;
  EXPECT_EQ(::read(pipe_fds[0], &said, 1), 1);
  ::close(pipe_fds[0]);
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST(LmdbEnv, AWriterFreesTheReadersOfDeadProcesses) {
  const TemporaryDirectory directory;
  const Env env = value_of(Env::open(directory.path(), small_map(), "test"));
  die_while_reading(directory.path());
  EXPECT_EQ(value_of(env.check_readers()), 1);
  die_while_reading(directory.path());
  {
    const auto txn = value_of(WriteTxn::begin(env, 4096));
  }
  EXPECT_EQ(value_of(env.check_readers()), 0) << "the writer was first";
}

TEST(LmdbEnv, ExtendsTheFileBeforeATransactionNeedsIt) {
  const TemporaryDirectory directory;
  const Env env = value_of(Env::open(directory.path(), small_map(), "test"));
  const Database table = open_table(env, KeyKind::number);
  const ByteVector value(3'000'000, 1);
  auto txn = value_of(WriteTxn::begin(env, value.size()));
  EXPECT_GE(std::filesystem::file_size(directory.path() / "data.mdb"), 6'000'000U);
  value_of(txn.put(table, 1, value, PutMode::append));
  expect_done(txn.commit());
  EXPECT_LE(env.used_bytes(), std::filesystem::file_size(directory.path() / "data.mdb"));
}

TEST(LmdbEnv, TruncatedFileIsDamage) {
  const TemporaryDirectory directory;
  {
    const Env env = value_of(Env::open(directory.path(), small_map(), "test"));
    const Database table = open_table(env, KeyKind::number);
    auto txn = value_of(WriteTxn::begin(env, 100'000));
    value_of(txn.put(table, 1, ByteVector(100'000, 1), PutMode::append));
    expect_done(txn.commit());
  }
  std::filesystem::resize_file(directory.path() / "data.mdb", 3 * 4096);
  EXPECT_EQ(code_of(Env::open(directory.path(), small_map(), "test")), Errc::corrupt);
}

TEST(LmdbEnv, ForeignFileIsDamage) {
  const TemporaryDirectory directory;
  std::ofstream(directory.path() / "data.mdb") << std::string(20'000, 'x');
  EXPECT_EQ(code_of(Env::open(directory.path(), small_map(), "test")), Errc::corrupt);
}

TEST(LmdbEnv, UnwritablePathNamesThePath) {
  const auto opened = Env::open("/proc/no-such-directory", small_map(), "test");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::io);
  EXPECT_NE(describe(opened.error()).find("/proc/no-such-directory"), std::string::npos);
}

TEST(LmdbEnv, MapThatCannotBeReservedHasAName) {
  const TemporaryDirectory directory;
  EXPECT_EQ(code_of(Env::open(directory.path(), small_map(std::uint64_t{1} << 48), "test")), Errc::no_address_space);
}

TEST(LmdbError, FullDiskHasAName) { EXPECT_EQ(error_of(ENOSPC, "test").code, Errc::disk_full); }

}  // namespace
}  // namespace provchain::storage::lmdb
