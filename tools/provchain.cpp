// SPDX-License-Identifier: Apache-2.0
// The operator's and client's tool: provchain VERB.
#include <curl/curl.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>

#include <nlohmann/json.hpp>

#include "engine/node/version.hpp"
#include "tools/cli/options.hpp"

namespace {

using provchain::cli::Exit;

int complain(Exit exit, std::string line) {
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::fprintf(stderr, "provchain: %s\n", line.c_str());
  return static_cast<int>(exit);
}

// What the verbs do not foresee one by one: each kind means one thing here.
int run(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
    return complain(Exit::usage, std::string(error.what()) + "; see provchain --help");
  } catch (const provchain::cli::Failure& failure) {
    return complain(failure.exit, failure.line);
  } catch (const std::filesystem::filesystem_error& error) {
    return complain(Exit::usage, error.path1().string() + ": " + error.code().message());
  } catch (const nlohmann::json::exception& error) {
    return complain(Exit::negative, std::string("the node's answer is not what this API gives: ") + error.what());
  } catch (const std::bad_alloc&) {
    return complain(Exit::negative, "there is not enough memory");
  } catch (const std::exception& error) {
    return complain(Exit::negative, error.what());
  }
}

}  // namespace

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
  add_authority_verbs(app, options);
  return run(app, argc, argv);
}
