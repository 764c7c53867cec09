// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/fetcher.hpp"

#include <algorithm>

#include "wire/messages.hpp"

namespace provchain::core::consensus {

void Fetcher::want(const BlockId& id, const std::vector<ConnId>& holders, MonoTime earliest) {
  if (wanted_.contains(id) || wanted_.size() >= wanted_max) return;
  Wanted wanted;
  wanted.holders = holders;
  wanted.next_attempt = earliest;
  wanted_.emplace(id, std::move(wanted));
}

void Fetcher::keep_only(const std::set<BlockId>& still) {
  std::erase_if(wanted_, [&](const auto& entry) { return !still.contains(entry.first); });
}

std::optional<BlockId> Fetcher::take_answer(ConnId conn, std::uint32_t corr) {
  for (auto& [id, wanted] : wanted_) {
    const auto request = wanted.requests.find(conn);
    if (request == wanted.requests.end() || request->second != corr) continue;
    wanted.requests.erase(request);
    if (wanted.asking == conn) wanted.asking.reset();
    return id;
  }
  return std::nullopt;
}

void Fetcher::retry(const BlockId& id) {
  const auto at = wanted_.find(id);
  if (at != wanted_.end() && !at->second.asking) at->second.next_attempt = MonoTime{INT64_MIN};
}

void Fetcher::on_peer_gone(ConnId conn) {
  for (auto& [id, wanted] : wanted_) {
    wanted.requests.erase(conn);
    if (wanted.asking != conn) continue;
    wanted.asking.reset();
    wanted.next_attempt = MonoTime{INT64_MIN};
  }
}

std::optional<ConnId> Fetcher::choose(const Wanted& wanted, std::span<const ConnId> ready) {
  for (const ConnId holder : wanted.holders)
    if (!wanted.asked.contains(holder) && std::ranges::binary_search(ready, holder)) return holder;
  std::vector<ConnId> others;
  for (const ConnId conn : ready)
    if (!wanted.asked.contains(conn)) others.push_back(conn);
  if (others.empty()) return std::nullopt;
  return others[prng_.below(others.size())];
}

void Fetcher::step(MonoTime now, std::span<const ConnId> ready, Effects& fx) {
  for (auto& [id, wanted] : wanted_) {
    if (wanted.next_attempt > now) continue;
    const std::optional<ConnId> peer = choose(wanted, ready);
    wanted.asking = peer;
    wanted.next_attempt = now + timeout_;
    if (!peer) {
      // Everybody has been asked: a new round after a pause, for somebody may have it by then.
      wanted.asked.clear();
      continue;
    }
    wanted.asked.insert(*peer);
    const std::uint32_t corr = correlations_.next();
    wanted.requests[*peer] = corr;
    wire::GetBatch request;
    request.block_id = id;
    request.count = 1;
    request.bytes_max = static_cast<std::uint32_t>(block_bytes_max_);
    fx.push_back(Send{*peer, wire::request(wire::MessageKind::get_batch, corr, wire::build_get_batch(request))});
  }
}

MonoTime Fetcher::next_deadline() const {
  MonoTime next = kNever;
  for (const auto& [id, wanted] : wanted_) next = std::min(next, wanted.next_attempt);
  return next;
}

}  // namespace provchain::core::consensus
