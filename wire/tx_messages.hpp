// SPDX-License-Identifier: Apache-2.0
// Announcing and pulling transactions. Pure functions, any thread. A view is valid as long as the bytes it was parsed from.
//
// TxAnnounce, GetTransactions   tables, schema/transactions.fbs: 1 … 1,024 (announce) or 1 … 256 (get) ids, strictly ascending
// Transactions                  n × transaction, n 1 … 256; transactions delimit themselves (crypto/format/transaction.hpp)
#pragma once

#include <span>

#include "base/limits.hpp"
#include "wire/byte_list.hpp"

namespace provchain::wire {

// Sorts, and drops repetitions. The caller has kept to tx_announce_ids_max ids, and at least one.
[[nodiscard]] SharedBytes build_tx_announce(std::span<const TxId> ids);
[[nodiscard]] Result<IdList, Error> parse_tx_announce(Bytes payload PVC_LIFETIMEBOUND);

// The same with tx_request_ids_max.
[[nodiscard]] SharedBytes build_get_transactions(std::span<const TxId> ids);
[[nodiscard]] Result<IdList, Error> parse_get_transactions(Bytes payload PVC_LIFETIMEBOUND);

// Several transactions, one after the other, found by the payload length each header names: counted and sized before any is
// looked at.
class TransactionList {
 public:
  struct Layout {
    static Bytes front(Bytes rest);
    static Bytes content(Bytes item) { return item; }
  };
  using Iterator = PackedIterator<Layout>;

  TransactionList() = default;
  // `transaction_bytes_max`: header, payload and signature of one (max_block_bytes).
  static Result<TransactionList, Error> parse(Bytes payload PVC_LIFETIMEBOUND, std::size_t transaction_bytes_max);

  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] Iterator begin() const { return Iterator(encoded_); }
  [[nodiscard]] Iterator end() const { return Iterator(); }

 private:
  Bytes encoded_;
  std::size_t count_ = 0;
};

// The most payload one Transactions message may carry; a larger transaction travels alone (registry.hpp allows it
// max_block_bytes).
inline constexpr std::size_t transactions_bytes_max = 1'048'576;
// Each is the bytes of one transaction. The caller has kept to tx_request_ids_max transactions and the kind's cap. One alone is
// its own payload: the message shares its memory.
[[nodiscard]] SharedBytes build_transactions(std::span<const SharedBytes> transactions);
[[nodiscard]] Result<TransactionList, Error> parse_transactions(Bytes payload PVC_LIFETIMEBOUND,
                                                                std::size_t transaction_bytes_max);

}  // namespace provchain::wire
