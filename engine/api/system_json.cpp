// SPDX-License-Identifier: Apache-2.0
#include "engine/api/system_json.hpp"

namespace provchain::api {
namespace {

using crypto::format::Authority;
using crypto::format::AuthorityList;
using crypto::format::EvidenceRecord;
using crypto::format::SystemState;

Json evidence_json(const SystemState& state, const EvidenceRecord& record) {
  Json answer{{"id", record.id.hex()},
              {"epoch", record.epoch.value()},
              {"authority", record.signer.value()},
              {"key", record.key.hex()},
              {"contradiction", to_string(record.contradiction)}};
  const AuthorityList* const authorities = authorities_of(state, record.epoch);
  if (authorities != nullptr && record.signer.value() < authorities->size())
    answer["name"] = (*authorities)[record.signer.value()].name;
  return answer;
}

Json next_json(const SystemState& state) {
  Json waiting = Json::array();
  for (const TxId& id : state.waiting) waiting.push_back(id.hex());
  Json authorities = Json::array();
  for (const Authority& authority : state.next_authorities)
    authorities.push_back({{"name", authority.name}, {"key", authority.key.hex()}});
  return {{"waiting", std::move(waiting)},
          {"authorities", std::move(authorities)},
          {"open_participation", state.next_open_participation},
          {"participants", state.next_participants.size()}};
}

}  // namespace

void set_system(Json& answer, const SystemState& state) {
  answer["anchor_id"] = state.anchor_id.hex();
  answer["anchor_height"] = state.anchor_height.value();
  answer["open_participation"] = state.open_participation;
  answer["participants"] = state.participants.size();
  if (!state.waiting.empty()) answer["next"] = next_json(state);
  Json evidence = Json::array();
  for (const EvidenceRecord& record : state.evidence) evidence.push_back(evidence_json(state, record));
  answer["evidence"] = std::move(evidence);
}

}  // namespace provchain::api
