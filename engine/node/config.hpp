// SPDX-License-Identifier: Apache-2.0
// The configuration of one node as typed values, checked as a whole: settings, genesis, and what they say about each other.
// Relative paths are relative to the folder of the configuration file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crypto/format/genesis.hpp"
#include "engine/node/settings.hpp"
#include "engine/node/units.hpp"

namespace provchain::node {

struct StaticPeer {
  HostPort address;
  std::optional<NodeId> node_id;  // absent: any node of this network is accepted there
};

struct ApiConfig {
  HostPort listen;
  std::optional<std::filesystem::path> token_file;
  std::filesystem::path submitter_key_file;
  std::uint64_t body_bytes_max = 0;
  std::uint64_t connections_max = 0;
};

struct LimitsConfig {
  std::uint64_t mempool_bytes_max = 0;
  std::uint64_t mempool_transactions_max = 0;
  std::uint64_t author_bytes_max = 0;
  std::uint64_t author_transactions_max = 0;
};

enum class LogLevel : std::uint8_t { debug, info, warn, error };

struct Config {
  std::string genesis_document;
  crypto::format::Genesis genesis;
  std::string listen_address;
  std::uint16_t listen_port = 0;
  std::uint64_t max_peers = 0;
  std::vector<StaticPeer> bootstrap_peers;
  std::uint64_t connection_timeout_ms = 0;
  std::uint64_t heartbeat_interval_ms = 0;
  std::filesystem::path node_key_file;
  bool is_authority = false;
  std::filesystem::path authority_key_file;
  std::uint64_t view_timeout_ms = 0;
  std::uint64_t leader_away_after_ms = 0;
  ApiConfig api;
  std::filesystem::path data_dir;
  std::uint64_t map_size_bytes = 0;
  LimitsConfig limits;
  LogLevel log_level = LogLevel::info;
  bool log_json = false;
  std::uint32_t reactor_threads = 0;  // 0: decide by the number of cores
};

// Reads the file, the environment and the flags, reads or makes the genesis, and checks the whole.
[[nodiscard]] Result<Config, ConfigError> load_config(const std::filesystem::path& file, const Environment& environment,
                                                      std::span<const std::string> flags);
// The same from settings already read; `base_dir` is the folder that relative paths start from.
[[nodiscard]] Result<Config, ConfigError> make_config(const Settings& settings, const std::filesystem::path& base_dir);

// The process's environment.
[[nodiscard]] std::optional<std::string> process_environment(const std::string& name);

// A whole text file of at most 1 MiB, or why not.
[[nodiscard]] Result<std::string, ConfigError> read_text_file(const std::filesystem::path& file);

}  // namespace provchain::node
