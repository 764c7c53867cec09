// SPDX-License-Identifier: Apache-2.0
// The life of every connection above the handshake: Hello both ways, who speaks for which authority, heartbeat and round-trip
// time, at most one connection per node, and the good-bye. Fills the roster. Core thread only.
//
// Room is kept for those this node needs: a stranger (neither an attested authority nor a configured peer) beyond strangers_max
// is sent away once its Hello has shown what it is. Of inbound connections that have shown nothing yet, the one that has been
// given the most time makes room when there are greeting_peers_max: an honest peer's Hello comes at once.
//
//   connected ──Hello accepted──► ready ──Disconnect (ours or theirs), silence, or the socket is gone──► forgotten
//   A Hello that claims an authority is accepted once its signature is checked; what the peer sends meanwhile is held back.
//
// Who the authorities are changes with the epoch. A signature that was checked says which key the node speaks for, so it counts
// in every epoch that has the key, whatever its index there; a claim that could not be confirmed is tried again, for the peer may
// have been an epoch ahead. A node whose own index changes says Hello once more.
//
// What the rest of the node must know is collected as events, which the caller takes after each input.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/prng.hpp"
#include "base/time.hpp"
#include "crypto/format/authorities.hpp"
#include "engine/core/counters.hpp"
#include "engine/core/effects.hpp"
#include "engine/core/peer.hpp"
#include "engine/core/roster.hpp"
#include "engine/core/static_peers.hpp"
#include "engine/core/ticket.hpp"
#include "wire/control_messages.hpp"

namespace provchain::core {

// What this node says of itself.
struct SelfDescription {
  NodeId node_id;
  std::uint16_t listen_port = 0;
  // The consensus key this node speaks for, and the proof; absent: for none.
  struct Authority {
    PublicKey key;
    Height not_after;
    Signature signature;
  };
  std::optional<Authority> authority;
};

struct SessionOptions {
  Duration heartbeat_interval = Duration::seconds(10);
  std::uint32_t strangers_max = 50;
  std::vector<NodeId> configured_nodes;
  std::uint64_t seed = 1;
};

struct SessionEvent {
  enum class Kind : std::uint8_t {
    ready,
    attested,  // a ready peer speaks for an authority from now on
    gone,
  };
  Kind kind{};
  ConnId conn;
  std::vector<wire::InMessage> held;  // ready: what the peer sent since its Hello, to be handled now, in order
};

class Sessions {
 public:
  // All references outlive this object.
  Sessions(const NetworkId& network, const SelfDescription& self, SessionOptions options, Roster& roster,
           StaticPeers& static_peers, Counters& counters);

  // Before anything else, and whenever an epoch begins: fills the roster anew.
  void set_authorities(Now now, const crypto::format::AuthorityList& authorities, Effects& fx);

  // The end of the durable chain, as Hello and Ping tell it.
  void set_head(Height height, const BlockId& id);

  void on_connected(Now now, ConnId conn, const PeerIdentity& identity, Effects& fx);
  // The socket is gone.
  void on_disconnected(Now now, ConnId conn);
  // A Disconnect effect for this connection has been made by anybody: nothing it still sends counts.
  void on_leaving(Now now, ConnId conn);
  // True when the message is for the rest of the node: the peer is ready and the message is not of this protocol. Everything else
  // is dealt with.
  [[nodiscard]] bool on_message(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);
  void on_verified(Now now, Ticket ticket, const std::vector<bool>& valid, Effects& fx);
  void on_shutdown(Effects& fx);
  void on_tick(Now now, Effects& fx);
  [[nodiscard]] MonoTime next_deadline() const;

  // What has happened since the last call, in order.
  [[nodiscard]] std::vector<SessionEvent> take_events();
  // Ascending by connection.
  [[nodiscard]] std::vector<PeerStatus> peers() const;

 private:
  enum class State : std::uint8_t { greeting, verifying, ready, leaving };
  struct Session {
    PeerIdentity identity;
    State state = State::greeting;
    PeerStatus status;
    std::optional<wire::Attestation> claim;  // the latest, confirmed or not
    std::optional<PublicKey> speaks_for;     // confirmed
    std::uint64_t renewals = 0;              // Hellos after the first
    std::uint32_t hellos_owed = 0;           // by this node, with its next pings: the one it said again may have been lost
    std::vector<wire::InMessage> held;
    std::size_t held_bytes = 0;  // of the payloads
    MonoTime last_received;
    MonoTime last_ping;
    std::optional<std::uint64_t> ping_nonce;  // of the Ping that has no Pong yet
    Duration leave_alone;                     // the peer asked for it with its Disconnect
  };

  void refuse(ConnId conn, wire::PeerReason reason, Effects& fx);
  // Called before a connection is added: the longest-waiting inbound one that is not ready goes when there are too many.
  void make_room_to_greet(Now now, Effects& fx);
  [[nodiscard]] bool is_stranger(const Session& session) const;
  [[nodiscard]] bool has_room_for_stranger() const;
  void malformed(ConnId conn, Effects& fx);
  // Keeps what comes while the peer's claim is being checked, as far as there is room.
  void hold(ConnId conn, Session& session, const wire::InMessage& message, Effects& fx);
  void on_hello(Now now, ConnId conn, Session& session, const wire::InMessage& message, Effects& fx);
  void on_ping(ConnId conn, Session& session, const wire::InMessage& message, Effects& fx);
  void on_pong(Now now, ConnId conn, Session& session, const wire::InMessage& message, Effects& fx);
  void on_goodbye(Now now, ConnId conn, Session& session, const wire::InMessage& message, Effects& fx);
  // What the peer says of itself, kept; false: it cannot be read, and the peer is sent away.
  [[nodiscard]] bool take_hello(ConnId conn, Session& session, const wire::InMessage& message, Effects& fx);
  void on_renewal(Now now, ConnId conn, Session& session, const wire::InMessage& message, Effects& fx);
  // False when there is nothing to check: no claim, or none that could be true now.
  [[nodiscard]] bool check_claim(ConnId conn, const Session& session, Effects& fx);
  // Tells the roster, when the session is ready and speaks for an authority of the running epoch.
  void attest(ConnId conn, Session& session);
  [[nodiscard]] wire::OutMessage hello() const;
  [[nodiscard]] std::optional<AuthorityIndex> own_index() const;
  // Or sends a stranger away when there are enough of them.
  void become_ready(ConnId conn, Session& session, Effects& fx);
  // Keeps one of two connections to one node; true when it is the new one.
  [[nodiscard]] bool keeps_new(const Session& existing, const Session& added) const;
  void send_ping(Now now, ConnId conn, Session& session, Effects& fx);
  // When this session next needs on_tick.
  [[nodiscard]] MonoTime deadline_of(const Session& session) const;

  NetworkId network_;
  crypto::format::AuthorityList authorities_;
  SelfDescription self_;
  SessionOptions options_;
  Duration heartbeat_;
  Prng prng_;
  Roster& roster_;
  StaticPeers& static_peers_;
  Counters& counters_;
  TicketSource tickets_{owner::sessions};
  Height head_;
  BlockId head_id_;
  std::map<ConnId, Session> sessions_;
  std::map<NodeId, ConnId> by_node_;  // sessions that are not leaving
  struct Claim {
    ConnId conn;
    PublicKey key;  // that it is checked with
  };
  std::map<Ticket, Claim> claims_;
  std::vector<SessionEvent> events_;
};

}  // namespace provchain::core
