// SPDX-License-Identifier: Apache-2.0
#include "engine/node/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "crypto/ed25519.hpp"
#include "engine/node/genesis_file.hpp"

namespace provchain::node {
namespace {

using ::testing::HasSubstr;

std::string key_hex(std::uint8_t number) {
  ByteVector seed(32, number);
  return crypto::key_pair_from_seed(seed).public_key.hex();
}

class ConfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::init());
    directory_ = std::filesystem::temp_directory_path() / ("provchain-config-" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name) << text;
    return directory_ / name;
  }
  // The configuration of the original system, as its users have it.
  std::string original() const {
    return "[network]\nnetwork_id = \"provchain-network\"\nlisten_port = 8080\nmax_peers = 50\n"
           "bootstrap_peers = [\"node1.example.com:8080\", \"node2.example.com:8080\"]\nconnection_timeout = "
           "30\nheartbeat_interval = 10\n"
           "[consensus]\nis_authority = false\nauthority_key_file = \"authority.key\"\nauthority_keys = [\"" +
           key_hex(1) + "\", \"" + key_hex(2) + "\"]\nblock_interval = 10\nmax_block_size = 1048576\n";
  }
  Result<Config, ConfigError> load(const std::string& text, const std::vector<std::string>& flags = {}) {
    return load_config(write("node.toml", text), [this](const std::string& name) { return variable(name); }, flags);
  }
  std::string message(const std::string& text, const std::vector<std::string>& flags = {}) {
    const auto config = load(text, flags);
    return config ? "accepted" : config.error().message;
  }
  std::optional<std::string> variable(const std::string& name) const {
    const auto found = environment_.find(name);
    return found == environment_.end() ? std::nullopt : std::optional(found->second);
  }

  std::filesystem::path directory_;
  std::map<std::string, std::string> environment_;
};

TEST_F(ConfigTest, AcceptsTheKeysOfTheOriginalSystem) {
  const auto config = load(original());
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->listen_port, 8080);
  EXPECT_EQ(config->bootstrap_peers.size(), 2U);
  EXPECT_EQ(config->bootstrap_peers[1].address.host, "node2.example.com");
  EXPECT_EQ(config->genesis.name, "provchain-network");
  EXPECT_EQ(config->genesis.authorities.size(), 2U);
  EXPECT_EQ(config->genesis.parameters.target_interval_ms, 10'000U);
  EXPECT_EQ(config->data_dir, directory_ / "data");
}

TEST_F(ConfigTest, NamesThePlaceOfAnUnknownKey) {
  EXPECT_THAT(message(original() + "[log]\nlevl = \"info\"\n"),
              AllOf(HasSubstr("node.toml:15:1"), HasSubstr("unknown key 'log.levl'")));
}

TEST_F(ConfigTest, NamesThePlaceOfASyntaxError) { EXPECT_THAT(message("[network\n"), HasSubstr("node.toml:1:")); }

TEST_F(ConfigTest, RefusesValuesOfTheWrongTypeAndOutOfRange) {
  EXPECT_THAT(message("[network]\nlisten_port = \"x\"\n"), HasSubstr("is not a whole number"));
  EXPECT_THAT(message("[network]\nlisten_port = 70000\n"), HasSubstr("out of range"));
  EXPECT_THAT(message("[network]\nlisten_address = 4\n"), HasSubstr("must be a text"));
  EXPECT_THAT(message("[consensus]\nis_authority = 1\n"), HasSubstr("must be true or false"));
  EXPECT_THAT(message("[consensus]\nblock_interval = \"soon\"\n"), HasSubstr("is not a duration"));
  EXPECT_THAT(message("[network]\nbootstrap_peers = \"a:1\"\n"), HasSubstr("must be a list"));
  EXPECT_THAT(message("stray = 1\n"), HasSubstr("outside every section"));
}

TEST_F(ConfigTest, RefusesBadPeersLevelsAndFormats) {
  EXPECT_THAT(message(original(), {"network.bootstrap_peers=host"}), HasSubstr("is not host:port"));
  EXPECT_THAT(message(original(), {"network.bootstrap_peers=zz@host:1"}), HasSubstr("64 lower-case hex digits"));
  EXPECT_THAT(message(original(), {"log.level=loud"}), HasSubstr("none of debug, info, warn, error"));
  EXPECT_THAT(message(original(), {"log.format=xml"}), HasSubstr("neither text nor json"));
  EXPECT_THAT(message(original(), {"network.role=seed"}), HasSubstr("this node can be full"));
  EXPECT_THAT(message(original(), {"consensus.authority_keys=12"}), HasSubstr("is not 64 lower-case hex digits"));
  EXPECT_THAT(message("[network]\n"), HasSubstr("name a genesis file"));
  EXPECT_THAT(message(original(), {"nonsense"}), HasSubstr("expected section.key=value"));
}

TEST_F(ConfigTest, FlagStandsAboveEnvironmentAboveFileAboveDefault) {
  EXPECT_EQ(load(original())->max_peers, 50U);
  environment_["PROVCHAIN_NETWORK_MAX_PEERS"] = "60";
  EXPECT_EQ(load(original())->max_peers, 60U);
  EXPECT_EQ(load(original(), {"network.max_peers=70"})->max_peers, 70U);
  EXPECT_EQ(load(original())->reactor_threads, 0U);
}

TEST_F(ConfigTest, AMessageNamesTheKeyOnce) {
  EXPECT_EQ(message(original(), {"network.max_peers=0"}), "--set network.max_peers: '0' is out of range: 1 to 1024");
  EXPECT_EQ(message(original(), {"log.level=loud"}), "--set log.level: 'loud' is none of debug, info, warn, error");
  environment_["PROVCHAIN_NETWORK_MAX_PEERS"] = "0";
  EXPECT_EQ(message(original()), "PROVCHAIN_NETWORK_MAX_PEERS: network.max_peers: '0' is out of range: 1 to 1024");
}

