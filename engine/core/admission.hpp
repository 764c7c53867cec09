// SPDX-License-Identifier: Apache-2.0
// The way into the mempool, the same for a caller of this node and for a peer: cheap refusals first (size, layout, network,
// participant, duplicate, quota), then one CheckTransaction, then the pool. Core thread only.
//
// A tx id does not cover the signature, and bytes that do not belong to a header may stand behind it. So only what the header
// alone decides is remembered as a reason to refuse the id again; every other reason is remembered for those who ask about the
// id, no more.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "crypto/format/genesis.hpp"
#include "engine/core/consensus/chain_end.hpp"
#include "engine/core/counters.hpp"
#include "engine/core/effects.hpp"
#include "engine/core/mempool.hpp"
#include "engine/core/ticket.hpp"

namespace provchain::core {

class Admission {
 public:
  // All references outlive this object.
  Admission(const crypto::format::Genesis& genesis, Mempool& mempool, Counters& counters);

  // Whenever it changes, from that of the genesis on: who may submit, and what governance and evidence are judged by.
  // False when it is the one there was.
  bool set_system(const consensus::SystemPointer& system);

  // What became of a check.
  struct Settled {
    TxId id;
    bool pooled = false;
    std::optional<ConnId> from;  // the peer it came from; absent: a caller of this node
    std::vector<TxId> evicted;   // left the pool for it
  };

  // Answered by one Reply, now or with the check's answer.
  void on_submit(Now now, RequestId request, const SharedBytes& bytes, Height tip, bool syncing, Effects& fx);
  // A peer's transaction, given as exactly its bytes. False when it is not even the layout: the peer's fault.
  [[nodiscard]] bool on_peer_transaction(Now now, ConnId from, const SharedBytes& bytes, Height tip, bool syncing, Effects& fx);
  // Absent for a ticket that is not outstanding. A peer that sent a transaction nobody honest passes on is disconnected.
  std::optional<Settled> on_transaction_checked(Now now, Ticket ticket, const TxVerdict& verdict, Height tip, Effects& fx);

  // This one has left the pool because the system state has no place for it any more.
  void on_inapplicable(const TxId& id, crypto::format::TxReject reject);
  // These have left the pool because no later block may include them.
  void on_expired(std::span<const TxId> ids);

  [[nodiscard]] TxStatus lookup(const TxId& id) const;
  // True when there is no use in asking a peer for this transaction.
  [[nodiscard]] bool is_settled(const TxId& id) const;
  // True while a copy is being checked.
  [[nodiscard]] bool is_in_check(const TxId& id) const { return ids_in_check_.contains(id); }

 private:
  using Origin = std::variant<RequestId, ConnId>;
  struct InCheck {
    TxId id;
    Origin origin;
    SharedBytes bytes;
  };

  // What can be said without a check.
  [[nodiscard]] std::optional<crypto::format::TxReject> refuse_early(const crypto::format::TxView& tx, Height tip,
                                                                     bool syncing) const;
  void start_check(const TxId& id, const Origin& origin, const SharedBytes& bytes, Effects& fx);
  void refuse(const TxId& id, crypto::format::TxReject reject, const Origin& origin, Effects& fx);
  void remember(const TxId& id, crypto::format::TxReject reject);

  const crypto::format::Genesis& genesis_;
  consensus::SystemPointer system_;
  Mempool& mempool_;
  Counters& counters_;
  TicketSource tickets_{owner::admission};
  std::map<Ticket, InCheck> in_check_;
  std::map<TxId, std::uint32_t> ids_in_check_;
  std::size_t bytes_in_check_ = 0;
  std::map<TxId, crypto::format::TxReject> rejected_;
  std::deque<TxId> rejected_order_;
};

}  // namespace provchain::core
