// SPDX-License-Identifier: Apache-2.0
// provchain prove: fetches a proof bundle from a node. provchain verify: checks one offline, against a genesis alone.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "crypto/ed25519.hpp"
#include "crypto/format/proof_bundle.hpp"
#include "crypto/format/proof_verify.hpp"
#include "engine/node/genesis_file.hpp"
#include "tools/cli/options.hpp"

namespace provchain::cli {
namespace {

using namespace crypto::format;

void fetch(const Options& options, const std::string& path, const std::string& out) {
  Client client(options.api_url());
  const Response response = client.get(path);
  if (!response.ok()) fail(Exit::negative, problem_line(response));
  if (out.empty()) {
    std::fwrite(response.body.data(), 1, response.body.size(), stdout);
    return;
  }
  write_file(out, response.body);
  std::fprintf(stderr, "provchain: proof written to %s; check it with: provchain verify %s --genesis genesis.toml\n", out.c_str(),
               out.c_str());
}

std::string time_text(std::uint64_t ms) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03d}Z", fmt::gmtime(static_cast<std::time_t>(ms / 1'000)), ms % 1'000);
}

std::string claim_text(const ProofBundle& bundle) {
  switch (bundle.kind) {
    case ProofKind::block:
      return fmt::format("block {} at height {}", bundle.claim.block_id.hex(), bundle.claim.height.value());
    case ProofKind::tx:
      return fmt::format("transaction {}", bundle.claim.tx_id.hex());
    case ProofKind::quad:
      return fmt::format("{}\n           asserted by transaction {}", bundle.claim.line, bundle.claim.tx_id.hex());
  }
  PVC_UNREACHABLE();
}

void verify(const Options& options, const std::string& proof_file, const std::string& genesis_file) {
  if (!crypto::init()) fail(Exit::usage, "the system gives no randomness");
  const std::string text = read_file(proof_file);
  const std::string genesis_document = read_file(genesis_file);
  const auto bundle = decode_proof_bundle(text);
  if (!bundle)
    fail(Exit::negative, fmt::format("{}: not a proof bundle: at byte {} expected {}", proof_file, bundle.error().offset,
                                     bundle.error().expected));
  // The network's name is the hash of the genesis' bytes, so a changed genesis is another network's, readable or not.
  if (network_id_of(as_bytes(genesis_document)) != bundle->network_id)
    fail(Exit::negative, fmt::format("{}: does not hold: {}", proof_file, to_string(ProofErrc::foreign_network)));
  const auto genesis = node::parse_genesis(genesis_document, genesis_file);
  if (!genesis) fail(Exit::negative, genesis.error().message);
  const auto facts = verify_proof(*bundle, *genesis);
  if (!facts) fail(Exit::negative, fmt::format("{}: does not hold: {}", proof_file, to_string(facts.error())));
  nlohmann::json value{{"valid", true},
                       {"kind", to_string(bundle->kind)},
                       {"network", genesis->name},
                       {"block_id", facts->block_id.hex()},
                       {"height", facts->height.value()},
                       {"timestamp_ms", facts->timestamp_ms},
                       {"certified_height", facts->head_height.value()}};
  if (facts->author) value["author"] = facts->author->hex();
  if (bundle->kind != ProofKind::block) value["tx"] = bundle->claim.tx_id.hex();
  if (bundle->kind == ProofKind::quad) value["line"] = bundle->claim.line;
  const std::string author = facts->author ? fmt::format("author     {}\n", facts->author->hex()) : "";
  print(
      options, value,
      fmt::format("proven     {}\nfinal in   block {} at height {}, {}\n{}certified  by a quorum of network '{}' at height {}\n",
                  claim_text(*bundle), facts->block_id.hex(), facts->height.value(), time_text(facts->timestamp_ms), author,
                  genesis->name, facts->head_height.value()));
}

}  // namespace

void add_proof_verbs(CLI::App& app, Options& options) {
  struct Arguments {
    std::string id, s, p, o, g, out, proof, genesis;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* prove =
      app.add_subcommand("prove", "Fetches a proof from a node.\nExample: provchain prove tx <id> --out proof.json");
  prove->require_subcommand(1);
  CLI::App* block = prove->add_subcommand("block", "Proves that a block is final.");
  CLI::App* tx = prove->add_subcommand("tx", "Proves that a transaction is final.");
  CLI::App* quad = prove->add_subcommand("quad", "Proves that a quad was asserted.");
  block->add_option("REF", arguments->id, "a height, a block id or latest")->required();
  tx->add_option("ID", arguments->id, "64 hex digits")->required();
  quad->add_option("S", arguments->s, "subject")->required();
  quad->add_option("P", arguments->p, "predicate")->required();
  quad->add_option("O", arguments->o, "object: an IRI, or a literal in N-Quads spelling")->required();
  quad->add_option("G", arguments->g, "graph; any when left out");
  for (CLI::App* command : {block, tx, quad})
    command->add_option("--out", arguments->out, "file to write; standard output when left out");
  block->callback(
      [arguments, &options] { fetch(options, "/v1/blocks/" + percent_encode(arguments->id) + "/proof", arguments->out); });
  tx->callback(
      [arguments, &options] { fetch(options, "/v1/transactions/" + percent_encode(arguments->id) + "/proof", arguments->out); });
  quad->callback([arguments, &options] {
    std::string path = "/v1/proofs/quad?s=" + percent_encode(arguments->s) + "&p=" + percent_encode(arguments->p) +
                       "&o=" + percent_encode(arguments->o);
    if (!arguments->g.empty()) path += "&g=" + percent_encode(arguments->g);
    fetch(options, path, arguments->out);
  });

  CLI::App* check = app.add_subcommand("verify",
                                       "Checks a proof offline; exit 1 and the reason when it does not hold.\nExample: provchain "
                                       "verify proof.json --genesis genesis.toml");
  check->add_option("PROOF", arguments->proof, "a proof bundle")->required();
  check->add_option("--genesis", arguments->genesis, "the network's genesis document")->required();
  check->callback([arguments, &options] { verify(options, arguments->proof, arguments->genesis); });
}

}  // namespace provchain::cli
