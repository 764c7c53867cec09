// SPDX-License-Identifier: Apache-2.0
#include "wire/tx_messages.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/check.hpp"
#include "crypto/format/transaction.hpp"
#include "transactions_generated.h"
#include "wire/table.hpp"

namespace provchain::wire {

namespace {

constexpr std::size_t kPayloadBytesOffset = 92;  // of u32 payload_bytes in a transaction's header
constexpr std::size_t kFrameBytes = crypto::format::tx_header_bytes + crypto::format::tx_signature_bytes;

// The caller has checked that a header is there.
std::size_t transaction_bytes(Bytes rest) { return kFrameBytes + load_le<std::uint32_t>(rest, kPayloadBytesOffset); }

SharedBytes build_ids(std::span<const TxId> ids, std::size_t count_max) {
  std::vector<TxId> sorted(ids.begin(), ids.end());
  std::ranges::sort(sorted);
  sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
  PVC_CHECK(!sorted.empty() && sorted.size() <= count_max);
  static_assert(sizeof(TxId) == sizeof(fb::Hash32));
  std::vector<fb::Hash32> words(sorted.size());
  std::memcpy(static_cast<void*>(words.data()), sorted.data(),
              sorted.size() * sizeof(fb::Hash32));  // a Hash32's bytes are the id's
  flatbuffers::FlatBufferBuilder builder(words.size() * sizeof(fb::Hash32) + 128);
  const auto vector = builder.CreateVectorOfStructs(words);
  return finish(builder, fb::CreateTxIds(builder, vector));
}

Result<IdList, Error> parse_ids(MessageKind kind, Bytes payload, std::size_t count_max) {
  PVC_TRY(const fb::TxIds* table, verify<fb::TxIds>(kind, payload));
  if (table->ids() == nullptr) return std::unexpected(Error{Errc::missing_field, kind, 0});
  return IdList::parse(kind, Bytes{table->ids()->Data(), table->ids()->size() * sizeof(fb::Hash32)}, count_max);
}

}  // namespace

SharedBytes build_tx_announce(std::span<const TxId> ids) { return build_ids(ids, limits::tx_announce_ids_max); }
Result<IdList, Error> parse_tx_announce(Bytes payload) {
  return parse_ids(MessageKind::tx_announce, payload, limits::tx_announce_ids_max);
}

SharedBytes build_get_transactions(std::span<const TxId> ids) { return build_ids(ids, limits::tx_request_ids_max); }
Result<IdList, Error> parse_get_transactions(Bytes payload) {
  return parse_ids(MessageKind::get_transactions, payload, limits::tx_request_ids_max);
}

Bytes TransactionList::Layout::front(Bytes rest) { return rest.first(transaction_bytes(rest)); }

Result<TransactionList, Error> TransactionList::parse(Bytes payload, std::size_t transaction_bytes_max) {
  const auto refuse = [](Errc code, std::size_t offset) {
    return std::unexpected(Error{code, MessageKind::transactions, static_cast<std::uint32_t>(offset)});
  };
  TransactionList list;
  list.encoded_ = payload;
  std::size_t offset = 0;
  while (offset < payload.size()) {
    const Bytes rest = payload.subspan(offset);
    if (list.count_ == limits::tx_request_ids_max) return refuse(Errc::bad_count, offset);
    if (rest.size() < kFrameBytes) return refuse(Errc::truncated, offset);
    const std::size_t bytes = transaction_bytes(rest);
    if (bytes > transaction_bytes_max) return refuse(Errc::bad_length, offset);
    if (bytes > rest.size()) return refuse(Errc::truncated, offset);
    offset += bytes;
    ++list.count_;
  }
  if (list.count_ == 0) return refuse(Errc::bad_count, 0);
  return list;
}

SharedBytes build_transactions(std::span<const SharedBytes> transactions) {
  PVC_CHECK(!transactions.empty() && transactions.size() <= limits::tx_request_ids_max);
  if (transactions.size() == 1) return transactions.front();
  std::size_t size_bytes = 0;
  for (const SharedBytes& transaction : transactions) size_bytes += transaction.size();
  SharedBytes out = SharedBytes::for_overwrite(size_bytes);
  const MutBytes target = out.writable();
  std::size_t offset = 0;
  for (const SharedBytes& transaction : transactions) {
    std::ranges::copy(transaction.view(), target.subspan(offset).begin());
    offset += transaction.size();
  }
  return out;
}

Result<TransactionList, Error> parse_transactions(Bytes payload, std::size_t transaction_bytes_max) {
  return TransactionList::parse(payload, transaction_bytes_max);
}

}  // namespace provchain::wire
