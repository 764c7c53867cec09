// SPDX-License-Identifier: Apache-2.0
// Every message parser but those of proposals and batches. Byte 0 chooses the kind, the rest is the payload. Oracle: a fixed
// layout that is accepted is exactly what its builder writes; a table that is accepted reads the same after it was built anew; a
// list's items are within it.
#include <cstdint>
#include <vector>

#include "base/check.hpp"
#include "wire/messages.hpp"

namespace {

using namespace provchain;
using namespace provchain::wire;

constexpr std::size_t kTransactionBytesMax = 65'536;

template <class Value>
void expect_canonical(const Result<Value, Error>& parsed, Bytes payload, SharedBytes (*build)(const Value&)) {
  if (parsed) PVC_CHECK(equal(build(*parsed).view(), payload));
}

void check_ids(const Result<IdList, Error>& list, SharedBytes (*build)(std::span<const TxId>),
               Result<IdList, Error> (*parse)(Bytes)) {
  if (!list) return;
  std::vector<TxId> ids;
  for (std::size_t i = 0; i < list->size(); ++i) ids.push_back((*list)[i]);
  const SharedBytes again = build(ids);
  const auto reparsed = parse(again.view());
  PVC_CHECK(reparsed.has_value() && reparsed->size() == ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) PVC_CHECK((*reparsed)[i] == ids[i]);
}

void check_certificates(Bytes payload) {
  const auto list = parse_certificates(payload);
  if (!list) return;
  std::vector<ByteVector> items;
  for (const Bytes item : *list) items.push_back(to_vector(item));
  PVC_CHECK(items.size() == list->size() && equal(build_certificates(items).view(), payload));
}

void check_epochs(Bytes payload) {
  const auto epochs = parse_epochs(payload);
  if (epochs) PVC_CHECK(equal(build_epochs(*epochs).view(), payload));
}

void check_transactions(Bytes payload) {
  const auto list = parse_transactions(payload, kTransactionBytesMax);
  if (!list) return;
  std::size_t count = 0;
  std::size_t sum = 0;
  for (const Bytes transaction : *list) {
    ++count;
    sum += transaction.size();
  }
  PVC_CHECK(count == list->size() && sum == payload.size());
}

void check_status(Bytes payload) {
  const auto status = parse_status(payload);
  if (!status) return;
  const SharedBytes again = build_status(*status);
  const auto reparsed = parse_status(again.view());
  PVC_CHECK(reparsed.has_value() && reparsed->base == status->base && reparsed->height == status->height);
  PVC_CHECK(equal(reparsed->certificate, status->certificate));
}

void check_get_batch(Bytes payload) {
  const auto parsed = parse_get_batch(payload);
  if (!parsed) return;
  const SharedBytes again = build_get_batch(*parsed);
  const auto reparsed = parse_get_batch(again.view());
  PVC_CHECK(reparsed.has_value() && *reparsed == *parsed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const SharedBytes owner = SharedBytes::copy_of({data + 1, size - 1});
  const Bytes payload = owner.view();
  switch (static_cast<MessageKind>(data[0])) {
    case MessageKind::hello:
      expect_canonical(parse_hello(payload), payload, build_hello);
      break;
    case MessageKind::ping:
    case MessageKind::pong:
      expect_canonical(parse_ping(static_cast<MessageKind>(data[0]), payload), payload, build_ping);
      break;
    case MessageKind::disconnect:
      expect_canonical(parse_disconnect(payload), payload, build_disconnect);
      break;
    case MessageKind::error:
      expect_canonical(parse_error(payload), payload, build_error);
      break;
    case MessageKind::view_status:
      expect_canonical(parse_view_status(payload), payload, build_view_status);
      break;
    case MessageKind::get_certificates:
      expect_canonical(parse_get_certificates(payload), payload, build_get_certificates);
      break;
    case MessageKind::certificates:
      check_certificates(payload);
      break;
    case MessageKind::get_epochs:
      expect_canonical(parse_get_epochs(payload), payload, build_get_epochs);
      break;
    case MessageKind::epochs:
      check_epochs(payload);
      break;
    case MessageKind::tx_announce:
      check_ids(parse_tx_announce(payload), build_tx_announce, parse_tx_announce);
      break;
    case MessageKind::get_transactions:
      check_ids(parse_get_transactions(payload), build_get_transactions, parse_get_transactions);
      break;
    case MessageKind::transactions:
      check_transactions(payload);
      break;
    case MessageKind::get_status:
      PVC_CHECK(parse_get_status(payload).has_value() == payload.empty());
      break;
    case MessageKind::status:
      check_status(payload);
      break;
    case MessageKind::get_headers:
      expect_canonical(parse_get_headers(payload), payload, build_get_headers);
      break;
    case MessageKind::headers:
      PVC_CHECK(parse_headers(payload).has_value() ==
                (!payload.empty() && payload.size() % 336 == 0 && payload.size() <= 336 * headers_per_message_max));
      break;
    case MessageKind::get_batch:
      check_get_batch(payload);
      break;
    case MessageKind::vote:
    case MessageKind::proposal:
    case MessageKind::certificate:
    case MessageKind::batch:
      break;  // targets of their own
  }
  return 0;
}
