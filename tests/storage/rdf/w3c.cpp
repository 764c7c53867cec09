// SPDX-License-Identifier: Apache-2.0
#include "tests/storage/rdf/w3c.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>

namespace provchain::storage::rdf::testing {

std::string data_path(const std::string& below) {
  const char* const root = std::getenv("PROVCHAIN_TEST_DATA");
  return (root != nullptr ? std::string(root) : std::string(PVC_SOURCE_DIR "/../shared/data")) + "/" + below;
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

std::vector<ManifestEntry> read_manifest(const std::string& folder) {
  const std::optional<std::string> text = read_file(folder + "/manifest.ttl");
  std::vector<ManifestEntry> entries;
  if (!text) return entries;
  static const std::regex entry_start(R"(^(?:<#|trs:)([A-Za-z0-9_.-]+)>?\s+(?:rdf:type|a)\s+rdft:(\w+))", std::regex::multiline);
  static const std::regex action(R"(mf:action\s+<([^>]+)>)");
  static const std::regex result(R"(mf:result\s+<([^>]+)>)");
  for (auto at = std::sregex_iterator(text->begin(), text->end(), entry_start); at != std::sregex_iterator(); ++at) {
    const auto following = std::next(at);
    const std::size_t begin = static_cast<std::size_t>(at->position());
    const std::size_t end = following == std::sregex_iterator() ? text->size() : static_cast<std::size_t>(following->position());
    const std::string body = text->substr(begin, end - begin);
    std::smatch found;
    ManifestEntry entry{(*at)[1], (*at)[2], {}, {}};
    if (std::regex_search(body, found, action)) entry.action = folder + "/" + found[1].str();
    if (std::regex_search(body, found, result)) entry.result = folder + "/" + found[1].str();
    entries.push_back(entry);
  }
  return entries;
}

std::optional<std::string> read_zstd(const std::string& path, std::size_t bytes_max) {
  if (!read_file(path)) return std::nullopt;
  std::FILE* const pipe = ::popen(("zstd -dc --long=27 '" + path + "' 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::string text(bytes_max, '\0');
  text.resize(std::fread(text.data(), 1, bytes_max, pipe));
  ::pclose(pipe);
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace provchain::storage::rdf::testing
