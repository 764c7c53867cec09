// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/options.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "engine/node/config.hpp"

namespace provchain::cli {
namespace {

constexpr std::uintmax_t kFileBytesMax = 1UL << 30;
constexpr const char* kDemoNode = "demo-net/node1/node.toml";

}  // namespace

std::string Options::api_url() const {
  if (!api.empty()) return api;
  std::error_code error;
  if (std::filesystem::exists(kDemoNode, error)) {
    const auto config = node::load_config(kDemoNode, [](const std::string&) { return std::nullopt; }, {});
    if (config) {
      const auto& [host, port] = config->api.listen;
      const bool is_v6 = host.find(':') != std::string::npos;
      return is_v6 ? fmt::format("http://[{}]:{}", host, port) : fmt::format("http://{}:{}", host, port);
    }
  }
  return "http://127.0.0.1:8081";
}

std::string read_file(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) fail(Exit::usage, path + ": " + error.message());
  if (size > kFileBytesMax) fail(Exit::usage, path + ": larger than 1 GiB");
  std::ifstream in(path, std::ios::binary);
  std::string text(size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  if (in.gcount() != static_cast<std::streamsize>(size)) fail(Exit::usage, path + ": cannot be read");
  return text;
}

void write_file(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.flush();
  if (!out) fail(Exit::usage, path + ": cannot be written");
}

void print(const Options& options, const nlohmann::json& value, const std::string& text) {
  const std::string out = options.json() ? value.dump(2) + "\n" : text;
  std::fwrite(out.data(), 1, out.size(), stdout);
}

std::optional<std::string> read_password(const std::string& path) {
  if (path.empty()) return std::nullopt;
  const std::string text = read_file(path);
  std::string password = text.substr(0, text.find('\n'));
  if (password.ends_with('\r')) password.pop_back();
  return password;
}

}  // namespace provchain::cli
