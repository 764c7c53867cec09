// SPDX-License-Identifier: Apache-2.0
// provchain authority propose-… · show · sign · ready · submit: a change of who decides, by those who decide.
#include "tools/cli/authority.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "tools/cli/own_key.hpp"
#include "tools/cli/proposal.hpp"
#include "tools/cli/running_epoch.hpp"

namespace provchain::cli {
namespace {

using crypto::format::Change;
using crypto::format::ChangeKind;

struct Arguments {
  std::string file = "proposal.json";
  std::string key;
  std::string name;
  std::string key_file = "keys/authority.key";
  std::string password_file;
  bool offline = false;
};
using SharedArguments = std::shared_ptr<Arguments>;

struct ProposeVerb {
  const char* verb;
  ChangeKind kind;
  bool takes_key;
  const char* help;
};
constexpr std::array kProposeVerbs{
    ProposeVerb{"propose-add", ChangeKind::add_authority, true,
                "Proposes a new authority.\nExample: provchain authority propose-add <64 hex> dave --file proposal.json"},
    ProposeVerb{"propose-remove", ChangeKind::remove_authority, true, "Proposes that an authority goes."},
    ProposeVerb{"propose-open", ChangeKind::open_participation, false, "Proposes that everybody may submit."},
    ProposeVerb{"propose-close", ChangeKind::close_participation, false, "Proposes that only participants may submit."},
    ProposeVerb{"propose-admit", ChangeKind::admit_participant, true, "Proposes a new participant, by its submitter key."},
    ProposeVerb{"propose-expel", ChangeKind::expel_participant, true, "Proposes that a participant goes."},
};

PublicKey parse_key(const std::string& text) {
  const auto key = PublicKey::parse_hex(text);
  if (!key) fail(Exit::usage, fmt::format("'{}' is not a public key: 64 lower-case hex digits are expected", text));
  return *key;
}

void show(const Options& options, const Proposal& proposal) { print(options, proposal.to_json(), proposal.in_words()); }

// Begins the file, or adds to one that nobody has signed.
void propose(const Options& options, const Arguments& arguments, const ProposeVerb& verb) {
  Change change{verb.kind, {}, verb.kind == ChangeKind::add_authority ? arguments.name : ""};
  if (verb.takes_key) change.key = parse_key(arguments.key);
  const auto begin = [&] {
    Client client(options.api_url());
    const RunningEpoch running = ask_running_epoch(client);
    return Proposal(running.context, running.epoch, running.authorities);
  };
  Proposal proposal = std::filesystem::exists(arguments.file) ? Proposal::read(arguments.file) : begin();
  proposal.add(change);
  proposal.write(arguments.file);
  show(options, proposal);
}

// The newcomer's own node stands for it: an authority that does not know this epoch, or is far behind, would begin as a lost one.
void check_own_node(const Options& options, const Proposal& proposal) {
  Client client(options.api_url());
  const RunningEpoch running = ask_running_epoch(client);
  if (running.context.network_id != proposal.context().network_id)
    fail(Exit::negative, fmt::format("{}: this node is on another network than the proposal", client.base_url()));
  if (running.syncing)
    fail(Exit::negative,
         fmt::format("{}: the node is still catching up; ask again when it has, or say --offline", client.base_url()));
  if (running.context.anchor_id != proposal.context().anchor_id)
    fail(Exit::negative,
         fmt::format("{}: the node is in epoch {}, the proposal is for epoch {}; propose it anew, or say --offline",
                     client.base_url(), running.epoch.value(), proposal.epoch().value()));
}

void sign(const Options& options, const Arguments& arguments, Proposal::As role) {
  Proposal proposal = Proposal::read(arguments.file);
  const crypto::StoredKey key = load_key(arguments.key_file, arguments.password_file);
  if (role == Proposal::As::newcomer && !arguments.offline) check_own_node(options, proposal);
  proposal.sign(key.pair, role);
  proposal.write(arguments.file);
  show(options, proposal);
}

void add_propose_verbs(CLI::App& authority, const SharedArguments& arguments, Options& options) {
  for (const ProposeVerb& verb : kProposeVerbs) {
    CLI::App* command = authority.add_subcommand(verb.verb, verb.help);
    if (verb.takes_key) command->add_option("KEY", arguments->key, "a public key, as provchain key show prints it")->required();
    if (verb.kind == ChangeKind::add_authority) command->add_option("NAME", arguments->name, "what people call it")->required();
    command->add_option("--file", arguments->file, "the proposal: begun, or gone on with while nobody has signed it")
        ->capture_default_str();
    command->callback([arguments, &verb, &options] { propose(options, *arguments, verb); });
  }
}

void add_sign_verbs(CLI::App& authority, const SharedArguments& arguments, Options& options) {
  CLI::App* sign_verb = authority.add_subcommand(
      "sign",
      "Signs a proposal as an authority, without a node, and says in words what was signed; provchain authority show says it\n"
      "before.\nExample: provchain authority sign proposal.json --key keys/authority.key");
  sign_verb->callback([arguments, &options] { sign(options, *arguments, Proposal::As::authority); });
  CLI::App* ready = authority.add_subcommand(
      "ready", "Signs a proposal as an authority that it adds, once the own node is found to be in step with the network.");
  ready->add_flag("--offline", arguments->offline, "does not ask the own node");
  ready->callback([arguments, &options] { sign(options, *arguments, Proposal::As::newcomer); });
  for (CLI::App* command : {sign_verb, ready}) {
    command->add_option("FILE", arguments->file, "the proposal; it is written back with the signature")->required();
    command->add_option("--key", arguments->key_file, "the authority's key")->capture_default_str();
    command->add_option("--password-file", arguments->password_file, "opens a sealed key");
  }
}

void add_submit_proposal_verb(CLI::App& authority, Options& options) {
  CLI::App* command = authority.add_subcommand(
      "submit",
      "Puts the signatures of one or more files of the same proposal together, submits it when they suffice, and waits until it "
      "is final.\nExample: provchain authority submit from-a.json from-b.json from-c.json");
  const auto submission = std::make_shared<ProposalSubmission>();
  command->add_option("FILE", submission->files, "the proposal, with some or all signatures in each")->required();
  command->add_option("--key", submission->key_file, "the submitter's key; default keys/submitter.key, else that of ./demo-net");
  command->add_option("--password-file", submission->password_file, "opens a sealed key");
  command->add_option("--timeout", submission->timeout_seconds, "seconds to wait for finality")->capture_default_str();
  command->callback([submission, &options] { submit_proposal(options, *submission); });
}

}  // namespace

void add_authority_verbs(CLI::App& app, Options& options) {
  CLI::App* authority = app.add_subcommand(
      "authority",
      "Changes who decides and who may submit: a proposal goes from hand to hand as a file until enough authorities, and every\n"
      "one to be added, have signed it.\nExample: provchain authority propose-add <64 hex> dave");
  authority->require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();
  add_propose_verbs(*authority, arguments, options);
  CLI::App* show_verb =
      authority->add_subcommand("show", "Says in words what a proposal changes, who has signed it and who must.");
  show_verb->add_option("FILE", arguments->file, "the proposal")->required();
  show_verb->callback([arguments, &options] { show(options, Proposal::read(arguments->file)); });
  add_sign_verbs(*authority, arguments, options);
  add_submit_proposal_verb(*authority, options);
}

}  // namespace provchain::cli
