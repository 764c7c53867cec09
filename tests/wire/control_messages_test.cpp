// SPDX-License-Identifier: Apache-2.0
#include "wire/control_messages.hpp"

#include "tests/golden/golden.hpp"
#include "tests/wire/support.hpp"

namespace provchain::wire {
namespace {

using namespace test;

Hello full_hello() {
  Hello hello;
  hello.head = Height(7);
  hello.head_id = id_of<BlockId>(0x11);
  hello.listen_port = 4711;
  hello.attestation = Attestation{AuthorityIndex(3), Height(1000), id_of<Signature>(0x22)};
  hello.peer_record = filled(154, 0x33);
  return hello;
}

TEST(Hello, RoundTripsWithAndWithoutItsOptionalParts) {
  EXPECT_EQ(parse_hello(build_hello(full_hello()).view()).value(), full_hello());
  Hello bare;
  EXPECT_EQ(parse_hello(build_hello(bare).view()).value(), bare);
}

TEST(Hello, IsFrozen) { golden::expect_frozen("wire_hello", build_hello(full_hello()).view()); }

TEST(Hello, RefusesEveryTruncationAndATail) {
  const SharedBytes whole = build_hello(full_hello());
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(refusal(parse_hello(whole.view().first(size))), "truncated") << size;
  EXPECT_EQ(refusal(parse_hello(with_tail(whole, 1).view())), "trailing_bytes");
}

TEST(Hello, RefusesTwoAttestationsTwoRecordsAndARecordOfWrongLength) {
  const SharedBytes whole = build_hello(full_hello());
  EXPECT_EQ(refusal(parse_hello(with_byte(whole, 42, 2).view())), "bad_count");
  EXPECT_EQ(refusal(parse_hello(with_byte(whole, 117, 2).view())), "bad_count");
  EXPECT_EQ(refusal(parse_hello(with_byte(whole, 118, 221).view())), "bad_length");
  EXPECT_EQ(refusal(parse_hello(with_byte(whole, 118, 0).view())), "bad_length");
}

TEST(Ping, RoundTripsAndIsFrozen) {
  const Ping ping{0x0102030405060708, 1'790'000'000'000, Height(42)};
  const SharedBytes payload = build_ping(ping);
  EXPECT_EQ(parse_ping(MessageKind::ping, payload.view()).value(), ping);
  golden::expect_frozen("wire_ping", payload.view());
}

TEST(Ping, RefusesOtherLengths) {
  const SharedBytes payload = build_ping({});
  EXPECT_EQ(refusal(parse_ping(MessageKind::pong, payload.view().first(23))), "truncated");
  EXPECT_EQ(refusal(parse_ping(MessageKind::pong, with_tail(payload, 1).view())), "trailing_bytes");
}

TEST(DisconnectNotice, RoundTripsEveryReasonAndIsFrozen) {
  for (std::uint16_t reason = 1; reason <= 16; ++reason) {
    const DisconnectNotice notice{static_cast<PeerReason>(reason), 60'000};
    EXPECT_EQ(parse_disconnect(build_disconnect(notice).view()).value(), notice);
    EXPECT_NE(to_string(notice.reason), "none");
  }
  golden::expect_frozen("wire_disconnect", build_disconnect({PeerReason::slow_peer, 60'000}).view());
}

TEST(DisconnectNotice, RefusesAReasonOutsideTheNumbering) {
  const SharedBytes payload = build_disconnect({PeerReason::version, 0});
  EXPECT_EQ(refusal(parse_disconnect(with_byte(payload, 0, 0).view())), "bad_kind");
  EXPECT_EQ(refusal(parse_disconnect(with_byte(payload, 0, 17).view())), "bad_kind");
  EXPECT_EQ(refusal(parse_disconnect(payload.view().first(7))), "truncated");
}

TEST(ErrorNotice, RoundTripsAndIsFrozen) {
  const ErrorNotice notice{99, PeerReason::not_found, "height 12 is not here"};
  const SharedBytes payload = build_error(notice);
  EXPECT_EQ(parse_error(payload.view()).value(), notice);
  golden::expect_frozen("wire_error", payload.view());
}

TEST(ErrorNotice, CutsAndCleansItsDetailWhenBuilt) {
  const auto parsed = parse_error(build_error({1, PeerReason::busy, "a\nb" + std::string(200, 'x')}).view()).value();
  EXPECT_EQ(parsed.detail.size(), error_detail_bytes_max);
  EXPECT_EQ(parsed.detail.substr(0, 4), "a?bx");
}

TEST(ErrorNotice, RefusesControlCharactersALongDetailAndAnUnknownCode) {
  const SharedBytes payload = build_error({1, PeerReason::busy, "abc"});
  EXPECT_EQ(refusal(parse_error(with_byte(payload, 9, '\n').view())), "bad_text");
  EXPECT_EQ(refusal(parse_error(with_byte(payload, 9, 0x80).view())), "bad_text");
  EXPECT_EQ(refusal(parse_error(with_byte(payload, 6, 129).view())), "bad_count");
  EXPECT_EQ(refusal(parse_error(with_byte(payload, 4, 77).view())), "bad_kind");
  EXPECT_EQ(refusal(parse_error(payload.view().first(payload.size() - 1))), "truncated");
}

}  // namespace
}  // namespace provchain::wire
