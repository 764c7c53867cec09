// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/running_epoch.hpp"

#include "tools/cli/outcome.hpp"

namespace provchain::cli {
namespace {

using nlohmann::json;

template <class Id>
Id id_of(const Client& client, const json& object, const char* name) {
  const auto id = Id::parse_hex(object.at(name).get<std::string>());
  if (!id) fail(Exit::negative, client.base_url() + ": is not a provchain node");
  return *id;
}

}  // namespace

RunningEpoch ask_running_epoch(Client& client) {
  const json status = client.get_json("/v1/status");
  const json answer = client.get_json("/v1/authorities");
  if (!answer.contains("anchor_id"))
    fail(Exit::negative, client.base_url() + ": the node has only just started and does not know its epoch yet; ask again");
  RunningEpoch running;
  running.context = {id_of<NetworkId>(client, status, "network_id"), id_of<BlockId>(client, answer, "anchor_id")};
  running.epoch = Epoch(answer.at("epoch").get<std::uint64_t>());
  running.begins_above = Height(answer.at("anchor_height").get<std::uint64_t>());
  for (const json& authority : answer.at("authorities"))
    running.authorities.push_back({id_of<PublicKey>(client, authority, "key"), authority.at("name").get<std::string>()});
  running.finalized = Height(status.at("finalized_height").get<std::uint64_t>());
  running.syncing = status.at("syncing").get<bool>();
  return running;
}

}  // namespace provchain::cli
