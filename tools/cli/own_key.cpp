// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/own_key.hpp"

#include <cstring>
#include <filesystem>

#include "tools/cli/options.hpp"

namespace provchain::cli {
namespace {

constexpr const char* kSubmitterKey = "keys/submitter.key";
constexpr const char* kDemoSubmitterKey = "demo-net/node1/keys/submitter.key";

std::string advice(const std::string& file, const crypto::KeyFileError& error) {
  switch (error.code) {
    case crypto::KeyFileErrc::missing:
      return "; name yours with --key, or make one with: provchain key new " + file;
    case crypto::KeyFileErrc::too_open:
      return "; run: chmod 600 " + file;
    case crypto::KeyFileErrc::password_needed:
      return "; name the file with its password: --password-file FILE";
    case crypto::KeyFileErrc::io:
      return std::string(" (") + std::strerror(error.system_error) + ")";
    case crypto::KeyFileErrc::exists:
    case crypto::KeyFileErrc::not_regular:
    case crypto::KeyFileErrc::malformed:
    case crypto::KeyFileErrc::wrong_password:
      return "";
  }
  return "";
}

}  // namespace

crypto::StoredKey load_key(const std::string& file, const std::string& password_file) {
  if (!crypto::init()) fail(Exit::usage, "the system gives no randomness");
  const auto password = read_password(password_file);
  auto key = crypto::load_key_file(file, password ? std::optional<std::string_view>(*password) : std::nullopt);
  if (!key) fail(Exit::usage, file + ": " + std::string(crypto::to_string(key.error().code)) + advice(file, key.error()));
  return std::move(*key);
}

crypto::StoredKey load_submitter_key(const std::string& file, const std::string& password_file) {
  namespace fs = std::filesystem;
  if (!file.empty()) return load_key(file, password_file);
  return load_key(!fs::exists(kSubmitterKey) && fs::exists(kDemoSubmitterKey) ? kDemoSubmitterKey : kSubmitterKey, password_file);
}

}  // namespace provchain::cli
