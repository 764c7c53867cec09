// SPDX-License-Identifier: Apache-2.0
// Published test vectors from the shared test data, and the little of JSON that their files use.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace provchain::vectors {

inline std::string data_path(std::string_view name) {
  const char* root = std::getenv("PROVCHAIN_TEST_DATA");
  return (root != nullptr ? std::string(root) : std::string(PVC_SOURCE_DIR "/../shared/data")) + "/" + std::string(name);
}

// Absent when the test data is not on this machine.
inline std::optional<std::string> read_data(std::string_view name) {
  std::ifstream in(data_path(name), std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// The string values of every member `name`, in file order.
inline std::vector<std::string> members(std::string_view json, std::string_view name) {
  const std::string start = "\"" + std::string(name) + "\": \"";
  std::vector<std::string> values;
  for (std::size_t at = json.find(start); at != std::string_view::npos; at = json.find(start, at)) {
    at += start.size();
    values.emplace_back(json.substr(at, json.find('"', at) - at));
  }
  return values;
}

// The strings of the array `name`.
inline std::vector<std::string> array(std::string_view json, std::string_view name) {
  std::size_t at = json.find('[', json.find("\"" + std::string(name) + "\""));
  const std::size_t end = json.find(']', at);
  std::vector<std::string> values;
  while ((at = json.find('"', at)) < end) {
    const std::size_t close = json.find('"', at + 1);
    values.emplace_back(json.substr(at + 1, close - at - 1));
    at = close + 1;
  }
  return values;
}

inline ByteVector bytes_of_hex(std::string_view hex) {
  ByteVector bytes(hex.size() / 2);
  if (!from_hex(hex, bytes)) std::abort();
  return bytes;
}

}  // namespace provchain::vectors
