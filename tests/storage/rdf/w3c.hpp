// SPDX-License-Identifier: Apache-2.0
// The W3C test suites under $PROVCHAIN_TEST_DATA: their manifests read well enough to run them, and files. Tests skip when they
// are missing.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace provchain::storage::rdf::testing {

struct ManifestEntry {
  std::string name;    // "nt-syntax-bad-uri-01"
  std::string type;    // "TestNTriplesNegativeSyntax"
  std::string action;  // path of the input
  std::string result;  // path of the expected output, or empty
};

// $PROVCHAIN_TEST_DATA, or ../shared/data beside the sources.
[[nodiscard]] std::string data_path(const std::string& below);
[[nodiscard]] std::optional<std::string> read_file(const std::string& path);
// The entries of `folder`/manifest.ttl; empty when the file is missing.
[[nodiscard]] std::vector<ManifestEntry> read_manifest(const std::string& folder);
// Output of `zstd -dc --long=27 path`, at most `bytes_max` of it; absent when the file is missing.
[[nodiscard]] std::optional<std::string> read_zstd(const std::string& path, std::size_t bytes_max);

}  // namespace provchain::storage::rdf::testing

#define PVC_SKIP_WITHOUT(value) \
  if (!(value)) GTEST_SKIP() << "test data is not here: set PROVCHAIN_TEST_DATA"
