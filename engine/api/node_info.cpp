// SPDX-License-Identifier: Apache-2.0
#include "engine/api/node_info.hpp"

#include <algorithm>

#include "engine/api/system_json.hpp"

namespace provchain::api {
namespace {

Json consensus_json(const ConsensusView& consensus) {
  Json answer{{"mode", consensus.mode}, {"epoch", consensus.epoch}, {"view", consensus.view}, {"leader", consensus.leader}};
  if (consensus.me) answer["me"] = *consensus.me;
  answer["authorities"] = consensus.authority_count;
  answer["quorum"] = consensus.quorum;
  answer["final_view"] = consensus.final_view;
  answer["final_height"] = consensus.final_height;
  return answer;
}

Json peer_json(const PeerView& peer) {
  Json answer{{"node_id", peer.node_id}, {"address", peer.address}, {"inbound", peer.inbound}, {"ready", peer.ready}};
  if (peer.authority) answer["authority"] = *peer.authority;
  if (peer.rtt_us) answer["rtt_us"] = *peer.rtt_us;
  answer["head_height"] = peer.head_height;
  answer["connected_seconds"] = peer.connected_seconds;
  return answer;
}

// The node itself counts as connected.
bool is_connected(const NodeView& view, const std::string& authority) {
  if (view.consensus.me == authority) return true;
  return std::ranges::any_of(view.peers, [&](const PeerView& peer) { return peer.ready && peer.authority == authority; });
}

void set_conduct(Json& answer, const AuthorityView& authority) {
  answer["away"] = authority.away;
  answer["proposed"] = authority.proposed;
  answer["missed"] = authority.missed;
  const std::uint64_t turns = authority.proposed + authority.missed;
  if (turns > 0) answer["reputation"] = static_cast<double>(authority.proposed) / static_cast<double>(turns);
  answer["untimely"] = authority.untimely;
  if (authority.votes == 0) return;
  answer["vote_mean_us"] = authority.vote_mean_us;
  answer["vote_high_us"] = authority.vote_high_us;
}

// Of the running epoch; before the core has started, those of the first.
const crypto::format::AuthorityList& authorities_of(const Context& context, const NodeView& view) {
  return view.system ? view.system->authorities : context.backend.genesis->authorities;
}

struct HealthCheck {
  std::string_view name;
  bool good = false;
  std::string detail;
};

std::vector<HealthCheck> health_of(const Context& context) {
  const NodeView view = context.backend.view();
  std::vector<HealthCheck> checks;
  checks.push_back({"caught_up", !view.syncing,
                    view.syncing ? "at height " + std::to_string(context.backend.finalized_height().value()) + " of " +
                                       std::to_string(view.sync_target)
                                 : ""});
  const bool can_vote = view.consensus.mode != "quarantined" && view.consensus.mode != "halted";
  checks.push_back({"consensus", can_vote, can_vote ? "" : view.consensus.mode});
  const bool is_indexing = context.backend.is_indexing();
  checks.push_back({"index", is_indexing, is_indexing ? "" : "an error has ended it, the log says which"});
  if (view.configured_peers > 0) {
    const auto ready = std::ranges::count_if(view.peers, &PeerView::ready);
    checks.push_back({"peers", ready > 0, std::to_string(ready) + " connected"});
  }
  if (view.consensus.me) {
    const auto connected = static_cast<std::uint64_t>(std::ranges::count_if(
        authorities_of(context, view), [&](const auto& authority) { return is_connected(view, authority.name); }));
    checks.push_back(
        {"quorum", connected >= view.consensus.quorum,
         std::to_string(connected) + " authorities connected, " + std::to_string(view.consensus.quorum) + " needed"});
  }
  return checks;
}

}  // namespace

Handled get_status(const Context& context, const Request&) {
  const NodeView view = context.backend.view();
  const crypto::format::Genesis& genesis = *context.backend.genesis;
  PVC_TRY(const storage::ReadTxn txn, context.backend.ledger->chain().read());
  PVC_TRY(const storage::Tip tip, context.backend.ledger->chain().tip(txn));
  Json answer{{"node_id", view.node_id},
              {"version", view.version},
              {"network", genesis.name},
              {"network_id", genesis.network_id.hex()},
              {"role", view.consensus.me ? "authority" : "full"},
              {"uptime_seconds", view.uptime_seconds}};
  set_heights(answer, context);
  answer["head"] = Json{{"height", tip.height.value()}, {"id", tip.id.hex()}, {"timestamp_ms", tip.header.timestamp_ms}};
  answer["syncing"] = view.syncing;
  answer["sync_target"] = view.sync_target;
  answer["mempool"] = Json{{"transactions", view.mempool_transactions}, {"bytes", view.mempool_bytes}};
  answer["peers"] = view.peers.size();
  answer["max_block_bytes"] = genesis.parameters.max_block_bytes;
  answer["total_txs"] = tip.header.total_txs;
  answer["total_quads"] = tip.header.total_quads;
  answer["consensus"] = consensus_json(view.consensus);
  return json_response(answer);
}

Handled get_consensus(const Context& context, const Request&) {
  return json_response(consensus_json(context.backend.view().consensus));
}

Handled get_authorities(const Context& context, const Request&) {
  const NodeView view = context.backend.view();
  Json authorities = Json::array();
  for (const crypto::format::Authority& authority : authorities_of(context, view)) {
    const std::size_t index = authorities.size();
    Json answer{{"index", index},
                {"name", authority.name},
                {"key", authority.key.hex()},
                {"connected", is_connected(view, authority.name)}};
    if (index < view.authorities.size()) set_conduct(answer, view.authorities[index]);
    authorities.push_back(std::move(answer));
  }
  // One picture: the core may have entered the next epoch since it built this block.
  Json answer{{"epoch", view.system ? view.system->epoch.value() : view.consensus.epoch},
              {"quorum", crypto::format::quorum(authorities.size())},
              {"turns_counted_above", view.turns_counted_above},
              {"turns_counted_to", view.turns_counted_to},
              {"authorities", std::move(authorities)}};
  if (view.system) set_system(answer, *view.system);
  return json_response(answer);
}

Handled get_peers(const Context& context, const Request&) {
  Json peers = Json::array();
  for (const PeerView& peer : context.backend.view().peers) peers.push_back(peer_json(peer));
  return json_response(Json{{"peers", std::move(peers)}});
}

Handled get_metrics(const Context& context, const Request&) {
  if (context.backend.refresh_metrics) context.backend.refresh_metrics();
  Response response = text_response(context.backend.metrics->text());
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return response;
}

Handled get_livez(const Context&, const Request&) { return text_response("ok\n"); }

Handled get_readyz(const Context& context, const Request& request) {
  const auto checks = health_of(context);
  const bool ready = std::ranges::all_of(checks, &HealthCheck::good);
  if (ready && !request.query.has("verbose")) return text_response("ok\n");
  std::string text;
  for (const HealthCheck& check : checks) {
    if (check.good && !request.query.has("verbose")) continue;
    text += std::string(check.good ? "ok " : "failed ") + std::string(check.name) +
            (check.detail.empty() ? "" : ": " + check.detail) + "\n";
  }
  return text_response(std::move(text), ready ? 200 : 503);
}

}  // namespace provchain::api
