// SPDX-License-Identifier: Apache-2.0
// provchain authority submit: enough approvals become one governance transaction.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "crypto/format/system_state.hpp"
#include "crypto/random.hpp"
#include "storage/rdf/tx_build.hpp"
#include "tools/cli/authority.hpp"
#include "tools/cli/own_key.hpp"
#include "tools/cli/proposal.hpp"
#include "tools/cli/running_epoch.hpp"

namespace provchain::cli {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

// An epoch that ends meanwhile ends the proposal too; this bounds how long it may come back on a quiet network.
constexpr std::uint64_t kValidHeights = 10'000;
constexpr long kAnswerSeconds = 60;

Proposal put_together(const std::vector<std::string>& files) {
  Proposal proposal = Proposal::read(files.front());
  for (std::size_t i = 1; i < files.size(); ++i) proposal.merge(Proposal::read(files[i]), files[i]);
  return proposal;
}

void check_epoch(const Proposal& proposal, const RunningEpoch& running) {
  if (proposal.context().network_id != running.context.network_id)
    fail(Exit::usage, "the proposal is for another network than this node's");
  if (proposal.context().anchor_id != running.context.anchor_id)
    fail(Exit::negative,
         fmt::format("the proposal is for epoch {}, and this node is in epoch {}: its signatures hold there only; "
                     "propose it anew",
                     proposal.epoch().value(), running.epoch.value()));
}

void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(500)); }

bool may_pass(const Response& response) { return response.status == 429 || response.status == 503 || response.status == 504; }

void post(Client& client, const ByteVector& bytes, Clock::time_point end) {
  Response response = client.post("/v1/transactions", bytes, "application/vnd.provchain.tx");
  while (may_pass(response) && Clock::now() < end) {
    pause();
    response = client.post("/v1/transactions", bytes, "application/vnd.provchain.tx");
  }
  if (!response.ok()) fail(Exit::negative, problem_line(response));
}

// The height that has it.
std::uint64_t await_final(Client& client, const TxId& id, Clock::time_point end) {
  const std::string path = "/v1/transactions/" + id.hex() + "?wait=final&timeout=1";
  while (Clock::now() < end) {
    const Response response = client.get(path, kAnswerSeconds);
    if (may_pass(response)) {
      pause();
      continue;
    }
    if (!response.ok() && response.status != 404) fail(Exit::negative, problem_line(response));
    const json state = response.ok() ? parse_json(response.body) : json::object();
    const std::string phase = state.value("state", "");
    if (phase == "final") return state.at("height").get<std::uint64_t>();
    if (phase == "rejected") fail(Exit::negative, fmt::format("transaction {}: {}", id.hex(), state.value("reason", "rejected")));
    if (phase == "expired") fail(Exit::negative, fmt::format("transaction {}: expired", id.hex()));
  }
  fail(Exit::negative, fmt::format("transaction {} is not final yet; ask later with: provchain tx {}", id.hex(), id.hex()));
}

}  // namespace

void submit_proposal(const Options& options, const ProposalSubmission& submission) {
  const Proposal proposal = put_together(submission.files);
  if (const Proposal::Missing missing = proposal.missing(); !missing.none())
    fail(Exit::negative, "not submitted: the signatures of " + describe(missing) + " are missing");
  const crypto::StoredKey key = load_submitter_key(submission.key_file, submission.password_file);
  Client client(options.api_url());
  const RunningEpoch running = ask_running_epoch(client);
  check_epoch(proposal, running);
  const ByteVector payload = crypto::format::encode_governance(proposal.governance());
  const ByteVector bytes = storage::rdf::build_system_transaction(
      crypto::format::TxKind::governance, payload,
      {running.context.network_id, crypto::random_u64(), running.finalized.plus(kValidHeights)}, key.pair);
  const TxId id = crypto::format::tx_id_of(Bytes(bytes).first(crypto::format::tx_header_bytes));
  const Clock::time_point end = Clock::now() + std::chrono::seconds(submission.timeout_seconds);
  post(client, bytes, end);
  const std::uint64_t height = await_final(client, id, end);
  const std::uint64_t last = std::max(height, running.begins_above.value() + crypto::format::epoch_blocks_min);
  print(options, {{"id", id.hex()}, {"height", height}, {"epoch", proposal.epoch().value()}, {"epoch_ends_by", last}},
        fmt::format("tx {}\nfinal at height {}; in force above height {}, with which epoch {} ends at the latest\n", id.hex(),
                    height, last, proposal.epoch().value()));
}

}  // namespace provchain::cli
