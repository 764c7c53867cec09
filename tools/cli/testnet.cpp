// SPDX-License-Identifier: Apache-2.0
// provchain testnet new | run: a network of authorities on this machine.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <span>

#include "crypto/ed25519.hpp"
#include "crypto/key_file.hpp"
#include "engine/node/authority.hpp"
#include "engine/node/config.hpp"
#include "engine/node/genesis_file.hpp"
#include "engine/node/units.hpp"
#include "tools/cli/options.hpp"
#include "tools/cli/process.hpp"

namespace provchain::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kReadyTimeoutMs = 60'000;
constexpr int kStopTimeoutMs = 15'000;
constexpr int kPollMs = 100;

struct NewArguments {
  std::string directory;
  std::size_t nodes = 4;
  std::uint16_t base_port = 8080;
  std::string block_interval = "0";
  std::string network_id = "provchain-testnet";
  std::string max_block_size = "1048576";
};

struct Member {
  fs::path folder;
  PublicKey authority;
  NodeId node_id;
  std::uint16_t peer_port = 0;
  std::uint16_t api_port = 0;
};

std::string toml_text(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

// `count` ports that are free now on the loopback interface: all are bound at once so that none is given twice.
std::vector<std::uint16_t> free_ports(std::size_t count) {
  std::vector<int> sockets;
  std::vector<std::uint16_t> ports;
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      fail(Exit::usage, "no free port can be found");
    sockets.push_back(fd);
    ports.push_back(ntohs(address.sin_port));
  }
  for (const int fd : sockets) close(fd);
  return ports;
}

PublicKey make_key(const fs::path& file) {
  const auto made = crypto::new_key_file(file.string(), crypto::new_journal_uuid());
  if (!made) fail(Exit::usage, file.string() + ": " + std::string(crypto::to_string(made.error().code)));
  return made->pair.public_key;
}

std::string node_toml(const Member& member, const std::vector<Member>& all, const std::string& network_id) {
  std::string peers;
  for (const Member& other : all) {
    if (other.node_id == member.node_id) continue;
    peers += fmt::format("{}\n  \"{}@127.0.0.1:{}\"", peers.empty() ? "" : ",", other.node_id.hex(), other.peer_port);
  }
  return fmt::format(
      "# One authority of the network {0}, made by `provchain testnet new`.\n"
      "[network]\n"
      "network_id = {0}\n"
      "genesis_file = \"../genesis.toml\"\n"
      "listen_address = \"127.0.0.1\"\n"
      "listen_port = {1}\n"
      "bootstrap_peers = [{2}\n]\n\n"
      "[consensus]\n"
      "is_authority = true\n"
      "authority_key_file = \"keys/authority.key\"\n\n"
      "[api]\n"
      "listen = \"127.0.0.1:{3}\"\n"
      "token_file = \"keys/api.token\"\n",
      toml_text(network_id), member.peer_port, peers, member.api_port);
}

void make_token(const fs::path& file) {
  const std::string text = to_hex(crypto::new_journal_uuid().view()) + "\n";
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool made = fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (fd >= 0) close(fd);
  if (!made) fail(Exit::usage, file.string() + ": cannot be written");
}

std::string genesis_of(const NewArguments& arguments, std::span<const PublicKey> keys) {
  const auto interval = node::parse_duration_ms(arguments.block_interval);
  if (!interval)
    fail(Exit::usage, "--block-interval " + arguments.block_interval + ": expected a duration such as 0, \"250ms\" or 10");
  const auto block_bytes = node::parse_size_bytes(arguments.max_block_size);
  if (!block_bytes)
    fail(Exit::usage, "--max-block-size " + arguments.max_block_size + ": expected a size such as 1048576 or 4MiB");
  const std::string genesis = node::genesis_text(arguments.network_id, keys, *interval, *block_bytes);
  if (const auto parsed = node::parse_genesis(genesis, "genesis"); !parsed) fail(Exit::usage, parsed.error().message);
  return genesis;
}

