// SPDX-License-Identifier: Apache-2.0
// The operator's and client's tool: provchain VERB.
#include <curl/curl.h>
#include <CLI/CLI.hpp>

#include <cstdio>

#include "engine/node/version.hpp"
#include "tools/cli/options.hpp"

int main(int argc, char** argv) {
  using namespace provchain::cli;
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Options options;
  options.program = argv[0];
  CLI::App app{"Works with nodes of a provenance ledger.\nExample: provchain submit data.ttl"};
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--api", options.api, "URL of a node's HTTP API")->envname("PROVCHAIN_API");
  app.add_option("--output", options.output, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.set_version_flag("--version", std::string("provchain ") + std::string(provchain::node::version));
  add_key_verbs(app, options);
  add_genesis_verbs(app, options);
  add_config_verbs(app, options);
  add_testnet_verbs(app, options);
  add_submit_verb(app, options);
  add_read_verbs(app, options);
  add_proof_verbs(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
  } catch (const Failure& failure) {
    std::fprintf(stderr, "provchain: %s\n", failure.line.c_str());
    return static_cast<int>(failure.exit);
  }
  return 0;
}
