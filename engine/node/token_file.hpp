// SPDX-License-Identifier: Apache-2.0
// The token that requests which write with this node's key must show: the first line of a file that only its owner may read.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "engine/node/settings.hpp"

namespace provchain::node {

// Without its line end (LF or CR LF). Errors: the file cannot be read, somebody but its owner may read or write it (0600 or 0400
// only, as key files), or the line has fewer than 16 characters.
[[nodiscard]] Result<std::string, ConfigError> read_token_file(const std::filesystem::path& file);

}  // namespace provchain::node
