// SPDX-License-Identifier: Apache-2.0
// provchain key new | show · genesis show · config check | show
#include <fmt/format.h>

#include <filesystem>

#include "crypto/key_file.hpp"
#include "engine/node/authority.hpp"
#include "engine/node/config.hpp"
#include "engine/node/genesis_file.hpp"
#include "tools/cli/options.hpp"

namespace provchain::cli {
namespace {

std::string describe(const std::string& path, const crypto::KeyFileError& error) {
  std::string line = path + ": " + std::string(crypto::to_string(error.code));
  if (error.system_error != 0) line += std::string(" (") + std::strerror(error.system_error) + ")";
  if (error.code == crypto::KeyFileErrc::too_open) line += "; run: chmod 600 " + path;
  return line;
}

void print_key(const Options& options, const std::string& path, const crypto::StoredKey& key) {
  const std::string hex = key.pair.public_key.hex();
  print(options, {{"file", path}, {"public_key", hex}, {"journal", key.journal ? key.journal->hex() : ""}}, hex + "\n");
}

node::Config load(const std::string& file, const std::vector<std::string>& flags) {
  auto config = node::load_config(file, node::process_environment, flags);
  if (!config) fail(Exit::usage, config.error().message);
  return std::move(*config);
}

void show_settings(const Options& options, const std::string& file, const std::vector<std::string>& flags, bool with_origin) {
  const auto text = node::read_text_file(file);
  if (!text) fail(Exit::usage, text.error().message);
  const auto settings = node::Settings::read(*text, file, node::process_environment, flags);
  if (!settings) fail(Exit::usage, settings.error().message);
  nlohmann::json all = nlohmann::json::object();
  std::string lines;
  for (const node::SettingKey& key : node::setting_keys()) {
    const node::Setting& setting = settings->at(key.path);
    const std::string value = fmt::format("{}", fmt::join(setting.values, ","));
    all[std::string(key.path)] = {{"value", value}, {"origin", node::to_string(setting.origin)}, {"where", setting.where}};
    lines += with_origin ? fmt::format("{} = {}  # {}\n", key.path, value, setting.where)
                         : fmt::format("{} = {}  # {}\n", key.path, value, key.help);
  }
  print(options, all, lines);
}

}  // namespace

void add_key_verbs(CLI::App& app, Options& options) {
  CLI::App* key = app.add_subcommand("key", "Makes and shows key files.\nExample: provchain key new keys/authority.key");
  key->require_subcommand(1);
  struct Arguments {
    std::string file;
    std::string password_file;
  };
  const auto arguments = std::make_shared<Arguments>();
  for (const char* verb : {"new", "show"}) {
    const bool make = std::string_view(verb) == "new";
    CLI::App* command =
        key->add_subcommand(verb, make ? "Makes a key file (mode 0600) and prints its public key. Never replaces a file."
                                       : "Prints the public key of a key file.");
    command->add_option("FILE", arguments->file, "the key file")->required();
    command->add_option("--password-file", arguments->password_file,
                        "seals the key with, or opens it by, the first line of this file");
    command->callback([arguments, make, &options] {
      if (!crypto::init()) fail(Exit::usage, "the system gives no randomness");
      const auto password = read_password(arguments->password_file);
      const auto secret = password ? std::optional<std::string_view>(*password) : std::nullopt;
      auto stored = make ? crypto::new_key_file(arguments->file, crypto::new_journal_uuid(), secret)
                         : crypto::load_key_file(arguments->file, secret);
      if (!stored) fail(make ? Exit::usage : Exit::negative, describe(arguments->file, stored.error()));
      print_key(options, arguments->file, *stored);
    });
  }
  CLI::App* journal = key->add_subcommand(
      "journal",
      "Makes the vote journal of a node's authority key. Only for a key that has never voted anywhere: it is what\n"
      "keeps the key from signing two conflicting votes. Never replaces a journal.");
  journal->add_option("CONFIG", arguments->file, "the node's configuration file")->required();
  journal->add_option("--password-file", arguments->password_file, "opens a sealed key");
  journal->callback([arguments, &options] {
    if (!crypto::init()) fail(Exit::usage, "the system gives no randomness");
    const node::Config config = load(arguments->file, {});
    const auto password = read_password(arguments->password_file);
    const auto made = node::create_journal(config, password ? std::optional<std::string_view>(*password) : std::nullopt);
    if (!made) fail(made.error().data_damaged ? Exit::damaged : Exit::usage, made.error().message);
    const std::string directory = (config.data_dir / "journal").string();
    print(options, {{"journal", directory}}, "vote journal made in " + directory + "\n");
  });
}

void add_genesis_verbs(CLI::App& app, Options& options) {
  CLI::App* genesis = app.add_subcommand(
      "genesis", "Shows the genesis of a configuration.\nExample: provchain genesis show node.toml > genesis.toml");
  genesis->require_subcommand(1);
  CLI::App* show =
      genesis->add_subcommand("show", "Prints the genesis document, byte for byte; with --output json what it says.");
  const auto file = std::make_shared<std::string>();
  show->add_option("CONFIG", *file, "a node's configuration file")->required();
  show->callback([file, &options] {
    const node::Config config = load(*file, {});
    nlohmann::json authorities = nlohmann::json::array();
    for (const auto& authority : config.genesis.authorities)
      authorities.push_back({{"name", authority.name}, {"key", authority.key.hex()}});
    print(options,
          {{"network", config.genesis.name}, {"network_id", config.genesis.network_id.hex()}, {"authorities", authorities}},
          config.genesis_document);
  });
}

void add_config_verbs(CLI::App& app, Options& options) {
  CLI::App* config = app.add_subcommand("config", "Checks and shows configuration.\nExample: provchain config check node.toml");
  config->require_subcommand(1);
  struct Arguments {
    std::string file;
    std::vector<std::string> flags;
    bool origin = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* check = config->add_subcommand(
      "check", "Reads and checks a configuration file with its genesis; exit 2 and one line when it is wrong.");
  CLI::App* show = config->add_subcommand("show", "Prints every key with its value and its meaning.");
  for (CLI::App* command : {check, show}) {
    command->add_option("FILE", arguments->file, "a node's configuration file")->required();
    command->add_option("--set", arguments->flags, "section.key=value, as for provchain-engine");
  }
  show->add_flag("--origin", arguments->origin, "says where each value came from instead");
  check->callback([arguments, &options] {
    const node::Config loaded = load(arguments->file, arguments->flags);
    print(options, {{"file", arguments->file}, {"network", loaded.genesis.name}, {"network_id", loaded.genesis.network_id.hex()}},
          fmt::format("{}: fine; network '{}', network id {}\n", arguments->file, loaded.genesis.name,
                      loaded.genesis.network_id.hex()));
  });
  show->callback([arguments, &options] { show_settings(options, arguments->file, arguments->flags, arguments->origin); });
}

}  // namespace provchain::cli