TEST_F(ConfigTest, SaysWhereEachValueCameFrom) {
  const auto settings =
      Settings::read("[network]\nmax_peers = 5\n", "node.toml", [](const std::string&) { return std::nullopt; }, {});
  ASSERT_TRUE(settings.has_value());
  EXPECT_EQ(settings->at("network.max_peers").where, "node.toml:2:13");
  EXPECT_EQ(settings->at("network.max_peers").origin, Origin::file);
  EXPECT_EQ(settings->at("log.level").origin, Origin::default_value);
}

TEST_F(ConfigTest, RefusesAFileThatContradictsTheGenesis) {
  std::vector<PublicKey> keys{*PublicKey::parse_hex(key_hex(1))};
  write("genesis.toml", genesis_text("net", keys, 250, 1'048'576));
  const std::string base = "[network]\ngenesis_file = \"genesis.toml\"\n";
  EXPECT_TRUE(load(base).has_value());
  EXPECT_TRUE(load(base + "network_id = \"net\"\n[consensus]\nblock_interval = \"250ms\"\n").has_value());
  EXPECT_THAT(message(base + "network_id = \"other\"\n"), AllOf(HasSubstr("'other'"), HasSubstr("'net'")));
  EXPECT_THAT(message(base + "[consensus]\nblock_interval = 3\n"), AllOf(HasSubstr("3s"), HasSubstr("250ms")));
  EXPECT_THAT(message(base + "[consensus]\nmax_block_size = 5000\n"), AllOf(HasSubstr("5000"), HasSubstr("1048576")));
  EXPECT_TRUE(load(base + "[consensus]\nauthority_keys = [\"" + key_hex(1) + "\"]\n").has_value());
  EXPECT_THAT(message(base + "[consensus]\nauthority_keys = [\"" + key_hex(2) + "\"]\n"),
              AllOf(HasSubstr(key_hex(1)), HasSubstr(key_hex(2)), HasSubstr("genesis.toml")));
  EXPECT_THAT(message("[network]\ngenesis_file = \"none.toml\"\n"), HasSubstr("cannot be read"));
}

TEST_F(ConfigTest, EqualSettingsMakeEqualGenesisBytes) {
  EXPECT_EQ(load(original())->genesis_document, load(original() + "[log]\nlevel = \"warn\"\n")->genesis_document);
  EXPECT_NE(load(original())->genesis.network_id, load(original(), {"consensus.block_interval=9"})->genesis.network_id);
}

class GenesisTest : public ConfigTest {
 protected:
  std::string genesis(const std::string& from, const std::string& to) {
    std::vector<PublicKey> keys{*PublicKey::parse_hex(key_hex(1)), *PublicKey::parse_hex(key_hex(2))};
    std::string text = genesis_text("net", keys, 1'000, 1'048'576);
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    const auto parsed = parse_genesis(text, "genesis.toml");
    return parsed ? "accepted" : parsed.error().message;
  }
};

TEST_F(GenesisTest, ReadsWhatItWrites) { EXPECT_EQ(genesis("", ""), "accepted"); }

TEST_F(GenesisTest, RefusesEverythingThatTwoNodesCouldReadDifferently) {
  EXPECT_THAT(genesis("time_ms", "time"), HasSubstr("unknown key 'network.time'"));
  EXPECT_THAT(genesis("heartbeat_ms", "heart"), HasSubstr("unknown key 'consensus.heart'"));
  EXPECT_THAT(genesis("open = true", "shut = true"), HasSubstr("participants.shut"));
  EXPECT_THAT(genesis("[participants]", "[guests]"), HasSubstr("unknown key 'guests'"));
  EXPECT_THAT(genesis("version = 1", "version = 2"), HasSubstr("version must be 1 to 1"));
  EXPECT_THAT(genesis("version = 1\n", ""), HasSubstr("version = 1 is missing"));
  EXPECT_THAT(genesis("name = \"net\"\n", ""), HasSubstr("[network] name is missing"));
  EXPECT_THAT(genesis("max_block_bytes = 1048576", "max_block_bytes = -1"), HasSubstr("must be a whole number"));
  EXPECT_THAT(genesis("max_block_bytes = 1048576", "max_block_bytes = 99999999999"), HasSubstr("max_block_bytes must be"));
  EXPECT_THAT(genesis("min_interval_ms = 1000", "min_interval_ms = 2000"), HasSubstr("greater than target_interval_ms"));
  EXPECT_THAT(genesis("open = true", "open = false"), HasSubstr("either open or a list"));
  EXPECT_THAT(genesis(key_hex(2), key_hex(1)), HasSubstr("pairwise different"));
  EXPECT_THAT(genesis(key_hex(2), "12"), HasSubstr("64 lower-case hex digits"));
  EXPECT_THAT(genesis(key_hex(2), std::string(64, '0')), HasSubstr("valid Ed25519 keys"));
}

TEST_F(GenesisTest, EveryByteNamesTheNetwork) {
  std::vector<PublicKey> keys{*PublicKey::parse_hex(key_hex(1))};
  const std::string text = genesis_text("net", keys, 0, 1'048'576);
  const auto first = parse_genesis(text, "g");
  const auto second = parse_genesis(text + "# a comment\n", "g");
  ASSERT_TRUE(first.has_value());
  ASSERT_TRUE(second.has_value());
  EXPECT_NE(first->network_id, second->network_id);
}

}  // namespace
}  // namespace provchain::node
