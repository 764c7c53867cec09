// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/conduct.hpp"

#include <algorithm>

namespace provchain::core::consensus {

namespace {

constexpr std::int64_t kMeanWeight = 16;
constexpr std::int64_t kDecay = 64;

}  // namespace

Conduct::Seen* Conduct::seen_in(View view) {
  const auto known = views_.find(view);
  if (known != views_.end()) return &known->second;
  if (views_.size() >= views_max) {
    if (view < views_.begin()->first) return nullptr;
    views_.erase(views_.begin());
  }
  return &views_[view];
}

void Conduct::on_proposal(View view, MonoTime arrived) {
  Seen* seen = seen_in(view);
  if (seen == nullptr || seen->proposal) return;
  seen->proposal = arrived;
  for (const auto& [authority, at] : seen->notarised) take(authority, at - arrived);
}

void Conduct::on_notarize(View view, AuthorityIndex authority, MonoTime arrived) {
  Seen* seen = seen_in(view);
  if (seen == nullptr || !seen->notarised.emplace(authority, arrived).second) return;
  if (seen->proposal) take(authority, arrived - *seen->proposal);
}

void Conduct::take(AuthorityIndex authority, Duration latency) {
  latency = std::max(latency, Duration{});
  AuthorityConduct& conduct = authorities_[authority.value()];
  if (conduct.votes++ == 0) conduct.vote_mean = latency;
  conduct.vote_mean.us += (latency.us - conduct.vote_mean.us) / kMeanWeight;
  conduct.vote_high.us = std::max(latency.us, conduct.vote_high.us - conduct.vote_high.us / kDecay);
}

}  // namespace provchain::core::consensus
