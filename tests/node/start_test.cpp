// SPDX-License-Identifier: Apache-2.0
// The small rules of starting and ending a node: the token's file, the deadlines, and what an error of the stores means.
#include <gtest/gtest.h>

#include <fstream>

#include "engine/node/storage_failure.hpp"
#include "engine/node/timeouts.hpp"
#include "engine/node/token_file.hpp"
#include "tests/storage/temporary_directory.hpp"

namespace provchain::node {
namespace {

namespace fs = std::filesystem;

class TokenFileTest : public ::testing::Test {
 protected:
  fs::path write(const std::string& text, fs::perms mode = fs::perms::owner_read | fs::perms::owner_write) {
    const fs::path file = directory_.path() / "token";
    std::ofstream(file) << text;
    fs::permissions(file, mode);
    return file;
  }
  storage::testing::TemporaryDirectory directory_;
};

TEST_F(TokenFileTest, IsTheFirstLineWithoutItsEnd) {
  EXPECT_EQ(read_token_file(write("0123456789abcdef\n")).value(), "0123456789abcdef");
  EXPECT_EQ(read_token_file(write("0123456789abcdef\r\nmore")).value(), "0123456789abcdef");
  EXPECT_EQ(read_token_file(write("0123456789abcdef", fs::perms::owner_read)).value(), "0123456789abcdef");
}

TEST_F(TokenFileTest, RefusesAFileThatOthersMayReadAndAShortToken) {
  const auto open = read_token_file(write("0123456789abcdef", fs::perms{0644}));
  ASSERT_FALSE(open);
  EXPECT_NE(open.error().message.find("chmod 600"), std::string::npos);
  EXPECT_FALSE(read_token_file(write("0123456789abcdef", fs::perms{0620})));
  EXPECT_FALSE(read_token_file(write("0123456789abcde\r\n")));
  EXPECT_FALSE(read_token_file(directory_.path() / "none"));
}

TEST(NetworkTimeouts, DialAndHandshakeTogetherStayWithinTheSetting) {
  const auto brief = network_timeouts(Duration::seconds(1));
  EXPECT_EQ((brief.connect + brief.handshake).us, Duration::seconds(1).us);
  EXPECT_LE(brief.first_message.us, brief.handshake.us);
  const net::NetworkTimeouts bounds;
  const auto generous = network_timeouts(Duration::seconds(30));
  EXPECT_EQ(generous.connect.us, bounds.connect.us);
  EXPECT_EQ(generous.handshake.us, bounds.handshake.us);
  EXPECT_EQ(generous.first_message.us, bounds.first_message.us);
}

TEST(StorageFailure, OnlyTheConfigurationsFaultsAreNotTheDisks) {
  using storage::Errc;
  const auto full = storage_failure("the chain cannot be written", {.code = Errc::disk_full, .where = "chain"});
  EXPECT_EQ(full.message, "the chain cannot be written: chain: no room left on the file system");
  EXPECT_TRUE(full.data_damaged);
  EXPECT_TRUE(storage_failure({}, {.code = Errc::locked}).data_damaged);
  EXPECT_FALSE(storage_failure({}, {.code = Errc::no_address_space}).data_damaged);
  EXPECT_FALSE(storage_failure({}, {.code = Errc::map_full}).data_damaged);
}

}  // namespace
}  // namespace provchain::node
