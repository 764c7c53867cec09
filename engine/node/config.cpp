// SPDX-License-Identifier: Apache-2.0
#include "engine/node/config.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "engine/node/genesis_file.hpp"

namespace provchain::node {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTextFileBytesMax = 1'048'576;

std::unexpected<ConfigError> refuse(const Settings& settings, std::string_view path, const std::string& what) {
  return std::unexpected(ConfigError{place_of(path, settings.at(path)) + ": " + what});
}

Result<std::vector<StaticPeer>, ConfigError> bootstrap_peers(const Settings& settings) {
  std::vector<StaticPeer> peers;
  for (const std::string& text : settings.list("network.bootstrap_peers")) {
    const std::size_t at = text.find('@');
    StaticPeer peer;
    if (at != std::string::npos) {
      peer.node_id = NodeId::parse_hex(std::string_view(text).substr(0, at));
      if (!peer.node_id)
        return refuse(settings, "network.bootstrap_peers", "'" + text + "': the node id before @ is 64 lower-case hex digits");
    }
    const auto address =
        parse_host_port(at == std::string::npos ? std::string_view(text) : std::string_view(text).substr(at + 1));
    if (!address || address->port == 0) return refuse(settings, "network.bootstrap_peers", "'" + text + "' is not host:port");
    peer.address = *address;
    peers.push_back(std::move(peer));
  }
  return peers;
}

Result<std::vector<PublicKey>, ConfigError> authority_keys(const Settings& settings) {
  std::vector<PublicKey> keys;
  for (const std::string& text : settings.list("consensus.authority_keys")) {
    const auto key = PublicKey::parse_hex(text);
    if (!key) return refuse(settings, "consensus.authority_keys", "'" + text + "' is not 64 lower-case hex digits");
    keys.push_back(*key);
  }
  return keys;
}

std::string keys_text(std::span<const PublicKey> keys) {
  std::string text;
  for (const PublicKey& key : keys) text += (text.empty() ? "" : ", ") + key.hex();
  return "[" + text + "]";
}

// The genesis of the named file, or the one that follows from the four settings; a file that contradicts them is refused.
Result<void, ConfigError> settle_genesis(const Settings& settings, const fs::path& base_dir, Config& config) {
  const std::string& file = settings.text("network.genesis_file");
  PVC_TRY(const std::vector<PublicKey> keys, authority_keys(settings));
  if (file.empty()) {
    if (keys.empty()) return refuse(settings, "network.genesis_file", "name a genesis file, or list [consensus] authority_keys");
    config.genesis_document = genesis_text(settings.text("network.network_id"), keys, settings.whole("consensus.block_interval"),
                                           settings.whole("consensus.max_block_size"));
    PVC_TRY(config.genesis, parse_genesis(config.genesis_document, "genesis"));
    return {};
  }
  const fs::path path = base_dir / file;
  PVC_TRY(config.genesis_document, read_text_file(path));
  PVC_TRY(config.genesis, parse_genesis(config.genesis_document, path.string()));
  const auto differs = [&](std::string_view key, const std::string& mine, const std::string& genesis) {
    return refuse(settings, key,
                  "is " + mine + " here but " + genesis + " in " + path.string() + "; leave it out or make them equal");
  };
  if (!settings.is_default("network.network_id") && settings.text("network.network_id") != config.genesis.name)
    return differs("network.network_id", "'" + settings.text("network.network_id") + "'", "'" + config.genesis.name + "'");
  const auto& parameters = config.genesis.parameters;
  if (!settings.is_default("consensus.block_interval") &&
      settings.whole("consensus.block_interval") != parameters.target_interval_ms)
    return differs("consensus.block_interval", duration_text(settings.whole("consensus.block_interval")),
                   duration_text(parameters.target_interval_ms));
  if (!settings.is_default("consensus.max_block_size") &&
      settings.whole("consensus.max_block_size") != parameters.max_block_bytes)
    return differs("consensus.max_block_size", settings.text("consensus.max_block_size"),
                   std::to_string(parameters.max_block_bytes));
  std::vector<PublicKey> in_genesis;
  for (const auto& authority : config.genesis.authorities) in_genesis.push_back(authority.key);
  if (!keys.empty() && keys != in_genesis) return differs("consensus.authority_keys", keys_text(keys), keys_text(in_genesis));
  return {};
}

Result<LogLevel, ConfigError> log_level(const Settings& settings) {
  const std::string& text = settings.text("log.level");
  if (text == "debug") return LogLevel::debug;
  if (text == "info") return LogLevel::info;
  if (text == "warn") return LogLevel::warn;
  if (text == "error") return LogLevel::error;
  return refuse(settings, "log.level", "'" + text + "' is none of debug, info, warn, error");
}

}  // namespace

