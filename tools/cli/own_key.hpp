// SPDX-License-Identifier: Apache-2.0
// The key files that verbs sign with.
#pragma once

#include <string>

#include "crypto/key_file.hpp"

namespace provchain::cli {

// Fails with Exit::usage and a line that says what to do.
[[nodiscard]] crypto::StoredKey load_key(const std::string& file, const std::string& password_file);
// The same for whoever submits: without a name keys/submitter.key, else that of ./demo-net.
[[nodiscard]] crypto::StoredKey load_submitter_key(const std::string& file, const std::string& password_file);

}  // namespace provchain::cli
