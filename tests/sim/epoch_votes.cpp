// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/epoch_votes.hpp"

#include <string>

namespace provchain::sim {

std::optional<AuthorityIndex> EpochVotes::index_of(AuthorityIndex key, Epoch epoch) const {
  return crypto::format::find_authority(chain_.authorities(epoch), signatures_.key(key));
}

VoteCheck& EpochVotes::check_of(Epoch epoch) {
  const auto at = checks_.find(epoch);
  if (at != checks_.end()) return at->second;
  VoteCheck& check = checks_.try_emplace(epoch, chain_.authorities(epoch).size(), findings_).first->second;
  for (const AuthorityIndex key : faulty_)
    if (const auto index = index_of(key, epoch)) check.set_faulty(*index);
  return check;
}

void EpochVotes::set_faulty(AuthorityIndex key) {
  faulty_.insert(key);
  for (auto& [epoch, check] : checks_)
    if (const auto index = index_of(key, epoch)) check.set_faulty(*index);
}

void EpochVotes::forget_position(AuthorityIndex key) {
  latest_[key.value()] = {};
  for (auto& [epoch, check] : checks_)
    if (const auto index = index_of(key, epoch)) check.forget_position(*index);
}

void EpochVotes::on_durable(AuthorityIndex key, const crypto::format::Ballot& ballot) {
  const bool is_faulty = faulty_.contains(key);
  Epoch& latest = latest_[key.value()];
  if (!is_faulty && ballot.epoch < latest)
    findings_.add("authority key " + std::to_string(key.value()) + " votes in epoch " + std::to_string(ballot.epoch.value()) +
                  " after it has voted in a later one");
  latest = std::max(latest, ballot.epoch);
  const auto index = index_of(key, ballot.epoch);
  if (index) return check_of(ballot.epoch).on_durable(*index, ballot);
  if (!is_faulty)
    findings_.add("authority key " + std::to_string(key.value()) + " votes in epoch " + std::to_string(ballot.epoch.value()) +
                  ", which does not have it");
}

void EpochVotes::on_released(AuthorityIndex key, const crypto::format::Ballot& ballot) {
  if (const auto index = index_of(key, ballot.epoch)) check_of(ballot.epoch).on_released(*index, ballot);
}

}  // namespace provchain::sim
