// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sessions.hpp"

#include <algorithm>

#include "crypto/domain.hpp"
#include "wire/messages.hpp"

namespace provchain::core {

using wire::MessageKind;
using wire::PeerReason;

namespace {

constexpr Duration kHelloTimeout = Duration::seconds(5);
// Verifying one signature takes well under a millisecond; a peer that sends more than this meanwhile is not worth the memory.
constexpr std::size_t kHeldMax = 256;
constexpr std::uint32_t kFullRetryMs = 60'000;
constexpr std::uint64_t kRenewalsAtOnce = 64;
// A full queue may drop a Hello that is said again, and without it this node's votes would not count there for as long as the
// connection lasts.
constexpr std::uint32_t kHellosRepeated = 3;
// A large message among them is lost like one on a bad network: an honest peer may have sent a block, so it is no reason to part.
constexpr std::size_t kHeldBytesMax = std::size_t{64} << 10;

}  // namespace

Sessions::Sessions(const NetworkId& network, const SelfDescription& self, SessionOptions options, Roster& roster,
                   StaticPeers& static_peers, Counters& counters)
    : network_(network),
      self_(self),
      options_(std::move(options)),
      heartbeat_(options_.heartbeat_interval),
      prng_(options_.seed),
      roster_(roster),
      static_peers_(static_peers),
      counters_(counters) {}

std::optional<AuthorityIndex> Sessions::own_index() const {
  if (!self_.authority) return std::nullopt;
  return crypto::format::find_authority(authorities_, self_.authority->key);
}

wire::OutMessage Sessions::hello() const {
  wire::Hello hello{head_, head_id_, self_.listen_port, {}, {}};
  if (const auto index = own_index()) hello.attestation = {*index, self_.authority->not_after, self_.authority->signature};
  return wire::one_way(MessageKind::hello, wire::build_hello(hello));
}

void Sessions::set_authorities(Now /*now*/, const crypto::format::AuthorityList& authorities, Effects& fx) {
  const std::optional<AuthorityIndex> before = own_index();
  authorities_ = authorities;
  roster_.forget_authorities();
  // Also when only the index has changed: who met this node while it stood in another epoch could not confirm the old one.
  const bool says_hello = own_index() && own_index() != before;
  for (auto& [conn, session] : sessions_) {
    if (session.state != State::ready) continue;
    session.status.authority.reset();
    attest(conn, session);
    if (!session.status.authority) (void)check_claim(conn, session, fx);
    if (!says_hello) continue;
    session.hellos_owed = kHellosRepeated;
    fx.emplace_back(Send{conn, hello()});
  }
}

void Sessions::attest(ConnId conn, Session& session) {
  if (session.state != State::ready || !session.speaks_for) return;
  const auto index = crypto::format::find_authority(authorities_, *session.speaks_for);
  if (!index) return;
  roster_.attest(conn, *index);
  session.status.authority = *index;
}

void Sessions::set_head(Height height, const BlockId& id) {
  head_ = height;
  head_id_ = id;
}

bool Sessions::keeps_new(const Session& existing, const Session& added) const {
  const NodeId& by_existing = existing.identity.inbound ? existing.identity.node_id : self_.node_id;
  const NodeId& by_added = added.identity.inbound ? added.identity.node_id : self_.node_id;
  // Both ends keep the one that the smaller node id initiated. Two by the same initiator: it has come back, the older one is
  // dead.
  return by_added <= by_existing;
}

void Sessions::on_connected(Now now, ConnId conn, const PeerIdentity& identity, Effects& fx) {
  counters_.count(Counter::peers_connected);
  Session session;
  session.identity = identity;
  session.status = {conn, identity.node_id, identity.address, identity.inbound, PeerState::greeting, {}, {}, {}, now.mono, 0};
  session.last_received = now.mono;
  session.last_ping = now.mono;

  if (identity.inbound) make_room_to_greet(now, fx);
  static_peers_.on_peer_up(now, identity.node_id, identity.static_peer);
  const auto existing = by_node_.find(identity.node_id);
  const bool is_self = identity.node_id == self_.node_id;
  if (is_self || (existing != by_node_.end() && !keeps_new(sessions_.find(existing->second)->second, session))) {
    session.state = State::leaving;
    session.status.state = PeerState::leaving;
    sessions_.emplace(conn, std::move(session));
    refuse(conn, is_self ? PeerReason::self : PeerReason::duplicate, fx);
    return;
  }
  if (existing != by_node_.end()) {
    const ConnId old = existing->second;
    refuse(old, PeerReason::duplicate, fx);
    on_leaving(now, old);
  }
  by_node_[identity.node_id] = conn;
  sessions_.emplace(conn, std::move(session));
  fx.emplace_back(Send{conn, hello()});
}

// Whoever makes a Disconnect, the caller of these parts sees it and comes back with on_leaving.
void Sessions::refuse(ConnId conn, PeerReason reason, Effects& fx) {
  fx.emplace_back(Disconnect{conn, reason, reason == PeerReason::full ? kFullRetryMs : 0, false});
}

void Sessions::make_room_to_greet(Now now, Effects& fx) {
  std::size_t greeting = 0;
  const std::pair<const ConnId, Session>* oldest = nullptr;
  for (const auto& entry : sessions_) {
    const Session& session = entry.second;
    if (!session.identity.inbound || session.state == State::ready || session.state == State::leaving) continue;
    ++greeting;
    if (oldest == nullptr || session.status.connected_at < oldest->second.status.connected_at) oldest = &entry;
  }
  if (greeting < greeting_peers_max) return;
  const ConnId conn = oldest->first;
  refuse(conn, PeerReason::full, fx);
  on_leaving(now, conn);
}

bool Sessions::is_stranger(const Session& session) const {
  const PeerIdentity& identity = session.identity;
  const bool is_authority = session.speaks_for && crypto::format::find_authority(authorities_, *session.speaks_for);
  return !is_authority && !identity.static_peer && !static_peers_.is_configured(identity.node_id) &&
         std::ranges::find(options_.configured_nodes, identity.node_id) == options_.configured_nodes.end();
}

bool Sessions::has_room_for_stranger() const {
  const auto strangers = std::ranges::count_if(
      sessions_, [this](const auto& entry) { return entry.second.state == State::ready && is_stranger(entry.second); });
  return static_cast<std::uint64_t>(strangers) < options_.strangers_max;
}

void Sessions::malformed(ConnId conn, Effects& fx) {
  counters_.count(Counter::messages_malformed);
  refuse(conn, PeerReason::malformed, fx);
}

void Sessions::on_leaving(Now /*now*/, ConnId conn) {
  const auto at = sessions_.find(conn);
  if (at == sessions_.end() || at->second.state == State::leaving) return;
  const bool was_ready = at->second.state == State::ready;
  at->second.state = State::leaving;
  at->second.status.state = PeerState::leaving;
  at->second.held.clear();
  const auto by_node = by_node_.find(at->second.identity.node_id);
  if (by_node != by_node_.end() && by_node->second == conn) by_node_.erase(by_node);
  roster_.remove(conn);
  if (was_ready) events_.push_back({SessionEvent::Kind::gone, conn, {}});
}

void Sessions::on_disconnected(Now now, ConnId conn) {
  const auto at = sessions_.find(conn);
  if (at == sessions_.end()) return;
  if (at->second.state != State::leaving) counters_.count(Counter::peers_lost);
  on_leaving(now, conn);
  static_peers_.on_peer_down(now, at->second.identity.node_id, at->second.identity.static_peer, at->second.leave_alone);
  sessions_.erase(at);
}

bool Sessions::on_message(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  const auto at = sessions_.find(conn);
  if (at == sessions_.end() || at->second.state == State::leaving) return false;
  Session& session = at->second;
  session.last_received = now.mono;
  counters_.count(Counter::messages_received);
  switch (message.kind) {
    case MessageKind::hello:
      on_hello(now, conn, session, message, fx);
      return false;
    case MessageKind::disconnect:
      on_goodbye(now, conn, session, message, fx);
      return false;
    default:
      break;  // the other kinds need a Hello first, whatever they are
  }
  if (session.state == State::greeting) {
    counters_.count(Counter::messages_unexpected);
    refuse(conn, PeerReason::malformed, fx);
    return false;
  }
  if (session.state == State::verifying) {
    hold(conn, session, message, fx);
    return false;
  }
  if (message.kind == MessageKind::ping) {
    on_ping(conn, session, message, fx);
    return false;
  }
  if (message.kind == MessageKind::pong) {
    on_pong(now, conn, session, message, fx);
    return false;
  }
  return true;
}

void Sessions::hold(ConnId conn, Session& session, const wire::InMessage& message, Effects& fx) {
  if (session.held.size() >= kHeldMax) {
    refuse(conn, PeerReason::flood, fx);
    return;
  }
  if (session.held_bytes + message.payload.size() > kHeldBytesMax) {
    counters_.count(Counter::messages_dropped);
    return;
  }
  session.held_bytes += message.payload.size();
  session.held.push_back(message);
}

bool Sessions::take_hello(ConnId conn, Session& session, const wire::InMessage& message, Effects& fx) {
  const auto hello = wire::parse_hello(message.payload.view());
  if (!hello) {
    malformed(conn, fx);
    return false;
  }
  session.status.head = hello->head;
  session.status.listen_port = hello->listen_port;
  session.claim = hello->attestation;
  return true;
}

void Sessions::on_renewal(Now now, ConnId conn, Session& session, const wire::InMessage& message, Effects& fx) {
  // Once for every epoch in which the peer becomes an authority; each costs a signature check.
  const auto seconds = static_cast<std::uint64_t>((now.mono - session.status.connected_at).us / 1'000'000);
  if (++session.renewals > kRenewalsAtOnce + seconds) {
    refuse(conn, PeerReason::flood, fx);
    return;
  }
  if (take_hello(conn, session, message, fx)) (void)check_claim(conn, session, fx);
}

void Sessions::on_hello(Now now, ConnId conn, Session& session, const wire::InMessage& message, Effects& fx) {
  if (session.state == State::ready) {
    on_renewal(now, conn, session, message, fx);
    return;
  }
  if (session.state != State::greeting) {
    counters_.count(Counter::messages_unexpected);
    refuse(conn, PeerReason::malformed, fx);
    return;
  }
  if (!take_hello(conn, session, message, fx)) return;
  if (check_claim(conn, session, fx))
    session.state = State::verifying;
  else
    become_ready(conn, session, fx);
}

bool Sessions::check_claim(ConnId conn, const Session& session, Effects& fx) {
  const auto& claim = session.claim;
  if (!claim) return false;
  if (claim->authority.value() >= authorities_.size() || claim->not_after < head_) {
    counters_.count(Counter::peer_attestations_refused);
    return false;
  }
  SignatureCheck check;
  check.key = authorities_[claim->authority.value()].key;
  check.signature = claim->signature;
  ByteVector signed_bytes;
  append(signed_bytes, as_bytes(crypto::domain::attest));
  append(signed_bytes, network_.view());
  append(signed_bytes, session.identity.node_id.view());
  append_le<std::uint64_t>(signed_bytes, claim->not_after.value());
  check.message_bytes = static_cast<std::uint8_t>(signed_bytes.size());
  std::ranges::copy(signed_bytes, check.message.begin());
  const Ticket ticket = tickets_.next();
  claims_.emplace(ticket, Claim{conn, check.key});
  fx.emplace_back(VerifySignatures{ticket, {check}});
  return true;
}

void Sessions::on_verified(Now /*now*/, Ticket ticket, const std::vector<bool>& valid, Effects& fx) {
  const auto found = claims_.find(ticket);
  if (found == claims_.end()) {
    counters_.count(Counter::effects_unanswered);
    return;
  }
  const Claim claim = found->second;
  claims_.erase(found);
  const auto at = sessions_.find(claim.conn);
  if (at == sessions_.end() || at->second.state == State::leaving) return;
  Session& session = at->second;
  if (valid.size() == 1 && valid.front())
    session.speaks_for = claim.key;
  else
    counters_.count(Counter::peer_attestations_refused);
  if (session.state == State::verifying) {
    become_ready(claim.conn, session, fx);
    return;
  }
  const bool was_one = session.status.authority.has_value();
  attest(claim.conn, session);
  if (session.status.authority && !was_one) events_.push_back({SessionEvent::Kind::attested, claim.conn, {}});
}

void Sessions::become_ready(ConnId conn, Session& session, Effects& fx) {
  if (is_stranger(session) && !has_room_for_stranger()) {
    refuse(conn, PeerReason::full, fx);
    return;
  }
  session.state = State::ready;
  session.status.state = PeerState::ready;
  counters_.count(Counter::peers_ready);
  roster_.add(conn);
  attest(conn, session);
  events_.push_back({SessionEvent::Kind::ready, conn, std::exchange(session.held, {})});
}

void Sessions::on_ping(ConnId conn, Session& session, const wire::InMessage& message, Effects& fx) {
  auto ping = wire::parse_ping(MessageKind::ping, message.payload.view());
  if (!ping) {
    malformed(conn, fx);
    return;
  }
  session.status.head = ping->head;
  ping->head = head_;
  fx.emplace_back(Send{conn, wire::answer(MessageKind::pong, message.corr, wire::build_ping(*ping))});
}

void Sessions::on_pong(Now now, ConnId conn, Session& session, const wire::InMessage& message, Effects& fx) {
  const auto pong = wire::parse_ping(MessageKind::pong, message.payload.view());
  if (!pong) {
    malformed(conn, fx);
    return;
  }
  if (session.ping_nonce != pong->nonce) {
    counters_.count(Counter::messages_unexpected);
    return;
  }
  session.ping_nonce.reset();
  session.status.head = pong->head;
  const Duration sample = now.mono - session.last_ping;
  // RFC 6298: srtt := 7/8 srtt + 1/8 sample.
  session.status.rtt = session.status.rtt ? (*session.status.rtt * 7 + sample) / 8 : sample;
}

void Sessions::on_goodbye(Now now, ConnId conn, Session& session, const wire::InMessage& message, Effects& fx) {
  const auto notice = wire::parse_disconnect(message.payload.view());
  if (!notice) {
    malformed(conn, fx);
    return;
  }
  session.leave_alone = Duration::millis(notice->retry_after_ms);
  fx.emplace_back(Disconnect{conn, notice->reason, 0, true});
  on_leaving(now, conn);
}

void Sessions::send_ping(Now now, ConnId conn, Session& session, Effects& fx) {
  session.ping_nonce = prng_.next();
  session.last_ping = now.mono;
  if (session.hellos_owed > 0) {
    --session.hellos_owed;
    fx.emplace_back(Send{conn, hello()});
  }
  const wire::Ping ping{*session.ping_nonce, static_cast<std::uint64_t>(now.wall.ms), head_};
  fx.emplace_back(Send{
      conn, wire::request(MessageKind::ping, static_cast<std::uint32_t>(1 + prng_.below(0xffffffffU)), wire::build_ping(ping))});
}

void Sessions::on_shutdown(Effects& fx) {
  for (const auto& [conn, session] : sessions_)
    if (session.state != State::leaving) fx.emplace_back(Disconnect{conn, PeerReason::shutdown, 0, false});
}

MonoTime Sessions::deadline_of(const Session& session) const {
  switch (session.state) {
    case State::leaving:
      return kNever;
    case State::greeting:
      return session.status.connected_at + kHelloTimeout;
    case State::verifying:
      return session.last_received + heartbeat_ * 3;
    case State::ready:
      return std::min(session.last_received + heartbeat_ * 3, session.last_ping + heartbeat_);
  }
  PVC_UNREACHABLE();
}

void Sessions::on_tick(Now now, Effects& fx) {
  for (auto& [conn, session] : sessions_) {
    if (deadline_of(session) > now.mono) continue;
    const bool is_silent = session.state == State::greeting || now.mono - session.last_received >= heartbeat_ * 3;
    if (is_silent)
      refuse(conn, PeerReason::timeout, fx);
    else
      send_ping(now, conn, session, fx);
  }
}

MonoTime Sessions::next_deadline() const {
  MonoTime next = kNever;
  for (const auto& [conn, session] : sessions_) next = std::min(next, deadline_of(session));
  return next;
}

std::vector<SessionEvent> Sessions::take_events() { return std::exchange(events_, {}); }

std::vector<PeerStatus> Sessions::peers() const {
  std::vector<PeerStatus> all;
  all.reserve(sessions_.size());
  for (const auto& [conn, session] : sessions_) all.push_back(session.status);
  return all;
}

}  // namespace provchain::core
