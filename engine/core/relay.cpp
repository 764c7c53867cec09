// SPDX-License-Identifier: Apache-2.0
#include "engine/core/relay.hpp"

#include <algorithm>
#include <bit>

#include "wire/messages.hpp"

namespace provchain::core {

namespace {

constexpr std::size_t kAnnounceBatch = 64;
constexpr Duration kAnnounceDelay = Duration::millis(20);
constexpr Duration kRequestTimeout = Duration::seconds(2);
constexpr std::size_t kPushBytesMax = std::size_t{16} << 10;
// What the leader is pushed in one go, oldest first, of transactions that others seem not to have passed on.
constexpr std::size_t kLeaderPushBytesMax = std::size_t{64} << 10;
// A peer may announce more than it is asked for at once, but neither without end.
constexpr std::size_t kAnnouncedPerPeerMax = 5'000;
constexpr std::size_t kInFlightPerPeerMax = 1'024;
constexpr std::size_t kWantedMax = 50'000;

bool holds(const std::vector<ConnId>& conns, ConnId conn) { return std::ranges::find(conns, conn) != conns.end(); }

}  // namespace

void Relay::on_peer_ready(Now now, ConnId conn, Effects& fx) {
  Peer& peer = peers_[conn];
  for (std::size_t word = 0; word < slots_used_.size() && !peer.slot; ++word) {
    if (slots_used_[word] == ~std::uint64_t{0}) continue;
    const auto bit = static_cast<unsigned>(std::countr_one(slots_used_[word]));
    slots_used_[word] |= std::uint64_t{1} << bit;
    peer.slot = static_cast<std::uint8_t>(word * 64 + bit);
  }
  // What is pooled already is news to this peer, and may have waited long for it: the quorum may be back with it.
  const std::vector<TxId> pooled = mempool_.waiting_since(now.mono, limits::tx_announce_ids_max);
  if (pooled.empty() || !peer.slot) return;
  for (const TxId& id : pooled) note_known(id, conn);
  counters_.count(Counter::transactions_announced, pooled.size());
  fx.emplace_back(Send{conn, wire::one_way(wire::MessageKind::tx_announce, wire::build_tx_announce(pooled))});
}

void Relay::on_peer_gone(Now now, ConnId conn, Effects& fx) {
  const auto at = peers_.find(conn);
  if (at == peers_.end()) return;
  if (at->second.slot) {
    const std::uint8_t slot = *at->second.slot;
    slots_used_[slot / 64U] &= ~(std::uint64_t{1} << (slot % 64U));
    for (auto& [id, mask] : known_by_) mask[slot / 64U] &= ~(std::uint64_t{1} << (slot % 64U));
  }
  for (const TxId& id : at->second.announced) {
    const auto want = wanted_.find(id);
    std::erase(want->second.holders, conn);
    if (!want->second.asked && want->second.holders.empty()) wanted_.erase(want);
  }
  peers_.erase(at);
  std::vector<std::uint32_t> lost;
  for (const auto& [corr, request] : requests_)
    if (request.conn == conn) lost.push_back(corr);
  for (const std::uint32_t corr : lost) on_refused(now, conn, corr, fx);
}

void Relay::on_announce(Now now, ConnId conn, std::span<const TxId> ids, Effects& fx) {
  const auto at = peers_.find(conn);
  if (at == peers_.end()) return;
  for (const TxId& id : ids) {
    if (admission_.is_settled(id)) {
      if (mempool_.find(id) != nullptr || admission_.is_in_check(id)) note_known(id, conn);
      continue;
    }
    if (at->second.announced.size() >= kAnnouncedPerPeerMax || wanted_.size() >= kWantedMax) break;
    Want& want = wanted_[id];
    if (want.asked == conn || holds(want.tried, conn) || holds(want.holders, conn)) continue;
    want.holders.push_back(conn);
    at->second.announced.insert(id);
  }
  ask(now, conn, fx);
}

void Relay::ask(Now now, ConnId conn, Effects& fx) {
  const auto at = peers_.find(conn);
  if (at == peers_.end()) return;
  Peer& peer = at->second;
  while (true) {
    std::vector<TxId> ids;
    for (const TxId& id : peer.announced) {
      if (ids.size() >= limits::tx_request_ids_max || peer.in_flight + ids.size() >= kInFlightPerPeerMax) break;
      if (!wanted_.find(id)->second.asked) ids.push_back(id);
    }
    if (ids.empty()) return;
    for (const TxId& id : ids) {
      Want& want = wanted_.find(id)->second;
      want.asked = conn;
      std::erase(want.holders, conn);
      peer.announced.erase(id);
    }
    peer.in_flight += ids.size();
    counters_.count(Counter::transactions_requested, ids.size());
    const std::uint32_t corr = correlations_.next();
    const MonoTime deadline = now.mono + kRequestTimeout;
    fx.emplace_back(Send{conn, wire::request(wire::MessageKind::get_transactions, corr, wire::build_get_transactions(ids))});
    deadlines_.emplace(std::pair{deadline, corr}, corr);
    requests_.emplace(corr, Request{conn, std::move(ids), deadline});
  }
}

void Relay::on_get(Now /*now*/, ConnId conn, std::uint32_t corr, std::span<const TxId> ids, Effects& fx) {
  std::vector<SharedBytes> found;
  std::size_t bytes = 0;
  for (const TxId& id : ids) {
    const PooledTx* tx = mempool_.find(id);
    if (tx == nullptr) continue;
    bytes += tx->bytes.size();
    // A request of 9 KiB may name all that the pool holds; one message is what it gets for it.
    if (!found.empty() && bytes > wire::transactions_bytes_max) break;
    found.push_back(tx->bytes);
    note_known(id, conn);
  }
  if (found.empty()) {
    counters_.count(Counter::requests_refused);
    fx.emplace_back(
        Send{conn, wire::answer(wire::MessageKind::error, corr, wire::build_error({corr, wire::PeerReason::not_found, {}}))});
    return;
  }
  send_transactions(conn, corr, found, fx);
}

void Relay::send_transactions(ConnId conn, std::uint32_t corr, std::span<const SharedBytes> transactions, Effects& fx) const {
  SharedBytes payload = wire::build_transactions(transactions);
  fx.emplace_back(Send{conn, corr == 0 ? wire::one_way(wire::MessageKind::transactions, std::move(payload))
                                       : wire::answer(wire::MessageKind::transactions, corr, std::move(payload))});
}

void Relay::on_received(ConnId conn, const TxId& id) {
  const auto at = wanted_.find(id);
  if (at != wanted_.end()) {
    const Want& want = at->second;
    for (const ConnId holder : want.holders) {
      peers_.find(holder)->second.announced.erase(id);
      note_known(id, holder);
    }
    if (want.asked) {
      --peers_.find(*want.asked)->second.in_flight;
      note_known(id, *want.asked);
    }
    wanted_.erase(at);
  }
  note_known(id, conn);
}

std::optional<Relay::Request> Relay::take_request(ConnId conn, std::uint32_t corr) {
  const auto at = requests_.find(corr);
  if (at == requests_.end() || at->second.conn != conn) return std::nullopt;
  Request request = std::move(at->second);
  deadlines_.erase({request.deadline, corr});
  requests_.erase(at);
  return request;
}

void Relay::on_answered(Now now, ConnId conn, std::uint32_t corr, Effects& fx) {
  std::optional<Request> request = take_request(conn, corr);
  const auto peer = peers_.find(conn);
  if (!request || peer == peers_.end()) return;
  // Each answer that is asked on makes the rest smaller, so a peer cannot keep this up.
  const auto is_open = [&](const TxId& id) {
    const auto want = wanted_.find(id);
    return want != wanted_.end() && want->second.asked == conn;
  };
  if (std::ranges::all_of(request->ids, is_open)) return give_up_on(now, *request, fx);
  for (const TxId& id : withdraw(*request)) {
    std::vector<ConnId>& holders = wanted_.find(id)->second.holders;
    holders.insert(holders.begin(), conn);
    peer->second.announced.insert(id);
  }
  ask(now, conn, fx);
}

void Relay::on_refused(Now now, ConnId conn, std::uint32_t corr, Effects& fx) {
  if (const std::optional<Request> request = take_request(conn, corr)) give_up_on(now, *request, fx);
}

std::vector<TxId> Relay::withdraw(const Request& request) {
  std::vector<TxId> open;
  for (const TxId& id : request.ids) {
    const auto at = wanted_.find(id);
    if (at == wanted_.end() || at->second.asked != request.conn) continue;
    at->second.asked.reset();
    const auto peer = peers_.find(request.conn);
    if (peer != peers_.end()) --peer->second.in_flight;
    open.push_back(id);
  }
  return open;
}

void Relay::give_up_on(Now now, const Request& request, Effects& fx) {
  const std::vector<TxId> open = withdraw(request);
  for (const TxId& id : open) wanted_.find(id)->second.tried.push_back(request.conn);
  ask_others(now, open, fx);
}

void Relay::ask_others(Now now, std::span<const TxId> ids, Effects& fx) {
  std::set<ConnId> next;
  for (const TxId& id : ids) {
    const auto at = wanted_.find(id);
    if (at->second.holders.empty())
      wanted_.erase(at);
    else
      next.insert(at->second.holders.front());
  }
  for (const ConnId conn : next) ask(now, conn, fx);
}

void Relay::note_known(const TxId& id, ConnId conn) {
  const auto peer = peers_.find(conn);
  if (peer == peers_.end() || !peer->second.slot) return;
  const std::uint8_t slot = *peer->second.slot;
  known_by_[id][slot / 64U] |= std::uint64_t{1} << (slot % 64U);
}

void Relay::on_pooled(Now now, const TxId& id, std::optional<ConnId> from, Effects& fx) {
  const PooledTx* tx = mempool_.find(id);
  PVC_CHECK(tx != nullptr);
  known_by_[id];
  if (from) note_known(id, *from);
  if (!from && tx->bytes.size() <= kPushBytesMax) {
    for (const ConnId conn : roster_.authorities()) {
      send_transactions(conn, 0, {&tx->bytes, 1}, fx);
      note_known(id, conn);
    }
  }
  unannounced_.push_back(id);
  announce_at_ = std::min(announce_at_, now.mono + kAnnounceDelay);
  if (unannounced_.size() >= kAnnounceBatch) flush_announcements(fx);
}

void Relay::flush_announcements(Effects& fx) {
  std::erase_if(unannounced_, [this](const TxId& id) { return mempool_.find(id) == nullptr; });
  for (const auto& [conn, peer] : peers_) {
    if (!peer.slot) continue;
    std::vector<TxId> news;
    for (const TxId& id : unannounced_) {
      if (knows(known_by_[id], *peer.slot)) continue;
      note_known(id, conn);
      news.push_back(id);
    }
    counters_.count(Counter::transactions_announced, news.size());
    for (std::size_t i = 0; i < news.size(); i += limits::tx_announce_ids_max) {
      const std::span<const TxId> ids = std::span(news).subspan(i, std::min(news.size() - i, limits::tx_announce_ids_max));
      fx.emplace_back(Send{conn, wire::one_way(wire::MessageKind::tx_announce, wire::build_tx_announce(ids))});
    }
  }
  unannounced_.clear();
  announce_at_ = kNever;
}

void Relay::reannounce(Now /*now*/, MonoTime until, std::optional<ConnId> leader, Effects& fx) {
  const std::vector<TxId> waiting = mempool_.waiting_since(until, limits::tx_announce_ids_max);
  if (waiting.empty()) return;
  const SharedBytes announcement = wire::build_tx_announce(waiting);
  for (const ConnId conn : roster_.authorities()) {
    counters_.count(Counter::transactions_announced, waiting.size());
    fx.emplace_back(Send{conn, wire::one_way(wire::MessageKind::tx_announce, announcement)});
  }
  if (!leader) return;
  std::vector<SharedBytes> pushed;
  std::size_t bytes = 0;
  for (const TxId& id : waiting) {
    const SharedBytes& tx = mempool_.find(id)->bytes;
    if (pushed.size() == limits::tx_request_ids_max) break;
    if (bytes + tx.size() > kLeaderPushBytesMax) continue;  // a large one is announced only, and holds up no other
    bytes += tx.size();
    pushed.push_back(tx);
  }
  if (!pushed.empty()) send_transactions(*leader, 0, pushed, fx);
}

void Relay::forget(std::span<const TxId> ids) {
  for (const TxId& id : ids) known_by_.erase(id);
}

void Relay::on_tick(Now now, Effects& fx) {
  if (announce_at_ <= now.mono) flush_announcements(fx);
  while (!deadlines_.empty() && deadlines_.begin()->first.first <= now.mono) {
    const std::uint32_t corr = deadlines_.begin()->second;
    const auto at = requests_.find(corr);
    const Request request = std::move(at->second);
    for (const TxId& id : request.ids) {
      const auto want = wanted_.find(id);
      if (want != wanted_.end() && want->second.asked == request.conn) counters_.count(Counter::transaction_requests_timed_out);
    }
    deadlines_.erase(deadlines_.begin());
    requests_.erase(at);
    give_up_on(now, request, fx);
  }
}

MonoTime Relay::next_deadline() const {
  return deadlines_.empty() ? announce_at_ : std::min(announce_at_, deadlines_.begin()->first.first);
}

}  // namespace provchain::core
