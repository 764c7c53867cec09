// SPDX-License-Identifier: Apache-2.0
// What every verb of `provchain` gets, and the verbs. Each adds itself to the command line in its own file and runs when it was
// asked for.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "tools/cli/http.hpp"
#include "tools/cli/outcome.hpp"

namespace provchain::cli {

struct Options {
  std::string api;  // empty: the first node of ./demo-net, else http://127.0.0.1:8081
  std::string output = "text";
  std::string program;  // argv[0], to find provchain-engine beside it

  [[nodiscard]] bool json() const { return output == "json"; }
  [[nodiscard]] std::string api_url() const;
};

void add_key_verbs(CLI::App& app, Options& options);
void add_genesis_verbs(CLI::App& app, Options& options);
void add_config_verbs(CLI::App& app, Options& options);
void add_testnet_verbs(CLI::App& app, Options& options);
void add_submit_verb(CLI::App& app, Options& options);
void add_read_verbs(CLI::App& app, Options& options);
void add_proof_verbs(CLI::App& app, Options& options);
void add_authority_verbs(CLI::App& app, Options& options);

// Text of a file of at most 1 GiB; fails with Exit::usage.
[[nodiscard]] std::string read_file(const std::string& path);
// Creates or replaces a file; fails with Exit::usage.
void write_file(const std::string& path, std::string_view text);
// Prints JSON indented for --output json, else the text.
void print(const Options& options, const nlohmann::json& value, const std::string& text);
// A password from the first line of the named file; absent when the name is empty.
[[nodiscard]] std::optional<std::string> read_password(const std::string& path);

}  // namespace provchain::cli
