// SPDX-License-Identifier: Apache-2.0
#include "engine/node/genesis_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>

#include "crypto/format/system_state.hpp"

namespace provchain::node {
namespace {

using crypto::format::Authority;
using crypto::format::ConsensusParameters;
using crypto::format::Genesis;

struct NumberKey {
  std::string_view name;
  std::uint64_t ConsensusParameters::* member;
  std::uint64_t min;
  std::uint64_t max;
};

constexpr std::uint64_t kYearMs = 366ULL * 86'400'000;

constexpr std::array kNumberKeys{
    NumberKey{"min_interval_ms", &ConsensusParameters::min_interval_ms, 0, kYearMs},
    NumberKey{"target_interval_ms", &ConsensusParameters::target_interval_ms, 0, kYearMs},
    NumberKey{"heartbeat_ms", &ConsensusParameters::heartbeat_ms, 0, kYearMs},
    NumberKey{"max_block_bytes", &ConsensusParameters::max_block_bytes, 4'096, limits::block_bytes_max},
    NumberKey{"max_epoch_blocks", &ConsensusParameters::max_epoch_blocks, 0, 1'000'000'000},
    NumberKey{"evidence_epochs", &ConsensusParameters::evidence_epochs, 1, crypto::format::past_epochs_max},
    NumberKey{"clock_skew_ms", &ConsensusParameters::clock_skew_ms, 1, 3'600'000},
    NumberKey{"msg_delay_ms", &ConsensusParameters::msg_delay_ms, 1, 3'600'000},
};

// Walks one document and keeps the first complaint with its line and column.
class Reader {
 public:
  Reader(const std::string& file, Genesis& genesis) : file_(file), genesis_(genesis) {}

  bool document(const toml::table& document) {
    for (const auto& [name, node] : document) {
      if (name.str() == "version") {
        if (!is_number(node, 1, 1, name.str())) return false;
      } else if (name.str() == "network") {
        if (!each(node, "network", [&](auto key, const toml::node& value) { return network(key, value); })) return false;
      } else if (name.str() == "consensus") {
        if (!each(node, "consensus", [&](auto key, const toml::node& value) { return consensus(key, value); })) return false;
      } else if (name.str() == "participants") {
        if (!each(node, "participants", [&](auto key, const toml::node& value) { return participants(key, value); }))
          return false;
      } else if (name.str() == "authority") {
        if (!authorities(node)) return false;
      } else {
        return fail(node, "unknown key '" + std::string(name.str()) + "'");
      }
    }
    return complete(document);
  }

  std::string take_message() { return std::move(message_); }

 private:
  bool fail(const toml::node& node, const std::string& what) {
    message_ = fmt::format("{}:{}:{}: {}", file_, node.source().begin.line, node.source().begin.column, what);
    return false;
  }

  template <class Visit>
  bool each(const toml::node& node, std::string_view section, Visit visit) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return fail(node, fmt::format("[{}] must be a section", section));
    for (const auto& [name, value] : *table)
      if (!visit(name.str(), value)) return false;
    return true;
  }

  bool is_number(const toml::node& node, std::uint64_t min, std::uint64_t max, std::string_view name) {
    const auto* number = node.as_integer();
    if (number == nullptr || number->get() < 0) return fail(node, fmt::format("{} must be a whole number", name));
    const auto value = static_cast<std::uint64_t>(number->get());
    if (value < min || value > max) return fail(node, fmt::format("{} must be {} to {}", name, min, max));
    number_ = value;
    return true;
  }

  bool is_key(const toml::node& node, PublicKey& key) {
    const auto* text = node.as_string();
    const auto parsed = text == nullptr ? std::nullopt : PublicKey::parse_hex(text->get());
    if (!parsed) return fail(node, "a key is 64 lower-case hex digits");
    key = *parsed;
    return true;
  }

  bool network(std::string_view name, const toml::node& value) {
    if (name == "name") {
      const auto* text = value.as_string();
      if (text == nullptr || text->get().empty() || text->get().size() > 255)
        return fail(value, "name must be a text of 1 to 255 bytes");
      genesis_.name = text->get();
      return true;
    }
    if (name != "time_ms") return fail(value, fmt::format("unknown key 'network.{}'", name));
    if (!is_number(value, 0, INT64_MAX, "time_ms")) return false;
    genesis_.time_ms = number_;
    return true;
  }

  bool consensus(std::string_view name, const toml::node& value) {
    for (const NumberKey& key : kNumberKeys) {
      if (key.name != name) continue;
      if (!is_number(value, key.min, key.max, name)) return false;
      genesis_.parameters.*key.member = number_;
      return true;
    }
    return fail(value, fmt::format("unknown key 'consensus.{}'", name));
  }

  bool participants(std::string_view name, const toml::node& value) {
    if (name == "open") {
      const auto* open = value.as_boolean();
      if (open == nullptr) return fail(value, "open must be true or false");
      genesis_.open_participation = open->get();
      return true;
    }
    const toml::array* keys = name == "keys" ? value.as_array() : nullptr;
    if (keys == nullptr) return fail(value, fmt::format("participants.{} is not known or not a list", name));
    for (const toml::node& member : *keys) {
      if (!is_key(member, genesis_.participants.emplace_back())) return false;
    }
    if (genesis_.participants.size() > crypto::format::participants_max)
      return fail(value, fmt::format("more than {} participants", crypto::format::participants_max));
    std::ranges::sort(genesis_.participants);
    if (std::ranges::adjacent_find(genesis_.participants) != genesis_.participants.end())
      return fail(value, "a participant is listed twice");
    return true;
  }

  bool authorities(const toml::node& node) {
    const toml::array* members = node.as_array();
    if (members == nullptr) return fail(node, "authorities are written as [[authority]] sections");
    for (const toml::node& member : *members) {
      Authority& authority = genesis_.authorities.emplace_back();
      const bool ok = each(member, "[authority]", [&](std::string_view name, const toml::node& value) {
        if (name == "key") return is_key(value, authority.key);
        const auto* text = name == "name" ? value.as_string() : nullptr;
        if (text == nullptr || text->get().size() > 255)
          return fail(value, fmt::format("authority.{} is not known or not a text of at most 255 bytes", name));
        authority.name = text->get();
        return true;
      });
      if (!ok) return false;
    }
    return true;
  }

  bool complete(const toml::table& document) {
    if (!document.contains("version")) return fail(document, "version = 1 is missing");
    if (genesis_.name.empty()) return fail(document, "[network] name is missing");
    if (!crypto::format::is_acceptable(genesis_.authorities))
      return fail(document, "1 to 100 [[authority]] sections with pairwise different, valid Ed25519 keys are needed");
    if (genesis_.open_participation != genesis_.participants.empty())
      return fail(document, "participants are either open or a list of keys");
    if (genesis_.parameters.min_interval_ms > genesis_.parameters.target_interval_ms)
      return fail(document, "min_interval_ms is greater than target_interval_ms");
    return true;
  }

  const std::string& file_;
  Genesis& genesis_;
  std::uint64_t number_ = 0;
  std::string message_;
};

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

}  // namespace

Result<Genesis, ConfigError> parse_genesis(std::string_view text, const std::string& file_name) {
  const toml::parse_result parsed = toml::parse(text, file_name);
  if (!parsed) {
    const auto& begin = parsed.error().source().begin;
    return std::unexpected(
        ConfigError{fmt::format("{}:{}:{}: {}", file_name, begin.line, begin.column, parsed.error().description())});
  }
  Genesis genesis;
  Reader reader(file_name, genesis);
  if (!reader.document(parsed.table())) return std::unexpected(ConfigError{reader.take_message()});
  genesis.network_id = crypto::format::network_id_of(as_bytes(text));
  return genesis;
}

std::string genesis_text(std::string_view network_name, std::span<const PublicKey> authority_keys,
                         std::uint64_t block_interval_ms, std::uint64_t max_block_bytes) {
  const ConsensusParameters standard;
  std::string text = fmt::format(
      "# The exact bytes of this document, comments included, name the network. Do not edit it: every node must hold the same "
      "bytes.\n"
      "version = 1\n\n"
      "[network]\n"
      "name = {}\n"
      "time_ms = 0\n\n"
      "[consensus]\n"
      "min_interval_ms = {}\n"
      "target_interval_ms = {}\n"
      "heartbeat_ms = {}\n"
      "max_block_bytes = {}\n"
      "max_epoch_blocks = {}\n"
      "evidence_epochs = {}\n"
      "clock_skew_ms = {}\n"
      "msg_delay_ms = {}\n\n"
      "[participants]\n"
      "open = true\n",
      quoted(network_name), std::min(standard.min_interval_ms, block_interval_ms), block_interval_ms, standard.heartbeat_ms,
      max_block_bytes, standard.max_epoch_blocks, standard.evidence_epochs, standard.clock_skew_ms, standard.msg_delay_ms);
  std::size_t number = 0;
  for (const PublicKey& key : authority_keys)
    text += fmt::format("\n[[authority]]\nname = \"authority-{}\"\nkey = \"{}\"\n", ++number, key.hex());
  return text;
}

}  // namespace provchain::node
