// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/golden.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace provchain::golden {
namespace {

constexpr std::size_t kDigitsPerLine = 64;

std::string path_of(std::string_view name) { return std::string(PVC_SOURCE_DIR "/tests/golden/") + std::string(name) + ".hex"; }

}  // namespace

ByteVector frozen(std::string_view name) {
  std::ifstream in(path_of(name));
  EXPECT_TRUE(in) << path_of(name) << " is missing";
  std::string hex;
  for (std::string line; std::getline(in, line);) hex += line;
  ByteVector bytes(hex.size() / 2);
  if (from_hex(hex, bytes)) return bytes;
  ADD_FAILURE() << path_of(name) << " is not lower-case hex";
  return {};
}

void expect_frozen(std::string_view name, Bytes bytes) {
  const std::string hex = to_hex(bytes);
  if (std::getenv("PVC_GOLDEN_WRITE") != nullptr) {
    std::ofstream out(path_of(name));
    for (std::size_t at = 0; at < hex.size(); at += kDigitsPerLine) out << hex.substr(at, kDigitsPerLine) << '\n';
    return;
  }
  EXPECT_EQ(to_hex(frozen(name)), hex) << "the bytes of " << name << " have changed";
}

}  // namespace provchain::golden