Result<std::string, ConfigError> read_text_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::unexpected(ConfigError{file.string() + ": cannot be read"});
  std::string text(kTextFileBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return std::unexpected(ConfigError{file.string() + ": cannot be read"});
  if (text.size() > kTextFileBytesMax) return std::unexpected(ConfigError{file.string() + ": is larger than 1 MiB"});
  return text;
}

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<Config, ConfigError> make_config(const Settings& settings, const fs::path& base_dir) {
  Config config;
  PVC_TRY_VOID(settle_genesis(settings, base_dir, config));
  if (settings.text("network.role") != "full")
    return refuse(settings, "network.role", "'" + settings.text("network.role") + "': this node can be full");
  config.listen_address = settings.text("network.listen_address");
  config.listen_port = static_cast<std::uint16_t>(settings.whole("network.listen_port"));
  config.max_peers = settings.whole("network.max_peers");
  PVC_TRY(config.bootstrap_peers, bootstrap_peers(settings));
  config.connection_timeout_ms = settings.whole("network.connection_timeout");
  config.heartbeat_interval_ms = settings.whole("network.heartbeat_interval");
  config.node_key_file = base_dir / settings.text("network.node_key_file");
  config.is_authority = settings.flag("consensus.is_authority");
  config.authority_key_file = base_dir / settings.text("consensus.authority_key_file");
  config.leader_away_after_ms = settings.whole("consensus.leader_away_after");
  config.view_timeout_ms = settings.whole("consensus.view_timeout");
  const auto listen = parse_host_port(settings.text("api.listen"));
  config.api.listen = *listen;
  if (!settings.text("api.token_file").empty()) config.api.token_file = base_dir / settings.text("api.token_file");
  config.api.submitter_key_file = base_dir / settings.text("api.submitter_key_file");
  config.api.body_bytes_max = settings.whole("api.body_bytes_max");
  config.api.connections_max = settings.whole("api.connections_max");
  config.data_dir = base_dir / settings.text("storage.data_dir");
  config.map_size_bytes = settings.whole("storage.map_size");
  config.limits = {settings.whole("limits.mempool_bytes_max"), settings.whole("limits.mempool_transactions_max"),
                   settings.whole("limits.author_bytes_max"), settings.whole("limits.author_transactions_max")};
  PVC_TRY(config.log_level, log_level(settings));
  const std::string& format = settings.text("log.format");
  if (format != "text" && format != "json") return refuse(settings, "log.format", "'" + format + "' is neither text nor json");
  config.log_json = format == "json";
  config.reactor_threads = static_cast<std::uint32_t>(settings.whole("reactor.threads"));
  return config;
}

Result<Config, ConfigError> load_config(const fs::path& file, const Environment& environment,
                                        std::span<const std::string> flags) {
  PVC_TRY(const std::string text, read_text_file(file));
  PVC_TRY(const Settings settings, Settings::read(text, file.string(), environment, flags));
  return make_config(settings, file.parent_path());
}

}  // namespace provchain::node
