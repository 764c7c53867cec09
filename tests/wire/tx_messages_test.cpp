// SPDX-License-Identifier: Apache-2.0
#include "wire/tx_messages.hpp"

#include <flatbuffers/flatbuffers.h>

#include <algorithm>

#include "tests/golden/golden.hpp"
#include "tests/wire/support.hpp"
#include "transactions_generated.h"
#include "wire/registry.hpp"

namespace provchain::wire {
namespace {

using namespace test;

std::vector<TxId> ids(std::size_t count) {
  std::vector<TxId> result(count);
  for (std::size_t i = 0; i < count; ++i) {
    store_le<std::uint32_t>(result[i].mut(), 28, static_cast<std::uint32_t>(i));
    result[i].bytes[0] = static_cast<std::uint8_t>(i * 37);
  }
  return result;
}

SharedBytes raw(std::span<const TxId> list, bool present = true) {
  flatbuffers::FlatBufferBuilder builder;
  std::vector<fb::Hash32> words(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) std::memcpy(static_cast<void*>(&words[i]), list[i].bytes.data(), 32);
  const auto vector = present ? builder.CreateVectorOfStructs(words) : 0;
  builder.FinishSizePrefixed(fb::CreateTxIds(builder, vector));
  return SharedBytes::copy_of({builder.GetBufferPointer(), builder.GetSize()});
}

TEST(TxAnnounce, ComesBackSortedAndWithoutRepetitions) {
  std::vector<TxId> announced = ids(5);
  announced.push_back(announced[2]);
  const SharedBytes payload = build_tx_announce(announced);
  const auto list = parse_tx_announce(payload.view());
  ASSERT_TRUE(list);
  std::vector<TxId> expected = ids(5);
  std::ranges::sort(expected);
  ASSERT_EQ(list->size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ((*list)[i], expected[i]);
  golden::expect_frozen("wire_tx_announce", payload.view());
}

TEST(TxAnnounce, FitsItsCapWithEveryIdAllowed) {
  EXPECT_LE(build_tx_announce(ids(limits::tx_announce_ids_max)).size(), info_of(MessageKind::tx_announce).bytes_max);
  EXPECT_LE(build_get_transactions(ids(limits::tx_request_ids_max)).size(), info_of(MessageKind::get_transactions).bytes_max);
}

TEST(TxAnnounce, RefusesNoneTooManyAndDisorder) {
  std::vector<TxId> sorted = ids(1025);
  std::ranges::sort(sorted);
  EXPECT_EQ(refusal(parse_tx_announce(raw({}).view())), "bad_count");
  EXPECT_EQ(refusal(parse_tx_announce(raw(sorted).view())), "bad_count");
  EXPECT_EQ(refusal(parse_tx_announce(raw(std::span(sorted).first(1024)).view())), "accepted");
  EXPECT_EQ(refusal(parse_tx_announce(raw({}, false).view())), "missing_field");
  std::swap(sorted[3], sorted[4]);
  EXPECT_EQ(refusal(parse_tx_announce(raw(std::span(sorted).first(10)).view())), "bad_order");
  sorted[4] = sorted[3];
  EXPECT_EQ(refusal(parse_tx_announce(raw(std::span(sorted).first(10)).view())), "bad_order");
}

TEST(TxAnnounce, RefusesBytesThatAreNoTable) {
  const SharedBytes payload = build_tx_announce(ids(3));
  EXPECT_EQ(refusal(parse_tx_announce(with_tail(payload, 4).view())), "not_verified");
  EXPECT_EQ(refusal(parse_tx_announce(cut(payload, payload.size() - 1).view())), "not_verified");
  EXPECT_EQ(refusal(parse_tx_announce({})), "truncated");
}

TEST(GetTransactions, TakesAtMost256Ids) {
  std::vector<TxId> sorted = ids(257);
  std::ranges::sort(sorted);
  EXPECT_EQ(refusal(parse_get_transactions(raw(sorted).view())), "bad_count");
  const SharedBytes payload = build_get_transactions(std::span(sorted).first(2));
  EXPECT_EQ(parse_get_transactions(payload.view()).value().size(), 2U);
  golden::expect_frozen("wire_get_transactions", payload.view());
}

TEST(IdList, RefusesALengthThatIsNoMultipleOfAnId) {
  EXPECT_EQ(refusal(IdList::parse(MessageKind::tx_announce, filled(33, 0), 10)), "bad_length");
}

TEST(Transactions, AreFoundByTheirOwnLengths) {
  const std::vector<SharedBytes> sent{transaction_like(10, 1), transaction_like(0, 2), transaction_like(500, 3)};
  const SharedBytes payload = build_transactions(sent);
  const auto list = parse_transactions(payload.view(), 4096);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->size(), 3U);
  std::size_t i = 0;
  for (const Bytes transaction : *list) EXPECT_TRUE(equal(transaction, sent[i++].view()));
  EXPECT_EQ(i, 3U);
  golden::expect_frozen("wire_transactions", build_transactions(std::span(sent).first(2)).view());
}

TEST(Transactions, RefusesNoneTooManyTooLargeAndTruncated) {
  EXPECT_EQ(refusal(parse_transactions({}, 4096)), "bad_count");
  const std::vector<SharedBytes> many(256, transaction_like(0, 0));
  ByteVector too_many = to_vector(build_transactions(many).view());
  EXPECT_EQ(refusal(parse_transactions(too_many, 4096)), "accepted");
  append(too_many, transaction_like(0, 0).view());
  EXPECT_EQ(refusal(parse_transactions(too_many, 4096)), "bad_count");
  const std::vector<SharedBytes> one{transaction_like(100, 0)};
  const SharedBytes payload = build_transactions(one);
  EXPECT_EQ(refusal(parse_transactions(payload.view(), 291)), "bad_length");
  EXPECT_EQ(refusal(parse_transactions(payload.view(), 292)), "accepted");
  EXPECT_EQ(refusal(parse_transactions(payload.view().first(291), 4096)), "truncated");
  EXPECT_EQ(refusal(parse_transactions(with_tail(payload, 191).view(), 4096)), "truncated");
  EXPECT_EQ(refusal(parse_transactions(with_byte(payload, 95, 0xff).view(), 4096)), "bad_length");
}

}  // namespace
}  // namespace provchain::wire
