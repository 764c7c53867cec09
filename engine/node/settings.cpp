// SPDX-License-Identifier: Apache-2.0
#include "engine/node/settings.hpp"

#include <toml++/toml.h>

#include <array>
#include <cctype>

#include "base/check.hpp"
#include "engine/node/units.hpp"

namespace provchain::node {
namespace {

using enum SettingKind;

constexpr std::uint64_t kGiB = 1ULL << 30;

constexpr std::array kKeys{
    SettingKey{"network.network_id", text, "provchain-network", 0, 0, "name of the network; the genesis repeats it"},
    SettingKey{"network.genesis_file", text, "", 0, 0, "genesis document; when empty it follows from [consensus] authority_keys"},
    SettingKey{"network.role", text, "full", 0, 0, "what this node is: full"},
    SettingKey{"network.listen_address", text, "0.0.0.0", 0, 0, "address on which peers connect"},
    SettingKey{"network.listen_port", whole, "8080", 0, 65'535, "port on which peers connect; 0 takes a free one"},
    SettingKey{"network.max_peers", whole, "50", 1, 1'024,
               "ready peers beside authorities and configured peers; more are told to try later"},
    SettingKey{"network.bootstrap_peers", text_list, "", 0, 0, "peers to connect to: host:port or <node id>@host:port"},
    SettingKey{"network.connection_timeout", duration, "30", 1'000, 600'000,
               "upper bound of dial plus handshake, half for each; each ends after 5 s anyway"},
    SettingKey{"network.heartbeat_interval", duration, "10", 1'000, 600'000,
               "how often a silent peer is asked for a sign of life"},
    SettingKey{"network.node_key_file", text, "keys/node.key", 0, 0,
               "Ed25519 key of this node; made at the first start when missing"},
    SettingKey{"consensus.is_authority", flag, "false", 0, 0, "whether this node votes"},
    SettingKey{"consensus.authority_key_file", text, "authority.key", 0, 0, "the authority's key; never in two places at once"},
    SettingKey{"consensus.authority_keys", text_list, "", 0, 0,
               "public keys of all authorities, in order; beside a genesis file they must be the same"},
    SettingKey{"consensus.block_interval", duration, "10", 0, 3'600'000,
               "time between blocks under load; 0: as fast as the network allows"},
    SettingKey{"consensus.max_block_size", size, "1048576", 4'096, 16'777'216, "bytes of the transactions of one block"},
    SettingKey{"consensus.view_timeout", duration, "250ms", 10, 60'000,
               "delta of the first view: a leader is given twice as long"},
    SettingKey{"consensus.leader_away_after", duration, "30", 100, 3'600'000,
               "a leader that is disconnected and silent for this long is no longer waited for"},
    SettingKey{"api.listen", address, "127.0.0.1:8081", 0, 0, "address and port of the HTTP API; port 0 takes a free one"},
    SettingKey{"api.token_file", text, "", 0, 0,
               "file (mode 0600) with the token that writes with this node's key need; empty: such writes are off"},
    SettingKey{"api.submitter_key_file", text, "keys/submitter.key", 0, 0, "key that signs RDF posted with the token"},
    SettingKey{"api.body_bytes_max", size, "16MiB", 1'024, 64 * (1ULL << 20), "largest request body"},
    SettingKey{"api.connections_max", whole, "256", 1, 4'096, "HTTP connections at once"},
    SettingKey{"storage.data_dir", text, "data", 0, 0, "where chain/, state/, index/ and journal/ live"},
    SettingKey{"storage.map_size", size, "1TiB", 64 * (1ULL << 20), 1ULL << 46,
               "address space reserved for each database; files grow as needed"},
    SettingKey{"limits.mempool_bytes_max", size, "64MiB", 1ULL << 20, 4 * kGiB,
               "pending transactions, bytes; at least one block's"},
    SettingKey{"limits.mempool_transactions_max", whole, "20000", 1, 1'000'000, "pending transactions"},
    SettingKey{"limits.author_bytes_max", size, "4MiB", 4'096, 4 * kGiB,
               "pending transactions of one author, bytes; one alone may be larger"},
    SettingKey{"limits.author_transactions_max", whole, "512", 1, 1'000'000, "pending transactions of one author"},
    SettingKey{"log.level", text, "info", 0, 0, "debug, info, warn or error"},
    SettingKey{"log.format", text, "text", 0, 0, "text or json"},
    SettingKey{"reactor.threads", whole, "0", 0, 8, "threads that serve peers; 0: cores − 2, at least 1"},
};

const SettingKey* find_key(std::string_view path) {
  for (const SettingKey& key : kKeys)
    if (key.path == path) return &key;
  return nullptr;
}

std::vector<std::string> split_list(std::string_view joined) {
  std::vector<std::string> values;
  while (!joined.empty()) {
    const std::size_t comma = joined.find(',');
    values.emplace_back(joined.substr(0, comma));
    joined = comma == std::string_view::npos ? std::string_view{} : joined.substr(comma + 1);
  }
  return values;
}

std::optional<std::uint64_t> number_of(const SettingKey& key, std::string_view value) {
  switch (key.kind) {
    case whole:
      return parse_whole(value);
    case duration:
      return parse_duration_ms(value);
    case size:
      return parse_size_bytes(value);
    case text:
    case flag:
    case address:
    case text_list:
      return std::nullopt;
  }
  PVC_UNREACHABLE();
}

std::string_view expected(SettingKind kind) {
  switch (kind) {
    case text:
      return "a text";
    case whole:
      return "a whole number";
    case flag:
      return "true or false";
    case duration:
      return "a duration such as 10, \"250ms\" or \"10s\"";
    case size:
      return "a size such as 1048576 or \"64MiB\"";
    case address:
      return "host:port";
    case text_list:
      return "a list of texts";
  }
  PVC_UNREACHABLE();
}

// Empty when the value is acceptable, else what is wrong with it.
std::string complaint(const SettingKey& key, const std::string& value) {
  const auto wrong = [&] { return "'" + value + "' is not " + std::string(expected(key.kind)); };
  switch (key.kind) {
    case text:
    case text_list:
      return {};
    case flag:
      return value == "true" || value == "false" ? std::string{} : wrong();
    case address:
      return parse_host_port(value) ? std::string{} : wrong();
    case whole:
    case duration:
    case size:
      break;
  }
  const auto number = number_of(key, value);
  if (!number) return wrong();
  if (*number < key.min || *number > key.max) {
    const std::string unit = key.kind == duration ? " ms" : key.kind == size ? " bytes" : "";
    return "'" + value + "' is out of range: " + std::to_string(key.min) + " to " + std::to_string(key.max) + unit;
  }
  return {};
}

std::string place(const std::string& file, const toml::source_region& source) {
  return file + ":" + std::to_string(source.begin.line) + ":" + std::to_string(source.begin.column);
}

std::optional<std::string> scalar_text(const toml::node& node) {
  if (const auto* value = node.as_string()) return value->get();
  if (const auto* value = node.as_integer()) return std::to_string(value->get());
  if (const auto* value = node.as_boolean()) return std::string(value->get() ? "true" : "false");
  return std::nullopt;
}

Result<Setting, ConfigError> from_toml(const SettingKey& key, const toml::node& node, const std::string& file) {
  Setting setting{{}, Origin::file, place(file, node.source())};
  const auto wrong = [&] {
    return std::unexpected(
        ConfigError{setting.where + ": " + std::string(key.path) + " must be " + std::string(expected(key.kind))});
  };
  if (key.kind == text_list) {
    const toml::array* members = node.as_array();
    if (members == nullptr) return wrong();
    for (const toml::node& member : *members) {
      if (!member.is_string()) return wrong();
      setting.values.push_back(member.as_string()->get());
    }
    return setting;
  }
  const bool must_be_string = key.kind == text || key.kind == address;
  const auto value = scalar_text(node);
  if (!value || (must_be_string && !node.is_string()) || (key.kind == flag && !node.is_boolean())) return wrong();
  setting.values.push_back(*value);
  return setting;
}

Result<void, ConfigError> check(const SettingKey& key, const Setting& setting) {
  for (const std::string& value : setting.values) {
    const std::string problem = complaint(key, value);
    if (!problem.empty()) return std::unexpected(ConfigError{place_of(key.path, setting) + ": " + problem});
  }
  return {};
}

std::vector<std::string> from_flag_spelling(const SettingKey& key, std::string_view value) {
  return key.kind == text_list ? split_list(value) : std::vector<std::string>{std::string(value)};
}

}  // namespace

std::span<const SettingKey> setting_keys() { return kKeys; }

std::string place_of(std::string_view path, const Setting& setting) {
  return setting.origin == Origin::flag ? setting.where : setting.where + ": " + std::string(path);
}

std::string environment_name(std::string_view path) {
  std::string name = "PROVCHAIN_";
  for (const char c : path) name.push_back(c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  return name;
}

std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::default_value:
      return "default";
    case Origin::file:
      return "file";
    case Origin::environment:
      return "environment";
    case Origin::flag:
      return "flag";
  }
  PVC_UNREACHABLE();
}

Result<Settings, ConfigError> Settings::read(std::string_view file_text, const std::string& file_name,
                                             const Environment& environment, std::span<const std::string> flags) {
  Settings result;
  for (const SettingKey& key : kKeys)
    result.settings_[std::string(key.path)] =
        Setting{from_flag_spelling(key, key.default_value), Origin::default_value, "default"};

  const toml::parse_result parsed = toml::parse(file_text, file_name);
  if (!parsed)
    return std::unexpected(
        ConfigError{place(file_name, parsed.error().source()) + ": " + std::string(parsed.error().description())});
  for (const auto& [section, node] : parsed.table()) {
    const toml::table* keys = node.as_table();
    if (keys == nullptr)
      return std::unexpected(ConfigError{place(file_name, section.source()) + ": '" + std::string(section.str()) +
                                         "' stands outside every section"});
    for (const auto& [name, value] : *keys) {
      const std::string path = std::string(section.str()) + "." + std::string(name.str());
      const SettingKey* key = find_key(path);
      if (key == nullptr)
        return std::unexpected(ConfigError{place(file_name, name.source()) + ": unknown key '" + path +
                                           "'; `provchain config show` lists all keys"});
      PVC_TRY(result.settings_[path], from_toml(*key, value, file_name));
    }
  }
  for (const SettingKey& key : kKeys) {
    const std::string variable = environment_name(key.path);
    if (const auto value = environment(variable))
      result.settings_[std::string(key.path)] = Setting{from_flag_spelling(key, *value), Origin::environment, variable};
  }
  for (const std::string& text_of_flag : flags) {
    const std::size_t equals = text_of_flag.find('=');
    const std::string path = text_of_flag.substr(0, equals);
    const SettingKey* key = find_key(path);
    if (key == nullptr || equals == std::string::npos)
      return std::unexpected(
          ConfigError{"--set " + text_of_flag + ": expected section.key=value with a key that `provchain config show` lists"});
    result.settings_[path] = Setting{from_flag_spelling(*key, text_of_flag.substr(equals + 1)), Origin::flag, "--set " + path};
  }
  for (const SettingKey& key : kKeys) PVC_TRY_VOID(check(key, result.at(key.path)));
  return result;
}

const Setting& Settings::at(std::string_view path) const {
  const auto found = settings_.find(path);
  PVC_CHECK(found != settings_.end());
  return found->second;
}

std::uint64_t Settings::whole(std::string_view path) const {
  const SettingKey* key = find_key(path);
  PVC_CHECK(key != nullptr);
  const auto number = number_of(*key, text(path));
  PVC_CHECK(number.has_value());
  return *number;
}

}  // namespace provchain::node
