// SPDX-License-Identifier: Apache-2.0
#include "wire/consensus_messages.hpp"

#include "tests/golden/golden.hpp"
#include "tests/wire/support.hpp"

namespace provchain::wire {
namespace {

using namespace test;
using crypto::format::VoteKind;

ViewStatus sample_status() {
  ViewStatus status;
  status.epoch = Epoch(2);
  status.view = View(17);
  status.final_view = View(14);
  status.final_height = Height(9);
  status.final_id = id_of<BlockId>(0x44);
  status.top_notarized = View(16);
  status.own_view = View(17);
  status.own_step = 1;
  status.have_proposal = true;
  status.voter = true;
  status.notarize_votes = 3;
  status.nullify_votes = 1;
  status.finalize_votes = 2;
  status.seen_view = View(15);
  status.seen_step = 2;
  return status;
}

TEST(ViewStatus, RoundTripsAndIsFrozen) {
  const SharedBytes payload = build_view_status(sample_status());
  EXPECT_EQ(payload.size(), view_status_bytes);
  EXPECT_EQ(parse_view_status(payload.view()).value(), sample_status());
  golden::expect_frozen("wire_view_status", payload.view());
}

TEST(ViewStatus, RefusesOtherLengths) {
  const SharedBytes payload = build_view_status(sample_status());
  for (std::size_t size = 0; size < payload.size(); ++size)
    EXPECT_EQ(refusal(parse_view_status(payload.view().first(size))), "truncated");
  EXPECT_EQ(refusal(parse_view_status(with_tail(payload, 1).view())), "trailing_bytes");
}

TEST(ViewStatus, RefusesViewsNoCertificateCouldLeadTo) {
  const SharedBytes payload = build_view_status(sample_status());
  EXPECT_EQ(refusal(parse_view_status(with_byte(payload, 16, 17).view())), "bad_value");
  EXPECT_EQ(refusal(parse_view_status(with_byte(payload, 64, 17).view())), "bad_value");
  ViewStatus zero;
  EXPECT_EQ(refusal(parse_view_status(build_view_status(zero).view())), "bad_value");
}

TEST(ViewStatus, RefusesAStepWithoutAViewAndStepThree) {
  const SharedBytes payload = build_view_status(sample_status());
  EXPECT_EQ(refusal(parse_view_status(with_byte(payload, 80, 3).view())), "bad_value");
  EXPECT_EQ(refusal(parse_view_status(with_byte(payload, 80, 0).view())), "bad_value");
  EXPECT_EQ(refusal(parse_view_status(with_byte(payload, 72, 0).view())), "bad_value");
  EXPECT_EQ(refusal(parse_view_status(with_byte(payload, 96, 3).view())), "bad_value");
  EXPECT_EQ(refusal(parse_view_status(with_byte(payload, 96, 0).view())), "bad_value");
  EXPECT_EQ(refusal(parse_view_status(with_byte(payload, 88, 0).view())), "bad_value");
}

TEST(ViewStatus, RefusesUnknownFlags) {
  EXPECT_EQ(refusal(parse_view_status(with_byte(build_view_status(sample_status()), 81, 4).view())), "reserved_not_zero");
}

GetCertificates sample_request() {
  return {Epoch(1), {{VoteKind::notarize, View(5)}, {VoteKind::nullify, View(8)}, {VoteKind::finalize, View(5)}}};
}

TEST(GetCertificates, RoundTripsUpToItsLimitAndIsFrozen) {
  const SharedBytes payload = build_get_certificates(sample_request());
  EXPECT_EQ(parse_get_certificates(payload.view()).value(), sample_request());
  golden::expect_frozen("wire_get_certificates", payload.view());
  GetCertificates many{Epoch(1), std::vector<CertificateKey>(64, {VoteKind::nullify, View(3)})};
  EXPECT_EQ(parse_get_certificates(build_get_certificates(many).view()).value(), many);
}

TEST(GetCertificates, RefusesNoneTooManyUnknownKindsAndViewZero) {
  const SharedBytes payload = build_get_certificates(sample_request());
  EXPECT_EQ(refusal(parse_get_certificates(with_byte(payload, 8, 0).view())), "bad_count");
  EXPECT_EQ(refusal(parse_get_certificates(with_byte(payload, 8, 65).view())), "bad_count");
  EXPECT_EQ(refusal(parse_get_certificates(with_byte(payload, 8, 4).view())), "truncated");
  EXPECT_EQ(refusal(parse_get_certificates(with_byte(payload, 8, 2).view())), "trailing_bytes");
  EXPECT_EQ(refusal(parse_get_certificates(with_byte(payload, 9, 4).view())), "bad_kind");
  EXPECT_EQ(refusal(parse_get_certificates(with_byte(payload, 10, 0).view())), "bad_value");
}

TEST(Certificates, ListsWhatWasPutIn) {
  const std::vector<ByteVector> certificates{filled(70, 1), filled(300, 2), filled(1, 3)};
  const SharedBytes payload = build_certificates(certificates);
  const auto list = parse_certificates(payload.view());
  ASSERT_TRUE(list);
  EXPECT_EQ(list->size(), 3U);
  std::size_t i = 0;
  for (const Bytes certificate : *list) EXPECT_TRUE(equal(certificate, certificates[i++]));
  EXPECT_EQ(i, 3U);
  golden::expect_frozen("wire_certificates", payload.view());
}

TEST(Certificates, RefusesAnEmptyListEmptyItemsLongItemsAndTruncation) {
  EXPECT_EQ(refusal(parse_certificates({})), "bad_count");
  const std::vector<ByteVector> one{filled(70, 1)};
  const SharedBytes payload = build_certificates(one);
  EXPECT_EQ(refusal(parse_certificates(with_byte(payload, 0, 0).view())), "bad_length");
  EXPECT_EQ(refusal(parse_certificates(with_byte(payload, 3, 0x80).view())), "bad_length");
  EXPECT_EQ(refusal(parse_certificates(payload.view().first(73))), "truncated");
  EXPECT_EQ(refusal(parse_certificates(with_tail(payload, 3).view())), "truncated");
  const std::vector<ByteVector> sixty_four(64, filled(1, 1));
  ByteVector too_many = to_vector(build_certificates(sixty_four).view());
  append_byte_string(too_many, filled(1, 1));
  EXPECT_EQ(refusal(parse_certificates(too_many)), "bad_count");
}

}  // namespace
}  // namespace provchain::wire
