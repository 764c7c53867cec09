// SPDX-License-Identifier: Apache-2.0
// Every configuration key there is, and where its value came from. A value is looked for in this order: flag (--set
// section.key=value), environment (PROVCHAIN_SECTION_KEY), file, default. An unknown key, a value of the wrong type and a value
// out of range are errors that name the place; nothing is guessed. engine/node/config.hpp turns the texts into typed values.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace provchain::node {

enum class SettingKind : std::uint8_t { text, whole, flag, duration, size, address, text_list };

struct SettingKey {
  std::string_view path;  // "network.listen_port"
  SettingKind kind;
  std::string_view default_value;  // in the spelling of a flag; lists are comma separated
  std::uint64_t min;               // whole, duration (ms), size (bytes)
  std::uint64_t max;
  std::string_view help;
};

// All keys, in the order in which `provchain config show` prints them.
[[nodiscard]] std::span<const SettingKey> setting_keys();

enum class Origin : std::uint8_t { default_value, file, environment, flag };

struct Setting {
  std::vector<std::string> values;  // one, or the members of a list
  Origin origin = Origin::default_value;
  std::string where;  // "node.toml:12:1", "PROVCHAIN_LOG_LEVEL", "--set log.level"
};

// How a message about a setting begins: where it was set, and the key when that does not name it already.
[[nodiscard]] std::string place_of(std::string_view path, const Setting& setting);

// One line for the user: where, what, what to do.
struct ConfigError {
  std::string message;
  bool data_damaged = false;  // the data directory cannot be used (locked, damaged, full): nothing the configuration could mend
};

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

class Settings {
 public:
  // `file_text` is the TOML document, `file_name` its name in messages; `flags` are "section.key=value" texts.
  [[nodiscard]] static Result<Settings, ConfigError> read(std::string_view file_text, const std::string& file_name,
                                                          const Environment& environment, std::span<const std::string> flags);

  [[nodiscard]] const Setting& at(std::string_view path) const;
  [[nodiscard]] const std::string& text(std::string_view path) const { return at(path).values.front(); }
  [[nodiscard]] std::uint64_t whole(std::string_view path) const;  // also duration in ms and size in bytes
  [[nodiscard]] bool flag(std::string_view path) const { return text(path) == "true"; }
  [[nodiscard]] const std::vector<std::string>& list(std::string_view path) const { return at(path).values; }
  [[nodiscard]] bool is_default(std::string_view path) const { return at(path).origin == Origin::default_value; }

 private:
  std::map<std::string, Setting, std::less<>> settings_;
};

[[nodiscard]] std::string environment_name(std::string_view path);
[[nodiscard]] std::string_view to_string(Origin origin);

}  // namespace provchain::node