// Everything that can be wrong with the flags is found before the first file is made; the genesis is tried with other keys.
void check_arguments(const NewArguments& arguments) {
  if (arguments.nodes < 1 || arguments.nodes > limits::authorities_max) fail(Exit::usage, "--nodes: 1 to 100");
  if (arguments.base_port != 0 && arguments.base_port + 2 * arguments.nodes - 1 > 65'535)
    fail(Exit::usage, fmt::format("--base-port {}: {} nodes need ports up to {}, above 65535", arguments.base_port,
                                  arguments.nodes, arguments.base_port + 2 * arguments.nodes - 1));
  std::vector<PublicKey> keys;
  keys.reserve(arguments.nodes);
  for (std::size_t i = 0; i < arguments.nodes; ++i) keys.push_back(crypto::generate_key_pair().public_key);
  (void)genesis_of(arguments, keys);
  const fs::path directory = arguments.directory;
  if (fs::exists(directory) && (!fs::is_directory(directory) || !fs::is_empty(directory)))
    fail(Exit::usage, directory.string() + ": exists and is not an empty folder; choose another");
}

std::vector<Member> make_members(const NewArguments& arguments) {
  const std::vector<std::uint16_t> any =
      arguments.base_port == 0 ? free_ports(2 * arguments.nodes) : std::vector<std::uint16_t>{};
  std::vector<Member> members;
  for (std::size_t i = 0; i < arguments.nodes; ++i) {
    Member& member = members.emplace_back();
    member.folder = fs::path(arguments.directory) / fmt::format("node{}", i + 1);
    fs::create_directories(member.folder / "keys");
    member.authority = make_key(member.folder / "keys/authority.key");
    member.node_id = NodeId{make_key(member.folder / "keys/node.key").bytes};
    make_key(member.folder / "keys/submitter.key");
    make_token(member.folder / "keys/api.token");
    member.peer_port = any.empty() ? static_cast<std::uint16_t>(arguments.base_port + 2 * i) : any[2 * i];
    member.api_port = any.empty() ? static_cast<std::uint16_t>(arguments.base_port + 2 * i + 1) : any[2 * i + 1];
  }
  return members;
}

void make_network(const NewArguments& arguments, const Options& options) {
  if (!crypto::init()) fail(Exit::usage, "the system gives no randomness");
  check_arguments(arguments);
  const fs::path directory = arguments.directory;
  const std::vector<Member> members = make_members(arguments);
  std::vector<PublicKey> keys;
  keys.reserve(members.size());
  for (const Member& member : members) keys.push_back(member.authority);
  write_file((directory / "genesis.toml").string(), genesis_of(arguments, keys));
  nlohmann::json nodes = nlohmann::json::array();
  for (const Member& member : members) {
    const std::string config_file = (member.folder / "node.toml").string();
    write_file(config_file, node_toml(member, members, arguments.network_id));
    const auto config = node::load_config(config_file, [](const std::string&) { return std::nullopt; }, {});
    if (!config) fail(Exit::usage, config.error().message);
    if (const auto made = node::create_journal(*config, std::nullopt); !made) fail(Exit::damaged, made.error().message);
    nodes.push_back({{"config", config_file}, {"api", fmt::format("http://127.0.0.1:{}", member.api_port)}});
  }
  const std::string advice = members.size() < 4 ? "note: fewer than 4 authorities do not survive the loss of one; use 4\n" : "";
  print(options, {{"directory", directory.string()}, {"genesis", (directory / "genesis.toml").string()}, {"nodes", nodes}},
        fmt::format("{} authorities in {}\n{}run: provchain testnet run {}\n", members.size(), directory.string(), advice,
                    directory.string()));
}

class Network {
 public:
  Network(const fs::path& directory, const std::string& engine, const std::vector<std::string>& settings) {
    for (std::size_t i = 1; fs::exists(directory / fmt::format("node{}", i) / "node.toml"); ++i) {
      const fs::path folder = directory / fmt::format("node{}", i);
      std::vector<std::string> command{engine, "--config", (folder / "node.toml").string()};
      for (const std::string& setting : settings) command.insert(command.end(), {"--set", setting});
      logs_.push_back((folder / "log").string());
      processes_.push_back(std::make_unique<Process>(command, logs_.back()));
    }
    if (processes_.empty())
      fail(Exit::usage, directory.string() + ": holds no node1/node.toml; run: provchain testnet new " + directory.string());
  }

  nlohmann::json wait_until_ready() {
    nlohmann::json nodes = nlohmann::json::array();
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      const auto line = processes_[i]->read_line(kReadyTimeoutMs);
      unsigned peers = 0;
      unsigned api = 0;
      if (!line || std::sscanf(line->c_str(), "ready peers=%u api=%u", &peers, &api) != 2)
        fail(Exit::negative, fmt::format("node{} did not start; its log is {}", i + 1, logs_[i]));
      nodes.push_back(
          {{"api", fmt::format("http://127.0.0.1:{}", api)}, {"peers", peers}, {"pid", processes_[i]->pid()}, {"log", logs_[i]}});
    }
    return nodes;
  }

  // False once all have ended by themselves.
  bool serve_until(const sigset_t& signals) {
    for (;;) {
      const timespec pause{0, kPollMs * 1'000'000L};
      if (sigtimedwait(&signals, nullptr, &pause) > 0) return true;
      bool any = false;
      for (std::size_t i = 0; i < processes_.size(); ++i) {
        const bool ran = !ended_[i];
        const auto exit = processes_[i]->poll_exit();
        ended_[i] = exit.has_value();
        any = any || !exit;
        if (ran && exit) std::fprintf(stderr, "node%zu ended with status %d; its log is %s\n", i + 1, *exit, logs_[i].c_str());
      }
      if (!any) return false;
    }
  }

  void stop() {
    for (const auto& process : processes_) process->signal(SIGTERM);
    for (int waited = 0; waited < kStopTimeoutMs; waited += kPollMs) {
      bool any = false;
      for (const auto& process : processes_) any = !process->poll_exit() || any;
      if (!any) return;
      usleep(kPollMs * 1'000);
    }
    std::fprintf(stderr, "a node did not stop within %d s and is killed\n", kStopTimeoutMs / 1'000);
  }

 private:
  std::vector<std::string> logs_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::map<std::size_t, bool> ended_;
};

void run_network(const std::string& directory, const std::vector<std::string>& settings, const Options& options) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const fs::path engine = fs::read_symlink("/proc/self/exe").parent_path() / "provchain-engine";
  Network network(directory, engine.string(), settings);
  const nlohmann::json nodes = network.wait_until_ready();
  if (options.json()) {
    std::printf("%s\n", nlohmann::json{{"ready", true}, {"nodes", nodes}}.dump().c_str());
  } else {
    for (std::size_t i = 0; i < nodes.size(); ++i)
      std::printf("node%zu: %s\n", i + 1, nodes[i]["api"].get<std::string>().c_str());
    std::printf("running; Ctrl-C stops the network\n");
  }
  std::fflush(stdout);
  if (!network.serve_until(signals)) fail(Exit::negative, "all nodes have ended");
  network.stop();
}

}  // namespace

