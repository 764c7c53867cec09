// SPDX-License-Identifier: Apache-2.0
// provchain submit: files become signed transactions, are sent, and are waited for.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <utility>

#include "storage/rdf/term.hpp"
#include "tools/cli/dataset_reader.hpp"
#include "tools/cli/options.hpp"
#include "tools/cli/own_key.hpp"
#include "tools/cli/progress_bar.hpp"
#include "tools/cli/receipt.hpp"
#include "tools/cli/sender.hpp"

namespace provchain::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Arguments {
  std::vector<std::string> files;
  std::string key_file;
  std::string password_file;
  std::string graph;
  std::uint64_t batch_quads = 0;
  std::string wait = "final";
  unsigned patience_seconds = 120;
};

struct NetworkFacts {
  NetworkId network_id;
  std::uint64_t max_block_bytes = 0;
  Height finalized;
};

WaitFor wait_for_of(const std::string& word) {
  constexpr std::array words{std::pair{"none", WaitFor::none}, std::pair{"accepted", WaitFor::accepted},
                             std::pair{"final", WaitFor::final}, std::pair{"indexed", WaitFor::indexed}};
  for (const auto& [name, wait] : words)
    if (word == name) return wait;
  fail(Exit::usage, "--wait: final, indexed, accepted or none");
}

void check_graph(const std::string& graph) {
  if (graph.empty()) return;
  if (const auto checked = storage::rdf::check_iri(graph); !checked)
    fail(Exit::usage, fmt::format("--graph {}: {}", graph, storage::rdf::to_string(checked.error())));
  if (graph.starts_with(storage::rdf::reserved_graph_prefix))
    fail(Exit::usage, fmt::format("--graph {}: {}", graph, storage::rdf::to_string(storage::rdf::RdfErrc::reserved_graph)));
}

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
}

class Submitter {
 public:
  Submitter(const Options& options, const Arguments& arguments)
      : options_(options),
        arguments_(arguments),
        client_(options.api_url()),
        key_(load_submitter_key(arguments.key_file, arguments.password_file)),
        network_(ask_network()),
        sender_(client_, key_.pair, network_.network_id, network_.finalized,
                {wait_for_of(arguments.wait), std::chrono::seconds(arguments.patience_seconds)}) {}

  void run() {
    for (const std::string& file : arguments_.files) submit_file(file);
    report();
  }

 private:
  NetworkFacts ask_network() {
    const json status = client_.get_json("/v1/status");
    const auto id = NetworkId::parse_hex(status.value("network_id", ""));
    if (!id) fail(Exit::negative, client_.base_url() + ": is not a provchain node");
    return {*id, status.at("max_block_bytes").get<std::uint64_t>(), Height(status.at("finalized_height").get<std::uint64_t>())};
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
    try {
      submit_with(file, receipt);
    } catch (const Failure& failure) {
      if (!receipt.is_begun()) throw;
      fail(failure.exit, fmt::format("{}; what was signed is kept in {}, and the same command goes on from there", failure.line,
                                     receipt.path()));
    }
  }

  void submit_with(const std::string& file, Receipt& receipt) {
    DatasetReader reader(file, read_options(), receipt.next_position());
    ProgressBar bar(fs::path(file).filename().string(), reader.file_bytes());
    const auto counts = [&] {
      return fmt::format("{} transactions, {} quads", sender_.totals().transactions, sender_.totals().quads);
    };
    sender_.begin_file(receipt,
                       [&](const std::string& what) { bar.update(reader.bytes_read(), fmt::format("{}; {}", counts(), what)); });
    if (receipt.is_begun()) std::fprintf(stderr, "provchain: %s: going on with an earlier submission\n", file.c_str());
    for (const ReceiptEntry& entry : receipt.unfinished()) sender_.resume(entry);
    while (auto part = reader.next()) {
      const std::vector<std::string_view> lines(part->lines.begin(), part->lines.end());
      SignedTx tx = sign_lines(lines, network_.network_id, sender_.height(), key_.pair);
      tx.next_position = part->next_position;
      sender_.add(tx);
    }
    if (!receipt.is_begun()) fail(Exit::usage, file + ": holds no statements");
    sender_.finish();
    bar.finish(counts());
  }

  void report() const {
    const Totals& totals = sender_.totals();
    const double p50 = quantile(totals.finality_ms, 0.50);
    const double p99 = quantile(totals.finality_ms, 0.99);
    std::string text = fmt::format("{} transactions, {} quads, {}", totals.transactions, totals.quads,
                                   arguments_.wait == "none" ? "accepted" : arguments_.wait);
    if (!totals.finality_ms.empty())
      text += fmt::format(" up to height {}; finality p50 {:.1f} ms, p99 {:.1f} ms", totals.highest, p50, p99);
    text += "\n";
    if (totals.ids.size() <= 20)
      for (const std::string& id : totals.ids) text += "tx " + id + "\n";
    print(options_,
          {{"transactions", totals.transactions},
           {"quads", totals.quads},
           {"height", totals.highest},
           {"finality_ms_p50", p50},
           {"finality_ms_p99", p99},
           {"ids", totals.ids}},
          text);
  }

  const Options& options_;
  const Arguments& arguments_;
  Client client_;
  crypto::StoredKey key_;
  NetworkFacts network_;
  Sender sender_;
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
  submit
      ->add_option("--wait", arguments->wait,
                   "final; indexed: and in the quad index; accepted: a node has it, and a later run of the same command sees to "
                   "the rest;\nnone: a node has it, and it is forgotten here")
      ->check(CLI::IsMember({"final", "indexed", "accepted", "none"}))
      ->capture_default_str();
  submit
      ->add_option("--patience", arguments->patience_seconds,
                   "seconds to go on asking a node that has no room while nothing of this command is pending there")
      ->capture_default_str();
  submit->callback([arguments, &options] {
    check_graph(arguments->graph);
    Submitter(options, *arguments).run();
  });
}

}  // namespace provchain::cli
