// SPDX-License-Identifier: Apache-2.0
// Valid transactions that are not final yet, bounded by count, bytes, per author and by age. Core thread only.
// Invariants: (1) no id is both pooled and among the recently final; (2) the counts and bytes of the authors add up to the
// pool's; (3) all orders below (arrival, author, last height) hold exactly the pooled transactions. One author cannot crowd out
// the others: a full pool gives up the newest transaction of the author who holds the most bytes, and selection takes turns among
// authors.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "base/limits.hpp"
#include "base/shared_bytes.hpp"
#include "base/time.hpp"
#include "engine/core/effects.hpp"

namespace provchain::core {

struct MempoolOptions {
  std::size_t bytes_max = limits::mempool_bytes_max;
  std::size_t transactions_max = limits::mempool_transactions_max;
  std::size_t author_transactions_max = limits::mempool_author_transactions_max;
  std::size_t author_bytes_max = limits::mempool_author_bytes_max;
  Duration ttl = Duration::seconds(600);
};

struct PooledTx {
  CheckedTx checked;
  SharedBytes bytes;
  MonoTime seen;
};

class Mempool {
 public:
  explicit Mempool(const MempoolOptions& options) : options_(options) {}

  // Null when the id is not pooled. Valid until the next call that is not const.
  [[nodiscard]] const PooledTx* find(const TxId& id) const PVC_LIFETIMEBOUND;
  // The height at which a recently final transaction was included; absent for any other.
  [[nodiscard]] std::optional<Height> recently_final(const TxId& id) const;

  // What a block of this height may carry: turns among authors, the author who has waited longest first, each author's oldest
  // first, until nothing more fits into body_bytes_max. The same pool gives the same list. Pointers are valid until the next call
  // that is not const.
  [[nodiscard]] std::vector<const PooledTx*> select(std::size_t body_bytes_max, Height height,
                                                    const std::set<TxId>& excluded) const PVC_LIFETIMEBOUND;
  // When the oldest transaction that select() would consider was first seen; absent when there is none. Transactions that could
  // never fit a body of body_bytes_max are not considered.
  [[nodiscard]] std::optional<MonoTime> oldest_includable(std::size_t body_bytes_max, Height height,
                                                          const std::set<TxId>& excluded) const;
  // True when the author could not add so many bytes now. An author with nothing pending can always add one transaction, whatever
  // its size: a limit below the largest transaction would refuse it for ever. Cheap: asked before a transaction is worth a check.
  [[nodiscard]] bool is_over_quota(const PublicKey& author, std::size_t tx_bytes) const;
  // Bytes of all pooled transactions.
  [[nodiscard]] std::size_t pending_bytes() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  // The governance and evidence transactions among the pooled ones, ascending. Valid until the next call that is not const.
  [[nodiscard]] const std::set<TxId>& system_transactions() const PVC_LIFETIMEBOUND { return system_; }
  // Another one whenever a transaction has come or gone; never 0.
  [[nodiscard]] std::uint64_t version() const { return version_; }
  // The ids of transactions first seen at or before `until`, oldest first, at most `count_max`.
  [[nodiscard]] std::vector<TxId> waiting_since(MonoTime until, std::size_t count_max) const;

  struct Inserted {
    std::optional<crypto::format::TxReject> reject;  // duplicate, expired, author_quota or mempool_full; absent: pooled
    std::vector<TxId> evicted;                       // transactions that were given up for this one
  };
  // `next` is the lowest height that could include it. The bytes are those that were checked.
  Inserted insert(const CheckedTx& checked, const SharedBytes& bytes, MonoTime seen, Height next);

  // These are final and durable at `height`, whether they were pooled or not: they leave the pool, and so does everything that no
  // later block may include. Returns those that left because they expired.
  std::vector<TxId> on_final(std::span<const TxId> ids, Height height);
  // All pooled transactions of which this is false, ascending.
  [[nodiscard]] std::vector<TxId> failing(const std::function<bool(const CheckedTx&)>& is_right) const;
  // This one can never be included any more. Nothing happens when it is not pooled.
  void remove(const TxId& id);
  // Called when blocks have become final: removes what they and those before them have left out for longer than the time to live,
  // and returns it. Not called while nothing becomes final: waiting is no fault of a transaction then.
  std::vector<TxId> age_out(MonoTime now);

 private:
  struct Entry {
    PooledTx tx;
    std::uint64_t sequence = 0;
  };
  struct Author {
    std::map<std::uint64_t, const Entry*> by_arrival;
    std::size_t bytes = 0;
  };

  [[nodiscard]] bool has_room(std::size_t tx_bytes) const;
  // Makes room by eviction as far as other authors hold more than this one would; false when that is not enough.
  bool make_room(const CheckedTx& checked, std::size_t tx_bytes, std::vector<TxId>& evicted);
  void remove(std::map<TxId, Entry>::iterator at);
  void resize_author(const PublicKey& key, std::size_t from_bytes, std::size_t to_bytes);
  void remember_final(const TxId& id, Height height);
  void invariants() const;

  MempoolOptions options_;
  std::map<TxId, Entry> entries_;
  std::map<std::uint64_t, const Entry*> by_arrival_;
  std::set<std::pair<std::uint64_t, TxId>> by_valid_until_;
  std::set<TxId> system_;
  std::map<PublicKey, Author> authors_;
  std::set<std::pair<std::size_t, PublicKey>> authors_by_bytes_;
  std::size_t bytes_ = 0;
  std::uint64_t version_ = 1;
  std::uint64_t next_sequence_ = 1;

  std::map<TxId, Height> final_;
  std::deque<TxId> final_order_;
};

}  // namespace provchain::core
