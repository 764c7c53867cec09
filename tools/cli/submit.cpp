// SPDX-License-Identifier: Apache-2.0
// provchain submit: files become signed transactions, are sent, and are waited for.
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <thread>

#include "crypto/ed25519.hpp"
#include "crypto/key_file.hpp"
#include "tools/cli/dataset_reader.hpp"
#include "tools/cli/options.hpp"
#include "tools/cli/progress_bar.hpp"
#include "tools/cli/receipt.hpp"

namespace provchain::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using nlohmann::json;

// How many heights a transaction stays valid; long enough for any queue, short enough that a forgotten one does not surface years
// later.
constexpr std::uint64_t kValidHeights = 10'000;
constexpr std::size_t kWindow = 256;  // sent and not yet final, so that one slow round trip does not stop the stream
constexpr long kWaitSeconds = 60;
constexpr const char* kDemoKey = "demo-net/node1/keys/submitter.key";

struct Arguments {
  std::vector<std::string> files;
  std::string key_file;
  std::string password_file;
  std::string graph;
  std::uint64_t batch_quads = 0;
  std::string wait = "final";
};

struct NetworkFacts {
  NetworkId network_id;
  std::uint64_t max_block_bytes = 0;
};

struct Totals {
  std::uint64_t transactions = 0;
  std::uint64_t quads = 0;
  std::uint64_t highest = 0;
  std::vector<double> finality_ms;
  std::vector<std::string> ids;
};

class Submitter {
 public:
  Submitter(const Options& options, const Arguments& arguments)
      : options_(options), arguments_(arguments), client_(options.api_url()), key_(load_key()), network_(ask_network()) {}

  void run() {
    for (const std::string& file : arguments_.files) submit_file(file);
    report();
  }

 private:
  struct Sent {
    TxId id;
    std::uint64_t quads = 0;
    Clock::time_point at;
  };

  crypto::StoredKey load_key() {
    if (!crypto::init()) fail(Exit::usage, "the system gives no randomness");
    std::string file = arguments_.key_file;
    if (file.empty()) file = fs::exists("keys/submitter.key") ? "keys/submitter.key" : kDemoKey;
    const auto password = read_password(arguments_.password_file);
    auto key = crypto::load_key_file(file, password ? std::optional<std::string_view>(*password) : std::nullopt);
    if (!key)
      fail(Exit::usage,
           fmt::format("{}: {}{}", file, crypto::to_string(key.error().code),
                       key.error().code == crypto::KeyFileErrc::missing ? "; make one with: provchain key new " + file : ""));
    return std::move(*key);
  }

  NetworkFacts ask_network() {
    const json status = client_.get_json("/v1/status");
    const auto id = NetworkId::parse_hex(status.value("network_id", ""));
    if (!id) fail(Exit::negative, client_.base_url() + ": is not a provchain node");
    return {*id, status.value("max_block_bytes", std::uint64_t{0})};
  }

  ReadOptions read_options() const {
    ReadOptions read;
    read.graph = arguments_.graph;
    read.limits.transaction_bytes_max = network_.max_block_bytes;
    if (arguments_.batch_quads > 0) read.limits.quads_max = arguments_.batch_quads;
    return read;
  }

  void submit_file(const std::string& file) {
    Receipt receipt(
        {network_.network_id, key_.pair.public_key, fs::absolute(file).string(),
         fmt::format("graph={},quads={},bytes={}", arguments_.graph, arguments_.batch_quads, network_.max_block_bytes)});
    DatasetReader reader(file, read_options(), receipt.next_position());
    ProgressBar bar(fs::path(file).filename().string(), reader.file_bytes());
    const auto show = [&] {
      bar.update(reader.bytes_read(), fmt::format("{} transactions, {} quads", totals_.transactions, totals_.quads));
    };
    if (receipt.next_position() > 0) std::fprintf(stderr, "provchain: %s: going on with an earlier submission\n", file.c_str());
    for (const SignedTx& tx : receipt.unfinished()) {
      send(tx);
      make_room(receipt, kWindow);
      show();
    }
    while (auto part = reader.next()) {
      const SignedTx tx = sign(*part);
      receipt.add(tx);
      send(tx);
      make_room(receipt, kWindow);
      show();
    }
    make_room(receipt, 0);
    if (arguments_.wait == "final" || arguments_.wait == "indexed") receipt.complete();
  }

  SignedTx sign(const DatasetPart& part) {
    std::vector<std::string_view> lines(part.lines.begin(), part.lines.end());
    storage::rdf::TxTerms terms{network_.network_id, 0, Height(height_ + kValidHeights)};
    if (getrandom(&terms.salt, sizeof terms.salt, 0) != sizeof terms.salt) fail(Exit::usage, "the system gives no randomness");
    SignedTx tx{part.next_position, lines.size(), {}, storage::rdf::build_transaction(lines, terms, key_.pair)};
    tx.id = crypto::format::tx_id_of(Bytes(tx.bytes).first(crypto::format::tx_header_bytes));
    return tx;
  }

