// SPDX-License-Identifier: Apache-2.0
// How transactions spread: ids are announced, bytes are pulled. Only a small transaction that was submitted here is pushed, to
// the authorities, since one of them leads and a round trip less is a good part of finality. Rules: one outstanding request per
// id; never the same id twice from one peer; after two seconds another peer that announced it is asked; nothing is announced to a
// peer that is known to have it. Everything is bounded: per peer announcements, per node wanted ids. Core thread only.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "engine/core/admission.hpp"
#include "engine/core/counters.hpp"
#include "engine/core/effects.hpp"
#include "engine/core/mempool.hpp"
#include "engine/core/roster.hpp"
#include "engine/core/ticket.hpp"

namespace provchain::core {

class Relay {
 public:
  // All references outlive this object.
  Relay(const Mempool& mempool, const Admission& admission, const Roster& roster, Counters& counters)
      : mempool_(mempool), admission_(admission), roster_(roster), counters_(counters) {}

  void on_peer_ready(Now now, ConnId conn, Effects& fx);
  void on_peer_gone(Now now, ConnId conn, Effects& fx);

  // The three messages of this protocol are read by the caller: `ids` and the transactions' ids are well-formed, nothing more.
  void on_announce(Now now, ConnId conn, std::span<const TxId> ids, Effects& fx);
  // Answers with one message, of those of `ids` it has, in order, as many as fit; the peer asks for the rest again.
  void on_get(Now now, ConnId conn, std::uint32_t corr, std::span<const TxId> ids, Effects& fx);
  // The peer has sent this transaction's bytes, asked for or not.
  void on_received(ConnId conn, const TxId& id);
  // The peer has answered this request with transactions, and each went through on_received. What did not come is asked from it
  // again, since an answer holds only as much as a message may, unless nothing came of what was asked.
  void on_answered(Now now, ConnId conn, std::uint32_t corr, Effects& fx);
  // The peer has none of what was asked in this request.
  void on_refused(Now now, ConnId conn, std::uint32_t corr, Effects& fx);

  // It has entered the pool.
  void on_pooled(Now now, const TxId& id, std::optional<ConnId> from, Effects& fx);
  // It has left the pool or will not enter it.
  void forget(std::span<const TxId> ids);

  // Transactions waiting since before `until` are announced to all authorities again and pushed to the leader, whatever they are
  // believed to know: an announcement may have been lost with a connection or dropped from a full queue.
  void reannounce(Now now, MonoTime until, std::optional<ConnId> leader, Effects& fx);

  void on_tick(Now now, Effects& fx);
  [[nodiscard]] MonoTime next_deadline() const;

 private:
  using Mask = std::array<std::uint64_t, 4>;  // one bit per slot
  struct Peer {
    std::optional<std::uint8_t> slot;  // connections beyond 256 are served but not relayed to
    std::size_t in_flight = 0;
    std::set<TxId> announced;  // wanted ids this peer has announced and was not asked for yet
  };
  struct Want {
    std::optional<ConnId> asked;
    std::vector<ConnId> holders;  // announced it, not asked yet, in order of announcement
    std::vector<ConnId> tried;
  };
  struct Request {
    ConnId conn;
    std::vector<TxId> ids;
    MonoTime deadline;
  };

  [[nodiscard]] bool knows(const Mask& mask, std::uint8_t slot) const { return ((mask[slot / 64U] >> (slot % 64U)) & 1U) != 0; }
  void note_known(const TxId& id, ConnId conn);
  void flush_announcements(Effects& fx);
  void ask(Now now, ConnId conn, Effects& fx);
  void ask_others(Now now, std::span<const TxId> ids, Effects& fx);
  [[nodiscard]] std::optional<Request> take_request(ConnId conn, std::uint32_t corr);
  // The ids of this request that are still wanted from the peer it went to; that peer is not asked for them any more.
  [[nodiscard]] std::vector<TxId> withdraw(const Request& request);
  void give_up_on(Now now, const Request& request, Effects& fx);
  void send_transactions(ConnId conn, std::uint32_t corr, std::span<const SharedBytes> transactions, Effects& fx) const;

  const Mempool& mempool_;
  const Admission& admission_;
  const Roster& roster_;
  Counters& counters_;
  CorrelationSource correlations_{owner::admission};
  std::map<ConnId, Peer> peers_;
  std::array<std::uint64_t, 4> slots_used_{};
  std::map<TxId, Mask> known_by_;  // of pooled transactions
  std::vector<TxId> unannounced_;
  MonoTime announce_at_ = kNever;
  std::map<TxId, Want> wanted_;
  std::map<std::uint32_t, Request> requests_;
  std::map<std::pair<MonoTime, std::uint32_t>, std::uint32_t> deadlines_;
};

}  // namespace provchain::core
