// SPDX-License-Identifier: Apache-2.0
// The node: provchain-engine --config FILE.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <thread>

#include "engine/node/config.hpp"
#include "engine/node/log.hpp"
#include "engine/node/node.hpp"
#include "engine/node/version.hpp"

namespace {

using namespace provchain;

constexpr int kExitRefused = 1;
constexpr int kExitUsage = 2;
constexpr int kExitDamaged = 4;

int complain(const node::ConfigError& error, int code) {
  std::fprintf(stderr, "provchain-engine: %s\n", error.message.c_str());
  return code;
}

// Takes SIGINT, SIGTERM and SIGHUP for the whole process; no other thread sees them. The signals must be blocked before any
// thread starts.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR2}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  template <class OnStop, class OnReload>
  void start(OnStop on_stop, OnReload on_reload) {
    thread_ = std::thread([this, on_stop, on_reload] {
      for (int signal = 0; sigwait(&set_, &signal) == 0 && signal != SIGUSR2;) signal == SIGHUP ? on_reload() : on_stop();
    });
  }
  // No handler runs any more when it returns. To be called before anything that the handlers use goes.
  void stop() {
    if (!thread_.joinable()) return;
    pthread_kill(thread_.native_handle(), SIGUSR2);
    thread_.join();
  }
  ~Signals() { stop(); }

 private:
  sigset_t set_{};
  std::thread thread_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"One node of a provenance ledger.\nExample: provchain-engine --config node1/node.toml"};
  std::string config_file;
  std::string password_file;
  std::vector<std::string> flags;
  bool check_only = false;
  app.add_option("--config", config_file, "configuration file (node.toml)")->required();
  app.add_option("--set", flags, "section.key=value: stands above environment and file; may be repeated");
  app.add_option("--password-file", password_file, "file whose first line opens sealed key files");
  app.add_flag("--check-config", check_only, "reads and checks the configuration, then exits");
  app.set_version_flag("--version", std::string("provchain-engine ") + std::string(node::version));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
    return complain({std::string(error.what()) + "; see provchain-engine --help"}, kExitUsage);
  }

  auto config = node::load_config(config_file, node::process_environment, flags);
  if (!config) return complain(config.error(), kExitUsage);
  if (check_only) {
    std::printf("%s: fine; network '%s', network id %s\n", config_file.c_str(), config->genesis.name.c_str(),
                config->genesis.network_id.hex().c_str());
    return 0;
  }
  std::optional<std::string> password;
  if (!password_file.empty()) {
    auto text = node::read_text_file(password_file);
    if (!text) return complain(text.error(), kExitUsage);
    password = text->substr(0, text->find('\n'));
    if (password->ends_with('\r')) password->pop_back();
  }

  Signals signals;
  node::Log log(config->log_level, config->log_json);
  auto opened = node::Node::open(std::move(*config), log, std::move(password));
  if (!opened) return complain(opened.error(), opened.error().data_damaged ? kExitDamaged : kExitUsage);
  node::Node& node = **opened;
  signals.start([&] { node.request_stop(); },
                [&] {
                  const auto reread = node::load_config(config_file, node::process_environment, flags);
                  if (!reread) return log.error("SIGHUP: not reloaded: " + reread.error().message);
                  log.set_level(reread->log_level);
                  log.info("SIGHUP: log.level reloaded; every other setting needs a restart");
                });
  const auto ended = node.run([](const node::Node::Endpoints& endpoints) {
    // Scripts wait for this line; it stands on standard output, the log on standard error.
    std::printf("ready peers=%u api=%u\n", endpoints.peer_port, endpoints.api_port);
    std::fflush(stdout);
  });
  signals.stop();  // its handlers use the node and the log, which go first
  if (!ended) return complain(ended.error(), ended.error().data_damaged ? kExitDamaged : kExitRefused);
  return 0;
}
