// SPDX-License-Identifier: Apache-2.0
#include "crypto/key_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "crypto/checksum.hpp"

namespace provchain::crypto {
namespace {

namespace fs = std::filesystem;
constexpr PasswordCost cheap{1, 8192};

class KeyFile : public testing::Test {
 protected:
  KeyFile() {
    std::string pattern = (fs::temp_directory_path() / "pvc-key-file-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~KeyFile() override { fs::remove_all(directory_); }

  [[nodiscard]] std::string path(std::string_view name = "node.key") const { return directory_ + "/" + std::string(name); }
  [[nodiscard]] std::string content() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(std::string_view bytes) const {
    std::ofstream(path(), std::ios::binary) << bytes;
    ::chmod(path().c_str(), 0600);
  }
  // Writes `bytes` with the checksum they should have, so that what is wrong in them is found by itself.
  void write_summed(std::string bytes) const {
    store_le(MutBytes(reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()), 168, checksum64(as_bytes(bytes).first(168)));
    write(bytes);
  }
  static std::string changed(std::string bytes, std::size_t offset) {
    bytes[offset] = static_cast<char>(bytes[offset] ^ 0x40);
    return bytes;
  }
  void expect_load_fails(KeyFileErrc code, std::optional<std::string_view> password = std::nullopt) const {
    const auto loaded = load_key_file(path(), password);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, code) << to_string(loaded.error().code);
  }

  std::string directory_;
};

TEST_F(KeyFile, LoadsWhatWasCreated) {
  const auto created = new_key_file(path());
  ASSERT_TRUE(created);
  const auto loaded = load_key_file(path());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->pair.public_key, created->pair.public_key);
  EXPECT_TRUE(equal(loaded->pair.secret_key.view(), created->pair.secret_key.view()));
  EXPECT_FALSE(loaded->journal);
  EXPECT_EQ(content().size(), 176U);
}

TEST_F(KeyFile, AuthorityKeyNamesItsJournal) {
  const JournalUuid journal = new_journal_uuid();
  EXPECT_NE(journal, new_journal_uuid());
  ASSERT_TRUE(new_key_file(path(), journal));
  EXPECT_EQ(load_key_file(path())->journal, journal);
  ASSERT_TRUE(new_key_file(path("sealed.key"), journal, "secret", cheap));
  EXPECT_EQ(load_key_file(path("sealed.key"), "secret")->journal, journal);
}

TEST_F(KeyFile, IsPrivateWhateverTheUmask) {
  const mode_t before = ::umask(0277);
  const auto created = new_key_file(path());
  ::umask(before);
  ASSERT_TRUE(created);
  struct stat status{};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(KeyFile, NeverReplacesAFile) {
  ASSERT_TRUE(new_key_file(path()));
  const std::string before = content();
  const auto again = new_key_file(path());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, KeyFileErrc::exists);
  EXPECT_EQ(content(), before);
}

TEST_F(KeyFile, DoesNotFollowALinkToCreate) {
  fs::create_symlink(path("elsewhere"), path());
  const auto created = new_key_file(path());
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, KeyFileErrc::exists);
  EXPECT_FALSE(fs::exists(path("elsewhere")));
}

TEST_F(KeyFile, MissingFileAndMissingDirectory) {
  expect_load_fails(KeyFileErrc::missing);
  const auto created = new_key_file(path("no-directory/node.key"));
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, KeyFileErrc::io);
  EXPECT_EQ(created.error().system_error, ENOENT);
}

TEST_F(KeyFile, LeavesNothingBehindWhenItCannotBeCompleted) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{100, before.rlim_max};  // less than the file needs
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  const auto created = new_key_file(path());
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, KeyFileErrc::io);
  EXPECT_EQ(created.error().system_error, EFBIG);
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(KeyFile, RefusesWhatOthersMayTouch) {
  ASSERT_TRUE(new_key_file(path()));
  for (const mode_t mode : {0640U, 0620U, 0604U, 0602U, 0610U, 0601U, 0700U, 0666U, 04600U}) {
    ASSERT_EQ(::chmod(path().c_str(), mode), 0);
    expect_load_fails(KeyFileErrc::too_open);
  }
  ASSERT_EQ(::chmod(path().c_str(), 0400), 0);
  EXPECT_TRUE(load_key_file(path()));
}

