// SPDX-License-Identifier: Apache-2.0
// Four (or N) real nodes on loopback under load, beside what this machine could do at most, in one run:
//   finality    one transaction at a time: from the POST until the answer says final
//   throughput  signed transactions of 15 quads from several connections to several nodes, until every node has them all
//   blocks      the same with blocks that hold one transaction only
//   away        finality with all nodes up, and in the same network after one of them has been away for long
// Every case checks its answer: all nodes hold the same number of transactions and the same newest block. Prints a table, or JSON
// with --json.
//   bench/cluster_bench is not a Google Benchmark program, because one "iteration" is a network's life.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <span>
#include <thread>

#include "base/prng.hpp"
#include "crypto/ed25519.hpp"
#include "storage/rdf/tx_build.hpp"
#include "tools/cli/http.hpp"
#include "tools/cli/outcome.hpp"
#include "tools/cli/process.hpp"

namespace {

using namespace provchain;
using namespace provchain::cli;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::uint64_t kValidUntil = 1'000'000;
constexpr int kReadyTimeoutMs = 60'000;

struct Arguments {
  std::size_t nodes = 4;
  std::size_t finality = 200;
  std::size_t throughput = 6'000;
  std::size_t blocks = 1'000;
  std::size_t away = 400;
  std::size_t connections = 4;
  std::size_t quads = 15;
  bool json = false;
};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

// A running network in a folder of its own, which goes with it.
class Cluster {
 public:
  Cluster(const fs::path& bin, std::size_t nodes, const std::string& max_block_size,
          const std::string& leader_away_after = "30s") {
    folder_ = fs::temp_directory_path() / fmt::format("provchain-bench-{}", getpid());
    fs::remove_all(folder_);
    Process made({(bin / "provchain").string(), "testnet", "new", folder_.string(), "--nodes", std::to_string(nodes),
                  "--base-port", "0", "--block-interval", "0", "--max-block-size", max_block_size},
                 "/dev/null");
    while (!made.poll_exit()) usleep(10'000);
    if (*made.poll_exit() != 0) fail(Exit::negative, "the network cannot be made");
    network_ = std::make_unique<Process>(
        std::vector<std::string>{(bin / "provchain").string(), "--output", "json", "testnet", "run", folder_.string(), "--set",
                                 "limits.author_transactions_max=100000", "--set", "limits.author_bytes_max=1GiB", "--set",
                                 "limits.mempool_transactions_max=100000", "--set", "limits.mempool_bytes_max=1GiB", "--set",
                                 "consensus.leader_away_after=" + leader_away_after, "--set", "log.level=warn"},
        "/dev/null");
    const auto line = network_->read_line(kReadyTimeoutMs);
    if (!line) fail(Exit::negative, "the network did not start");
    const nlohmann::json ready = parse_json(*line);
    for (const auto& node : ready.at("nodes")) {
      apis_.push_back(node.at("api").get<std::string>());
      pids_.push_back(node.at("pid").get<pid_t>());
    }
    wait_connected();
  }
  ~Cluster() {
    network_->signal(SIGTERM);
    for (int i = 0; i < 200 && !network_->poll_exit(); ++i) usleep(50'000);
    network_.reset();
    std::error_code error;
    fs::remove_all(folder_, error);
  }

  [[nodiscard]] const std::vector<std::string>& apis() const { return apis_; }

  [[nodiscard]] NetworkId network_id() const {
    Client client(apis_.front());
    return *NetworkId::parse_hex(client.get_json("/v1/status").at("network_id").get<std::string>());
  }

  // The last node ends as by a power cut and stays away.
  void kill_last() {
    if (kill(pids_.back(), SIGKILL) != 0) fail(Exit::negative, "a node cannot be killed");
    pids_.pop_back();
    apis_.pop_back();
  }

  // Until every node has `count` transactions; then all must stand on the same block.
  void wait_transactions(std::uint64_t count) const {
    for (const std::string& api : apis_) {
      Client client(api);
      while (client.get_json("/v1/status").at("total_txs").get<std::uint64_t>() < count) usleep(5'000);
    }
    Client first(apis_.front());
    const auto height = first.get_json("/v1/status").at("finalized_height").dump();
    const auto block = first.get_json("/v1/blocks/" + height).at("id");
    for (const std::string& api : apis_) {
      Client client(api);
      if (client.get_json("/v1/blocks/" + height).at("id") != block) fail(Exit::negative, "the nodes do not agree");
    }
  }

  [[nodiscard]] std::uint64_t height() const {
    Client client(apis_.front());
    return client.get_json("/v1/status").at("finalized_height").get<std::uint64_t>();
  }

 private:
  void wait_connected() const {
    for (const std::string& api : apis_) {
      Client client(api);
      while (client.get_json("/v1/status").at("peers").get<std::size_t>() + 1 < apis_.size()) usleep(20'000);
    }
  }

  fs::path folder_;
  std::unique_ptr<Process> network_;
  std::vector<std::string> apis_;
  std::vector<pid_t> pids_;
};

// Signed transactions of generated provenance: the same seed gives the same datasets.
std::vector<ByteVector> make_transactions(const NetworkId& network, std::size_t count, std::size_t quads) {
  std::vector<ByteVector> transactions;
  const crypto::KeyPair author = crypto::key_pair_from_seed(ByteVector(32, 42));
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<std::string> lines;
    for (std::size_t k = 0; k < quads; ++k)
      lines.push_back(
          fmt::format("<https://example.org/lot/{:08d}> <http://www.w3.org/ns/prov#property{:03d}> \"value {} of lot {}\" "
                      "<https://example.org/graph/{:08d}> .",
                      i, k, k, i, i));
    const std::vector<std::string_view> views(lines.begin(), lines.end());
    transactions.push_back(storage::rdf::build_transaction(views, {network, i, Height(kValidUntil)}, author));
  }
  return transactions;
}

void post(Client& client, const ByteVector& transaction, const std::string& query) {
  for (;;) {
    const Response response = client.post("/v1/transactions" + query, transaction, "application/vnd.provchain.tx");
    if (response.ok()) return;
    if (response.status != 429 && response.status != 503) fail(Exit::negative, problem_line(response));
    usleep(20'000);
  }
}

struct Figures {
  double finality_p50_ms = 0;
  double finality_p99_ms = 0;
  double all_up_mean_ms = 0;
  double one_away_mean_ms = 0;
  double transactions_per_second = 0;
  double blocks_per_second = 0;
  double transactions_per_block = 0;
  double verify_per_second = 0;
  double sync_per_second = 0;
};

// How many milliseconds each took from the POST until it was final.
std::vector<double> post_in_turn(const Cluster& cluster, std::span<const ByteVector> transactions) {
  Client client(cluster.apis().front());
  std::vector<double> times;
  for (const ByteVector& transaction : transactions) {
    const auto start = Clock::now();
    post(client, transaction, "?wait=final");
    times.push_back(seconds_since(start) * 1'000);
  }
  return times;
}

void measure_finality(const fs::path& bin, const Arguments& arguments, Figures& figures) {
  const Cluster cluster(bin, arguments.nodes, "1048576");
  const auto transactions = make_transactions(cluster.network_id(), arguments.finality, arguments.quads);
  const std::vector<double> times = post_in_turn(cluster, transactions);
  cluster.wait_transactions(transactions.size());
  figures.finality_p50_ms = quantile(times, 0.50);
  figures.finality_p99_ms = quantile(times, 0.99);
}

void measure_away(const fs::path& bin, const Arguments& arguments, Figures& figures) {
  Cluster cluster(bin, arguments.nodes, "1048576", "1s");  // nobody wants to sit through the usual half a minute
  const auto transactions = make_transactions(cluster.network_id(), 2 * arguments.away, arguments.quads);
  const std::span<const ByteVector> all(transactions);
  figures.all_up_mean_ms = mean(post_in_turn(cluster, all.first(arguments.away)));
  cluster.kill_last();
  sleep(3);
  figures.one_away_mean_ms = mean(post_in_turn(cluster, all.subspan(arguments.away)));
  cluster.wait_transactions(transactions.size());
}

struct Flood {
  double seconds = 0;
  std::uint64_t blocks = 0;
};

Flood flood(const Cluster& cluster, const std::vector<ByteVector>& transactions, std::size_t connections) {
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (std::size_t c = 0; c < connections; ++c) {
    threads.emplace_back([&, c] {
      try {
        Client client(cluster.apis()[c % cluster.apis().size()]);
        for (std::size_t i = c; i < transactions.size(); i += connections) post(client, transactions[i], "");
      } catch (const Failure& failure) {
        std::fprintf(stderr, "cluster_bench: %s\n", failure.line.c_str());
        std::_Exit(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  cluster.wait_transactions(transactions.size());
  return {seconds_since(start), cluster.height()};
}

void measure_throughput(const fs::path& bin, const Arguments& arguments, Figures& figures) {
  const Cluster cluster(bin, arguments.nodes, "1048576");
  const auto transactions = make_transactions(cluster.network_id(), arguments.throughput, arguments.quads);
  const Flood result = flood(cluster, transactions, arguments.connections);
  figures.transactions_per_second = static_cast<double>(transactions.size()) / result.seconds;
  figures.transactions_per_block =
      static_cast<double>(transactions.size()) / static_cast<double>(std::max<std::uint64_t>(1, result.blocks));
}

void measure_blocks(const fs::path& bin, const Arguments& arguments, Figures& figures) {
  const Cluster cluster(bin, arguments.nodes, "4096");  // one transaction of 15 quads fits, two do not
  const auto transactions = make_transactions(cluster.network_id(), arguments.blocks, arguments.quads);
  const Flood result = flood(cluster, transactions, arguments.connections);
  figures.blocks_per_second = static_cast<double>(result.blocks) / result.seconds;
}

// What bounds the above on this machine, in this run: one core's signature checks, and one durable 4 KiB append after the other.
void measure_limits(Figures& figures) {
  const crypto::KeyPair key = crypto::key_pair_from_seed(ByteVector(32, 1));
  const ByteVector message(32, 7);
  const Signature signature = crypto::sign(key.secret_key, message);
  auto start = Clock::now();
  std::uint64_t count = 0;
  while (seconds_since(start) < 0.5) {
    if (!crypto::verify(key.public_key, message, signature)) fail(Exit::negative, "a good signature does not verify");
    ++count;
  }
  figures.verify_per_second = static_cast<double>(count) / seconds_since(start);

  const fs::path file = fs::temp_directory_path() / fmt::format("provchain-bench-sync-{}", getpid());
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const ByteVector page(4'096, 1);
  start = Clock::now();
  for (count = 0; count < 200; ++count)
    if (write(fd, page.data(), page.size()) != static_cast<ssize_t>(page.size()) || fdatasync(fd) != 0)
      fail(Exit::negative, "the disk refuses");
  figures.sync_per_second = static_cast<double>(count) / seconds_since(start);
  close(fd);
  fs::remove(file);
}

void print(const Arguments& arguments, const Figures& figures) {
  if (arguments.json) {
    const nlohmann::json report{{"nodes", arguments.nodes},
                                {"quads_per_transaction", arguments.quads},
                                {"finality_ms_p50", figures.finality_p50_ms},
                                {"finality_ms_p99", figures.finality_p99_ms},
                                {"finality_ms_mean_all_up", figures.all_up_mean_ms},
                                {"finality_ms_mean_one_away", figures.one_away_mean_ms},
                                {"transactions_per_second", figures.transactions_per_second},
                                {"transactions_per_block", figures.transactions_per_block},
                                {"blocks_per_second_of_one_transaction", figures.blocks_per_second},
                                {"limit_ed25519_verify_per_second_core", figures.verify_per_second},
                                {"limit_4kib_append_fdatasync_per_second", figures.sync_per_second}};
    std::printf("%s\n", report.dump().c_str());
    return;
  }
  std::printf("nodes %zu, %zu quads a transaction, %u cores\n", arguments.nodes, arguments.quads,
              std::thread::hardware_concurrency());
  std::printf("finality, one transaction at a time   p50 %.2f ms, p99 %.2f ms\n", figures.finality_p50_ms,
              figures.finality_p99_ms);
  std::printf("the same, one away for long           mean %.2f ms, of all up %.2f ms: ratio %.2f\n", figures.one_away_mean_ms,
              figures.all_up_mean_ms, figures.all_up_mean_ms > 0 ? figures.one_away_mean_ms / figures.all_up_mean_ms : 0.0);
  std::printf("throughput                            %.0f transactions/s, %.1f a block\n", figures.transactions_per_second,
              figures.transactions_per_block);
  std::printf("blocks of one transaction             %.0f blocks/s\n", figures.blocks_per_second);
  std::printf("limit: Ed25519 verifications          %.0f/s a core\n", figures.verify_per_second);
  std::printf("limit: 4 KiB append and fdatasync     %.0f/s\n", figures.sync_per_second);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"Measures a network of real nodes on this machine.\nExample: cluster_bench --throughput 20000"};
  app.add_option("--nodes", arguments.nodes)->capture_default_str();
  app.add_option("--finality", arguments.finality, "transactions, one at a time; 0 skips")->capture_default_str();
  app.add_option("--throughput", arguments.throughput, "transactions in a flood; 0 skips")->capture_default_str();
  app.add_option("--blocks", arguments.blocks, "transactions in blocks of their own; 0 skips")->capture_default_str();
  app.add_option("--away", arguments.away, "transactions, one at a time, with and without the last node; 0 skips")
      ->capture_default_str();
  app.add_option("--connections", arguments.connections)->capture_default_str();
  app.add_option("--quads", arguments.quads, "quads a transaction")->capture_default_str();
  app.add_flag("--json", arguments.json);
  CLI11_PARSE(app, argc, argv);
  try {
    if (!crypto::init()) fail(Exit::usage, "the system gives no randomness");
    const fs::path bin = fs::read_symlink("/proc/self/exe").parent_path();
    Figures figures;
    measure_limits(figures);
    if (arguments.finality > 0) measure_finality(bin, arguments, figures);
    if (arguments.away > 0) measure_away(bin, arguments, figures);
    if (arguments.throughput > 0) measure_throughput(bin, arguments, figures);
    if (arguments.blocks > 0) measure_blocks(bin, arguments, figures);
    print(arguments, figures);
  } catch (const Failure& failure) {
    std::fprintf(stderr, "cluster_bench: %s\n", failure.line.c_str());
    return static_cast<int>(failure.exit);
  }
  return 0;
}
