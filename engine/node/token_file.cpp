// SPDX-License-Identifier: Apache-2.0
#include "engine/node/token_file.hpp"

#include <algorithm>
#include <system_error>

#include "engine/node/config.hpp"

namespace provchain::node {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTokenCharactersMin = 16;

}  // namespace

Result<std::string, ConfigError> read_token_file(const fs::path& file) {
  std::error_code error;
  const fs::perms mode = fs::status(file, error).permissions();
  const bool is_too_open =
      !error && mode != fs::perms::unknown && (mode & ~(fs::perms::owner_read | fs::perms::owner_write)) != fs::perms::none;
  if (is_too_open)
    return std::unexpected(ConfigError{file.string() + ": others may read or write it; run: chmod 600 " + file.string()});
  PVC_TRY(std::string text, read_text_file(file));
  text.resize(std::min(text.find('\n'), text.size()));
  if (text.ends_with('\r')) text.pop_back();
  if (text.size() < kTokenCharactersMin)
    return std::unexpected(ConfigError{file.string() + ": a token is a line of at least 16 characters"});
  return text;
}

}  // namespace provchain::node