TEST_F(KeyFile, RefusesWhatIsNoFile) {
  fs::create_directory(path());
  expect_load_fails(KeyFileErrc::not_regular);
  fs::remove(path());
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  expect_load_fails(KeyFileErrc::not_regular);
}

TEST_F(KeyFile, PasswordOpensAndNothingElseDoes) {
  const auto created = new_key_file(path(), std::nullopt, "correct horse", cheap);
  ASSERT_TRUE(created);
  const std::string_view seed = as_text(created->pair.secret_key.view().first(32));
  EXPECT_EQ(content().find(seed), std::string::npos);
  const auto loaded = load_key_file(path(), "correct horse");
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(equal(loaded->pair.secret_key.view(), created->pair.secret_key.view()));
  expect_load_fails(KeyFileErrc::password_needed);
  expect_load_fails(KeyFileErrc::wrong_password, "correct hors");
  expect_load_fails(KeyFileErrc::wrong_password, "");
}

TEST_F(KeyFile, PasswordForAnUnsealedFileIsIgnored) {
  ASSERT_TRUE(new_key_file(path()));
  EXPECT_TRUE(load_key_file(path(), "unused"));
}

TEST_F(KeyFile, AnyChangedByteIsDamage) {
  for (const bool sealed : {false, true}) {
    fs::remove(path());
    ASSERT_TRUE(new_key_file(path(), new_journal_uuid(), sealed ? std::optional<std::string_view>("p") : std::nullopt, cheap));
    const std::string good = content();
    for (std::size_t i = 0; i < good.size(); ++i) {
      write(changed(good, i));
      expect_load_fails(KeyFileErrc::malformed, "p");
    }
    for (const std::size_t size : {std::size_t{0}, std::size_t{8}, good.size() - 1}) {
      write(good.substr(0, size));
      expect_load_fails(KeyFileErrc::malformed, "p");
    }
    write(good + '\n');
    expect_load_fails(KeyFileErrc::malformed, "p");
  }
}

TEST_F(KeyFile, UnsealedFileHasOneFormOnly) {
  ASSERT_TRUE(new_key_file(path()));
  const std::string good = content();
  // Magic, protection, journal flag, reserved, public key, an unnamed journal's uuid, cost, salt, nonce, seed, behind the seed.
  for (const std::size_t offset : {0U, 8U, 9U, 10U, 15U, 16U, 48U, 64U, 72U, 80U, 96U, 120U, 152U, 167U}) {
    write_summed(changed(good, offset));
    expect_load_fails(KeyFileErrc::malformed, "p");
  }
}

TEST_F(KeyFile, SealedFileBindsItsOtherFieldsToThePassword) {
  ASSERT_TRUE(new_key_file(path(), new_journal_uuid(), "p", cheap));
  const std::string good = content();
  for (const std::size_t offset : {16U, 48U, 80U, 96U, 120U, 167U}) {  // public key, uuid, salt, nonce, seed, authenticator
    write_summed(changed(good, offset));
    expect_load_fails(KeyFileErrc::wrong_password, "p");
  }
}

TEST_F(KeyFile, RefusesACostMeantToExhaustTheMachine) {
  ASSERT_TRUE(new_key_file(path(), std::nullopt, "p", cheap));
  const std::string good = content();
  const auto with = [&](std::size_t offset, std::uint64_t value) {
    std::string bytes = good;
    store_le(MutBytes(reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()), offset, value);
    return bytes;
  };
  for (const std::string& bytes :
       {with(64, 0), with(64, 65), with(64, UINT64_MAX), with(72, 8191), with(72, (1ULL << 30) + 1), with(72, UINT64_MAX)}) {
    write_summed(bytes);
    expect_load_fails(KeyFileErrc::malformed, "p");
  }
}

TEST_F(KeyFile, EveryErrorHasAText) {
  for (int i = 0; i <= static_cast<int>(KeyFileErrc::io); ++i) EXPECT_FALSE(to_string(static_cast<KeyFileErrc>(i)).empty());
}

}  // namespace
}  // namespace provchain::crypto
