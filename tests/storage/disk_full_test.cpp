// SPDX-License-Identifier: Apache-2.0
// A file system of a few megabytes, mounted for the test where the system lets it.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <csignal>

#include "tests/storage/ledger_fixture.hpp"

namespace provchain::storage {
namespace {

using testing::Lines;
using testing::value_of;

class SmallFileSystem {
 public:
  explicit SmallFileSystem(const std::filesystem::path& path) : path_(path) {
    mounted_ = ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=24m") == 0;
  }
  SmallFileSystem(const SmallFileSystem&) = delete;
  SmallFileSystem& operator=(const SmallFileSystem&) = delete;
  ~SmallFileSystem() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }

 private:
  std::filesystem::path path_;
  bool mounted_ = false;
};

TEST(DiskFull, RefusesTheCommitAndKeepsTheChain) {
  ASSERT_TRUE(crypto::init());
  const testing::TemporaryDirectory directory;
  const SmallFileSystem file_system(directory.path());
  if (!file_system.mounted()) GTEST_SKIP() << "mounting a small tmpfs needs privileges this test does not have";
  StorageOptions options;
  options.directory = directory.path();
  options.map_bytes = std::uint64_t{1} << 30;
  testing::ChainBuilder builder;
  Height last;
  {
    const auto ledger = value_of(Ledger::open(options, builder.genesis_header()));
    std::optional<Error> refused;
    while (!refused) {
      const ByteVector block = builder.add_block({Lines{"<urn:s> <urn:p> \"" + std::string(900'000, 'x') + "\" ."}});
      const std::vector<Bytes> blocks{block};
      if (auto committed = ledger->commit({.blocks = blocks, .certificate = {}, .guard = {}}); committed)
        last = builder.height();
      else
        refused = std::move(committed).error();
      ASSERT_LT(builder.height().value(), 100U);
    }
    EXPECT_EQ(refused->code, Errc::disk_full) << describe(*refused);
    EXPECT_GT(last, Height(3));
  }
  const auto reopened = value_of(Ledger::open(options, testing::ChainBuilder().genesis_header()));
  EXPECT_EQ(value_of(reopened->chain().height(value_of(reopened->chain().read()))), last);
  EXPECT_EQ(value_of(reopened->state().applied(value_of(reopened->state().read()))).height, last);
}

TEST(DamageHandlerDeathTest, BusErrorEndsWithOneLineAndExitCodeFour) {
  EXPECT_EXIT(
      {
        lmdb::install_damage_handler();
        ::raise(SIGBUS);
      },
      ::testing::ExitedWithCode(4), "data directory damaged");
}

}  // namespace
}  // namespace provchain::storage
