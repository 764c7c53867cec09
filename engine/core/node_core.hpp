// SPDX-License-Identifier: Apache-2.0
// A whole node without I/O: sessions, transactions, consensus and catching up, composed. The only class of engine/core that
// drivers talk to.
//
// One input at a time, from one thread; each appends the effects it asks for to `fx`, which the driver executes in order. Now is
// read once per turn. A driver that has executed everything calls on_tick no later than next_deadline(). Equal options and equal
// inputs give equal effects.
//
// Answers may come in any order and after any delay; one for something that is no longer wanted is ignored. An answer that never
// comes (the process ends) is never missed: what must be durable before it is seen leaves only with the answer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "crypto/format/genesis.hpp"
#include "engine/core/consensus/consensus.hpp"
#include "engine/core/counters.hpp"
#include "engine/core/effects.hpp"
#include "engine/core/mempool.hpp"
#include "engine/core/peer.hpp"
#include "wire/message.hpp"

namespace provchain::core {

// Says that this node speaks for whoever has its consensus key: S(consensus key, "PVC1-attest", network_id ‖ node_id ‖ u64
// not_after_height). Made once at start.
struct Attestation {
  std::uint64_t not_after_height = 0;
  Signature signature;
};

struct CoreOptions {
  crypto::format::Genesis genesis;
  // This node votes in the epochs that have this key among their authorities; absent: an observer for ever.
  std::optional<PublicKey> authority_key;
  std::optional<Attestation> attestation;  // by that key
  NodeId node_id;
  std::uint16_t listen_port = 0;         // told to peers; 0: does not listen
  std::uint32_t static_peer_count = 0;   // Dial names them 0 … count − 1; what stands behind a number is the driver's business
  std::vector<NodeId> configured_nodes;  // the node ids that the configuration names
  std::uint32_t strangers_max = 50;      // ready peers that are neither authorities nor configured; more are told `full`
  std::uint64_t seed = 1;                // jitter and request ids
  MempoolOptions mempool;
  Duration heartbeat_interval = Duration::seconds(10);
  // Local timing of the consensus (consensus parameters that all nodes share are in the genesis).
  Duration view_timeout_base = Duration::millis(250);  // Δ0
  Duration view_timeout_max = Duration::seconds(30);
  Duration leader_away_after = Duration::seconds(30);  // its views are given up at once then
  Duration body_allowance = Duration::seconds(1);      // T_body: what a full block may take to arrive
  Duration grace = Duration::millis(500);              // how long a transaction may stay with a silent leader
};

struct SyncProgress {
  bool active = false;  // fetching blocks below a certified head
  Height tip;           // durable here
  Height target;        // the highest height a verified certificate names; the tip when nothing higher is known
  std::optional<ConnId> from;
};

struct MempoolStatus {
  std::size_t transactions = 0;
  std::size_t bytes = 0;
};

struct AuthorityStatus {
  consensus::TurnCount turns;  // of the final chain: the same at all nodes of that height
  consensus::AuthorityConduct conduct;
  bool away = false;  // its views are given up at once
};

struct AuthoritiesStatus {
  Height counted_above;  // the turns are those of the blocks above this height …
  Height counted_to;     // … up to this one
  std::vector<AuthorityStatus> authorities;
};

class NodeCore {
 public:
  explicit NodeCore(CoreOptions options);
  ~NodeCore();
  NodeCore(const NodeCore&) = delete;
  NodeCore& operator=(const NodeCore&) = delete;

  // ---- life ----
  // First and once. Everything durable has been read back: the journal's part and the chain's end.
  void on_start(Now now, const consensus::Recovered& recovered, Effects& fx);
  // Says good-bye to all peers and dials nobody any more. peers() is empty once every socket is gone. From here on only the end
  // of connections counts: every other input is allowed and changes nothing, so a driver may go on emptying its queues.
  void on_shutdown(Now now, Effects& fx);
  void on_tick(Now now, Effects& fx);
  // When on_tick is wanted next; kNever: not before another input.
  [[nodiscard]] MonoTime next_deadline() const;

  // ---- network ----
  // The handshake is done: the peer is of this network and has proved its node id. Never for this node's own id.
  void on_connected(Now now, ConnId conn, const PeerIdentity& peer, Effects& fx);
  // A Dial came to nothing: no connection, or a handshake that failed.
  void on_dial_failed(Now now, std::uint32_t static_peer, Effects& fx);
  // The connection is gone, whoever ended it. The last input for `conn`; also follows every Disconnect effect.
  void on_disconnected(Now now, ConnId conn, Effects& fx);
  void on_message(Now now, ConnId conn, const wire::InMessage& message, Effects& fx);

  // ---- answers to effects with a ticket ----
  void on_verified(Now now, Ticket ticket, const std::vector<bool>& valid, Effects& fx);
  void on_transaction_checked(Now now, Ticket ticket, const TxVerdict& verdict, Effects& fx);
  void on_block_checked(Now now, Ticket ticket, const BlockVerdict& verdict, Effects& fx);
  // Absent: the payload is not a batch (the sender's fault).
  void on_batch_opened(Now now, Ticket ticket, std::optional<OpenedBatch> batch, Effects& fx);
  // Absent: the key guard refused.
  void on_vote_signed(Now now, Ticket ticket, const std::optional<Signature>& signature, Effects& fx);
  // chain/ holds everything up to `height` durably.
  void on_committed(Now now, Height height, Effects& fx);
  // The answer that a ServeBlocks, ServeHeldBlocks, ServeHeaders or ServeEpochs asked for is with the network, or will never be.
  // Once for each of them, also when the peer is gone.
  void on_served(Now now, ConnId conn, Effects& fx);

  // ---- callers of this node ----
  // Answered by one Reply: pending, or rejected with the reason. What becomes of a pending one is seen in the chain or asked with
  // on_lookup.
  void on_submit(Now now, RequestId request, const SharedBytes& transaction, Effects& fx);
  // Answered at once by one Reply: pending, rejected, final while it is among the latest, or unknown; then the chain may know.
  void on_lookup(Now now, RequestId request, const TxId& id, Effects& fx);

  // ---- snapshots ----
  [[nodiscard]] const consensus::Consensus& consensus() const;
  // That the next block builds on: who the authorities are, and what is decided about them. Never null after on_start.
  [[nodiscard]] consensus::SystemPointer system_state() const;
  [[nodiscard]] std::vector<PeerStatus> peers() const;  // ascending by ConnId
  [[nodiscard]] SyncProgress sync_progress() const;
  [[nodiscard]] MempoolStatus mempool_status() const;
  [[nodiscard]] AuthoritiesStatus authorities() const;
  [[nodiscard]] const Counters& counters() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace provchain::core
