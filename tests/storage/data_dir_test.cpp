// SPDX-License-Identifier: Apache-2.0
#include "storage/data_dir.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "storage/small_file.hpp"
#include "tests/storage/ledger_fixture.hpp"

namespace provchain::storage {
namespace {

using testing::code_of;
using testing::TemporaryDirectory;
using testing::value_of;

NetworkId network(std::uint8_t byte) {
  NetworkId id;
  id.bytes.fill(byte);
  return id;
}

TEST(DataDir, SecondHolderIsRefusedUntilTheFirstIsGone) {
  const TemporaryDirectory directory;
  {
    const auto first = DataDir::open(directory.path(), network(1));
    ASSERT_TRUE(first);
    EXPECT_EQ(code_of(DataDir::open(directory.path(), network(1))), Errc::locked);
  }
  EXPECT_TRUE(DataDir::open(directory.path(), network(1)));
}

TEST(DataDir, SecondProcessIsRefused) {
  const TemporaryDirectory directory;
  const auto first = DataDir::open(directory.path(), network(1));
  ASSERT_TRUE(first);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto second = DataDir::open(directory.path(), network(1));
    ::_exit(!second && second.error().code == Errc::locked ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(DataDir, ForeignNetworkIsNamed) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(DataDir::open(directory.path(), network(1)));
  const auto other = DataDir::open(directory.path(), network(2));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::foreign_network);
  EXPECT_NE(describe(other.error()).find(network(1).hex()), std::string::npos);
  EXPECT_NE(describe(other.error()).find(directory.path().string()), std::string::npos);
}

TEST(DataDir, OtherFormatVersionIsNamed) {
  const TemporaryDirectory directory;
  std::ofstream(directory.path() / "VERSION") << "provchain-data 7\nsomething else\n";
  const auto opened = DataDir::open(directory.path(), network(1));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::wrong_version);
  EXPECT_EQ(opened.error().number, 7U);
}

TEST(DataDir, OldFormatIsRaisedForItsOwnNetworkOnly) {
  const TemporaryDirectory directory;
  const std::string network_line = "network " + network(1).hex() + "\n";
  std::ofstream(directory.path() / "VERSION") << "provchain-data 1\n" << network_line;
  EXPECT_EQ(code_of(DataDir::open(directory.path(), network(2))), Errc::foreign_network);
  EXPECT_EQ(value_of(read_small_file(directory.path() / "VERSION", 256)), "provchain-data 1\n" + network_line);
  ASSERT_TRUE(DataDir::open(directory.path(), network(1)));
  EXPECT_EQ(value_of(read_small_file(directory.path() / "VERSION", 256)), "provchain-data 2\n" + network_line);
  EXPECT_TRUE(DataDir::open(directory.path(), network(1)));
}

TEST(DataDir, GarbledVersionIsDamage) {
  for (const char* text :
       {"x", "provchain-data \n", "provchain-data 1", "provchain-data 1\nnetwork 00\n", "provchain-data 1\n"}) {
    const TemporaryDirectory directory;
    std::ofstream(directory.path() / "VERSION") << text;
    EXPECT_EQ(code_of(DataDir::open(directory.path(), network(1))), Errc::corrupt) << text;
  }
}

TEST(DataDir, StoresWithoutVersionAreNotTouched) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.path() / "chain");
  EXPECT_EQ(code_of(DataDir::open(directory.path(), network(1))), Errc::corrupt);
}

}  // namespace
}  // namespace provchain::storage