  void send(const SignedTx& tx) {
    const Clock::time_point at = Clock::now();
    for (;;) {
      const Response response = client_.post("/v1/transactions", tx.bytes, "application/vnd.provchain.tx");
      if (response.ok()) break;
      if (response.status != 429 && response.status != 503)
        fail(Exit::negative, fmt::format("transaction {}: {}", tx.id.hex(), problem_line(response)));
      std::this_thread::sleep_for(
          std::chrono::milliseconds(response.retry_after_seconds == 0 ? 100 : 1'000 * response.retry_after_seconds));
    }
    totals_.ids.push_back(tx.id.hex());
    ++totals_.transactions;
    totals_.quads += tx.quads;
    if (arguments_.wait != "none" && arguments_.wait != "accepted") sent_.push_back({tx.id, tx.quads, at});
  }

  // Waits for the oldest until no more than `most` are outstanding.
  void make_room(Receipt& receipt, std::size_t most) {
    while (sent_.size() > most) {
      const Sent& oldest = sent_.front();
      const json state = wait_for(oldest.id);
      totals_.finality_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - oldest.at).count());
      totals_.highest = std::max(totals_.highest, state.value("height", std::uint64_t{0}));
      height_ = std::max(height_, state.value("height", std::uint64_t{0}));
      receipt.mark_final(oldest.id);
      sent_.pop_front();
    }
  }

  json wait_for(const TxId& id) {
    for (;;) {
      const Response response = client_.get(
          fmt::format("/v1/transactions/{}?wait={}&timeout={}", id.hex(), arguments_.wait, kWaitSeconds), kWaitSeconds + 30);
      if (response.status == 503 || response.status == 504) continue;
      if (!response.ok()) fail(Exit::negative, fmt::format("transaction {}: {}", id.hex(), problem_line(response)));
      json state = parse_json(response.body);
      const std::string phase = state.value("state", "");
      if (phase == "final") return state;
      if (phase != "pending")
        fail(Exit::negative, fmt::format("transaction {}: {} {}", id.hex(), phase, state.value("reason", "")));
    }
  }

  static double quantile(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
    return values[rank];
  }

  void report() const {
    const double p50 = quantile(totals_.finality_ms, 0.50);
    const double p99 = quantile(totals_.finality_ms, 0.99);
    std::string text = fmt::format("{} transactions, {} quads, {}", totals_.transactions, totals_.quads,
                                   arguments_.wait == "none" ? "sent" : arguments_.wait);
    if (!totals_.finality_ms.empty())
      text += fmt::format(" up to height {}; finality p50 {:.1f} ms, p99 {:.1f} ms", totals_.highest, p50, p99);
    text += "\n";
    if (totals_.ids.size() <= 20)
      for (const std::string& id : totals_.ids) text += "tx " + id + "\n";
    print(options_,
          {{"transactions", totals_.transactions},
           {"quads", totals_.quads},
           {"height", totals_.highest},
           {"finality_ms_p50", p50},
           {"finality_ms_p99", p99},
           {"ids", totals_.ids}},
          text);
  }

  const Options& options_;
  const Arguments& arguments_;
  Client client_;
  crypto::StoredKey key_;
  NetworkFacts network_;
  std::uint64_t height_ = 0;
  std::deque<Sent> sent_;
  Totals totals_;
};

}  // namespace

void add_submit_verb(CLI::App& app, Options& options) {
  CLI::App* submit = app.add_subcommand(
      "submit",
      "Signs RDF files and submits them: one transaction a file if it fits, else as many as needed. A submission that was broken "
      "off goes on\n"
      "where it stopped when the same command is given again.\nExample: provchain submit shipment.ttl --key keys/submitter.key");
  const auto arguments = std::make_shared<Arguments>();
  submit->add_option("FILE", arguments->files, ".nq, .nt, .ttl or .trig")->required();
  submit->add_option("--key", arguments->key_file, "the author's key; default keys/submitter.key, else that of ./demo-net");
  submit->add_option("--password-file", arguments->password_file, "opens a sealed key");
  submit->add_option("--graph", arguments->graph, "puts the quads of the default graph into this graph");
  submit->add_option("--batch-quads", arguments->batch_quads, "at most so many quads a transaction")
      ->check(CLI::Range(1ULL, 1'000'000ULL));
  submit->add_option("--wait", arguments->wait, "until final, indexed, accepted or none")
      ->check(CLI::IsMember({"final", "indexed", "accepted", "none"}))
      ->capture_default_str();
  submit->callback([arguments, &options] { Submitter(options, *arguments).run(); });
}

}  // namespace provchain::cli