void add_testnet_verbs(CLI::App& app, Options& options) {
  CLI::App* testnet = app.add_subcommand(
      "testnet", "Makes and runs a network on this machine.\nExample: provchain testnet new demo-net --nodes 4");
  testnet->require_subcommand(1);
  CLI::App* make = testnet->add_subcommand("new", "Makes keys, genesis and configuration of N authorities in DIR.");
  const auto arguments = std::make_shared<NewArguments>();
  make->add_option("DIR", arguments->directory, "an empty or new folder")->required();
  make->add_option("--nodes", arguments->nodes, "how many authorities, 1 to 100")->capture_default_str();
  make->add_option("--base-port", arguments->base_port,
                   "node i listens for peers on base + 2(i − 1) and serves its API one above; 0: free ports")
      ->capture_default_str();
  make->add_option("--block-interval", arguments->block_interval, "time between blocks under load; 0: as fast as the network")
      ->capture_default_str();
  make->add_option("--max-block-size", arguments->max_block_size, "bytes of the transactions of one block")
      ->capture_default_str();
  make->add_option("--network-id", arguments->network_id, "name of the network")->capture_default_str();
  make->callback([arguments, &options] { make_network(*arguments, options); });

  CLI::App* run = testnet->add_subcommand("run", "Starts the nodes of DIR and stops them on Ctrl-C.");
  const auto directory = std::make_shared<std::string>();
  const auto settings = std::make_shared<std::vector<std::string>>();
  run->add_option("DIR", *directory, "a folder made by `testnet new`")->required();
  run->add_option("--set", *settings, "section.key=value for every node");
  run->callback([directory, settings, &options] { run_network(*directory, *settings, options); });
}

}  // namespace provchain::cli
