// SPDX-License-Identifier: Apache-2.0
// provchain status · peers · authorities · block · tx · graph · quads: what a node knows.
#include <fmt/format.h>

#include "tools/cli/options.hpp"

namespace provchain::cli {
namespace {

using nlohmann::json;

std::string text_of(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::string member(const json& object, const char* name, const std::string& absent = "-") {
  return object.contains(name) && !object[name].is_null() ? text_of(object[name]) : absent;
}

std::string milliseconds(const json& object, const char* name) {
  return object.contains(name) ? fmt::format("{:.2f}ms", object[name].get<double>() / 1000.0) : "-";
}

std::string share(const json& object, const char* name) {
  return object.contains(name) ? fmt::format("{:.1f}%", object[name].get<double>() * 100) : "-";
}

std::string_view state_of(const json& authority) {
  if (authority.value("connected", false)) return "connected";
  return authority.value("away", false) ? "away" : "-";
}

void show_status(const Options& options) {
  Client client(options.api_url());
  const json status = client.get_json("/v1/status");
  const json& consensus = status.at("consensus");
  print(options, status,
        fmt::format("node       {}\nnetwork    {} ({})\nheight     {} final, {} indexed{}\nledger     {} transactions, {} "
                    "quads\nconsensus  {}, view {}, "
                    "leader {}, {} of {} needed\nmempool    {} transactions, {} bytes\npeers      {}\n",
                    member(status, "node_id"), member(status, "network"), member(status, "network_id"),
                    member(status, "finalized_height"), member(status, "indexed_height"),
                    status.value("syncing", false) ? ", catching up to " + member(status, "sync_target") : "",
                    member(status, "total_txs"), member(status, "total_quads"), member(consensus, "mode"),
                    member(consensus, "view"), member(consensus, "leader"), member(consensus, "quorum"),
                    member(consensus, "authorities"), member(status.at("mempool"), "transactions"),
                    member(status.at("mempool"), "bytes"), member(status, "peers")));
}

void show_peers(const Options& options) {
  Client client(options.api_url());
  const json answer = client.get_json("/v1/peers");
  std::string text =
      fmt::format("{:<18} {:<22} {:<4} {:<14} {:>9} {:>8}\n", "NODE", "ADDRESS", "DIR", "AUTHORITY", "RTT", "HEIGHT");
  for (const json& peer : answer.at("peers")) {
    text += fmt::format("{:<18} {:<22} {:<4} {:<14} {:>9} {:>8}\n", member(peer, "node_id").substr(0, 16),
                        member(peer, "address"), peer.value("inbound", false) ? "in" : "out", member(peer, "authority"),
                        milliseconds(peer, "rtt_us"), member(peer, "head_height"));
  }
  print(options, answer, text);
}

std::string participation(const json& object) {
  return object.at("open_participation").get<bool>() ? "everybody may submit"
                                                     : fmt::format("{} participants may submit", member(object, "participants"));
}

// What the chain has decided: the epoch, what waits for the next one, and what is proven against whom.
std::string system_lines(const json& answer) {
  if (!answer.contains("anchor_id")) return "";
  std::string text = fmt::format("epoch {} began above height {}; votes needed: {}; {}\n", member(answer, "epoch"),
                                 member(answer, "anchor_height"), member(answer, "quorum"), participation(answer));
  if (answer.contains("next")) {
    std::string names;
    for (const json& authority : answer["next"].at("authorities"))
      names += (names.empty() ? "" : ", ") + member(authority, "name");
    text += fmt::format("the next epoch begins with {}; {}\n", names, participation(answer["next"]));
  }
  for (const json& evidence : answer.at("evidence"))
    text += fmt::format("proven: {} ({}) signed {} in epoch {}; evidence {}\n", member(evidence, "name"), member(evidence, "key"),
                        member(evidence, "contradiction"), member(evidence, "epoch"), member(evidence, "id"));
  return text;
}

void show_authorities(const Options& options) {
  Client client(options.api_url());
  const json answer = client.get_json("/v1/authorities");
  std::string text = fmt::format("{:>5}  {:<20} {:<9} {:>9} {:>7} {:>7} {:>8} {:>10} {:>10}  {}\n", "INDEX", "NAME", "STATE",
                                 "PROPOSED", "MISSED", "TAKEN", "UNTIMELY", "VOTE MEAN", "VOTE HIGH", "KEY");
  for (const json& authority : answer.at("authorities"))
    text +=
        fmt::format("{:>5}  {:<20} {:<9} {:>9} {:>7} {:>7} {:>8} {:>10} {:>10}  {}\n", member(authority, "index"),
                    member(authority, "name"), state_of(authority), member(authority, "proposed"), member(authority, "missed"),
                    share(authority, "reputation"), member(authority, "untimely"), milliseconds(authority, "vote_mean_us"),
                    milliseconds(authority, "vote_high_us"), member(authority, "key"));
  text += system_lines(answer);
  print(options, answer, text);
}

void show_block(const Options& options, const std::string& ref) {
  Client client(options.api_url());
  const json block = client.get_json("/v1/blocks/" + percent_encode(ref));
  std::string text = fmt::format(
      "height     {}\nid         {}\nparent     {}\ntime       {}\nproposer   {} in view {}\nbytes      {}\ntx_root    {}\n",
      member(block, "height"), member(block, "id"), member(block, "parent_id"), member(block, "timestamp_ms"),
      member(block, "proposer_name"), member(block, "view"), member(block, "body_bytes"), member(block, "tx_root"));
  if (block.contains("transactions"))
    for (const json& id : block["transactions"]) text += fmt::format("tx         {}\n", text_of(id));
  print(options, block, text);
}

void show_transaction(const Options& options, const std::string& id, bool dataset) {
  Client client(options.api_url());
  if (dataset) {
    const Response response = client.get("/v1/transactions/" + percent_encode(id) + "/dataset");
    if (!response.ok()) fail(Exit::negative, problem_line(response));
    std::fwrite(response.body.data(), 1, response.body.size(), stdout);
    return;
  }
  const json tx = client.get_json("/v1/transactions/" + percent_encode(id));
  std::string text;
  for (const char* name : {"id", "state", "reason", "height", "index", "block_id", "author", "quads", "bytes", "valid_until"})
    if (tx.contains(name)) text += fmt::format("{:<12} {}\n", name, member(tx, name));
  print(options, tx, text);
}

void show_graph(const Options& options, const std::string& iri) {
  Client client(options.api_url());
  const Response response = client.get("/v1/graphs/" + percent_encode(iri), 600);
  if (!response.ok()) fail(Exit::negative, problem_line(response));
  if (!options.json()) {
    std::fwrite(response.body.data(), 1, response.body.size(), stdout);
    return;
  }
  json lines = json::array();
  std::size_t begin = 0;
  for (std::size_t end = response.body.find('\n'); end != std::string::npos; end = response.body.find('\n', begin)) {
    lines.push_back(response.body.substr(begin, end - begin));
    begin = end + 1;
  }
  print(options, {{"graph", iri}, {"lines", lines}}, "");
}

struct QuadArguments {
  std::string s, p, o, g, as_of;
  std::uint64_t limit = 100;
};

void show_quads(const Options& options, const QuadArguments& arguments) {
  Client client(options.api_url());
  std::string base = "/v1/quads?";
  for (const auto& [name, value] :
       {std::pair{"s", &arguments.s}, {"p", &arguments.p}, {"o", &arguments.o}, {"g", &arguments.g}, {"as_of", &arguments.as_of}})
    if (!value->empty()) base += fmt::format("{}={}&", name, percent_encode(*value));
  json all = json::array();
  json answer;
  std::string cursor;
  do {
    const std::uint64_t rest = std::min<std::uint64_t>(arguments.limit - all.size(), 10'000);
    answer = client.get_json(fmt::format("{}limit={}{}", base, rest, cursor.empty() ? "" : "&cursor=" + percent_encode(cursor)));
    for (json& quad : answer.at("quads")) all.push_back(std::move(quad));
    cursor = answer.value("cursor", "");
  } while (!cursor.empty() && all.size() < arguments.limit);
  std::string text;
  for (const json& quad : all)
    text += fmt::format("{} {} {} {} .\n", member(quad, "s"), member(quad, "p"), member(quad, "o"), member(quad, "g"));
  const bool more = !cursor.empty();
  answer["quads"] = std::move(all);
  print(options, answer, text);
  if (more) std::fprintf(stderr, "provchain: more quads match; raise --limit\n");
}

}  // namespace

void add_read_verbs(CLI::App& app, Options& options) {
  app.add_subcommand("status", "Shows what a node is and how far it is.\nExample: provchain status")->callback([&options] {
    show_status(options);
  });
  app.add_subcommand("peers", "Lists a node's peers.\nExample: provchain peers")->callback([&options] { show_peers(options); });
  app.add_subcommand("authorities", "Lists the authorities.\nExample: provchain authorities")->callback([&options] {
    show_authorities(options);
  });

  CLI::App* block = app.add_subcommand("block", "Shows a block.\nExample: provchain block latest");
  const auto ref = std::make_shared<std::string>();
  block->add_option("REF", *ref, "a height, a block id or latest")->required();
  block->callback([ref, &options] { show_block(options, *ref); });

  CLI::App* tx = app.add_subcommand("tx", "Shows a transaction.\nExample: provchain tx <id>");
  const auto id = std::make_shared<std::string>();
  const auto dataset = std::make_shared<bool>(false);
  tx->add_option("ID", *id, "64 hex digits")->required();
  tx->add_flag("--dataset", *dataset, "prints its dataset as N-Quads instead");
  tx->callback([id, dataset, &options] { show_transaction(options, *id, *dataset); });

  CLI::App* graph =
      app.add_subcommand("graph", "Prints a graph as N-Quads.\nExample: provchain graph https://example.org/graph/roasting");
  const auto iri = std::make_shared<std::string>();
  graph->add_option("IRI", *iri, "the graph's name")->required();
  graph->callback([iri, &options] { show_graph(options, *iri); });

  CLI::App* quads =
      app.add_subcommand("quads", "Finds quads by pattern.\nExample: provchain quads -p http://www.w3.org/ns/prov#used");
  const auto arguments = std::make_shared<QuadArguments>();
  quads->add_option("-s", arguments->s, "subject");
  quads->add_option("-p", arguments->p, "predicate");
  quads->add_option("-o", arguments->o, "object: an IRI, or a literal in N-Quads spelling");
  quads->add_option("-g", arguments->g, "graph");
  quads->add_option("--as-of", arguments->as_of, "the ledger as it was at this height");
  quads->add_option("--limit", arguments->limit, "how many at most")
      ->capture_default_str()
      ->check(CLI::Range(1ULL, 100'000'000ULL));
  quads->callback([arguments, &options] { show_quads(options, *arguments); });
}

}  // namespace provchain::cli
