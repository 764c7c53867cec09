// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/governance.hpp"

#include <gtest/gtest.h>

#include "tests/crypto/format_expect.hpp"
#include "tests/crypto/format_samples.hpp"

namespace provchain::crypto::format {
namespace {

Change add(std::string name) { return {ChangeKind::add_authority, samples::key_pair(9).public_key, std::move(name)}; }
Change open() { return {ChangeKind::open_participation, {}, ""}; }

ByteVector sample() { return encode_governance(samples::governance(genesis_state(samples::genesis()))); }

TEST(Governance, ComesBackAsItWas) {
  const Governance governance = samples::governance(genesis_state(samples::genesis()));
  const auto decoded = decode_governance(encode_governance(governance));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, governance);
}

TEST(Governance, EveryKindOfChangeComesBack) {
  std::vector<Change> changes{add(std::string(255, 'n')), add(""), add("\xC3\xA4"), open()};
  for (std::uint8_t kind = 2; kind <= 6; ++kind) {
    const auto change = static_cast<ChangeKind>(kind);
    const bool keyless = change == ChangeKind::open_participation || change == ChangeKind::close_participation;
    changes.push_back({change, keyless ? PublicKey{} : samples::filled<PublicKey>(kind), ""});
  }
  const auto decoded = decode_action(encode_action(changes));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, changes);
  EXPECT_EQ(newcomers_of(changes).size(), 3U);
}

TEST(Governance, HasAnEncodingOnlyWhenWellFormed) {
  EXPECT_TRUE(is_well_formed(samples::changes()));
  EXPECT_TRUE(is_well_formed(std::vector<Change>(changes_max, open())));
  EXPECT_FALSE(is_well_formed(std::vector<Change>{}));
  EXPECT_FALSE(is_well_formed(std::vector<Change>(changes_max + 1, open())));
  EXPECT_FALSE(is_well_formed(std::vector{add(std::string(256, 'n'))}));
  EXPECT_FALSE(is_well_formed(std::vector{add("two\nlines")}));
  EXPECT_FALSE(is_well_formed(std::vector{add("\x1B[2J")}));
  EXPECT_FALSE(is_well_formed(std::vector{add("\xC2\x9B")}));
  EXPECT_FALSE(is_well_formed(std::vector{add("\xFF")}));
  EXPECT_FALSE(is_well_formed(std::vector{Change{ChangeKind::remove_authority, samples::filled<PublicKey>(1), "name"}}));
  EXPECT_FALSE(is_well_formed(std::vector{Change{ChangeKind::open_participation, samples::filled<PublicKey>(1), ""}}));
  EXPECT_FALSE(is_well_formed(std::vector{Change{ChangeKind{7}, {}, ""}}));
}

TEST(Governance, RefusesABadAction) {
  const ByteVector action = encode_action({add("n"), open()});
  ASSERT_EQ(action.size(), 3U + 35 + 1);
  EXPECT_REFUSED(decode_action(Bytes{}), FormatErrc::truncated, 0);
  EXPECT_REFUSED(decode_action(with_byte(action, 0, 2)), FormatErrc::unknown_version, 0);
  EXPECT_REFUSED(decode_action(with_byte(action, 1, 0)), FormatErrc::bad_count, 1);
  EXPECT_REFUSED(decode_action(with_byte(action, 1, 65)), FormatErrc::bad_count, 1);
  EXPECT_REFUSED(decode_action(with_byte(action, 1, 64)), FormatErrc::truncated, action.size());
  EXPECT_REFUSED(decode_action(with_byte(action, 3, 0)), FormatErrc::unknown_kind, 3);
  EXPECT_REFUSED(decode_action(with_byte(action, 3, 7)), FormatErrc::unknown_kind, 3);
  EXPECT_REFUSED(decode_action(with_byte(action, 36, 3)), FormatErrc::truncated, action.size());
  EXPECT_REFUSED(decode_action(with_byte(action, 37, 0x0A)), FormatErrc::bad_text, 37);
  EXPECT_REFUSED(decode_action(with_byte(action, 37, 0xFF)), FormatErrc::bad_text, 37);
  EXPECT_REFUSED(decode_action(with_appended(action, 0)), FormatErrc::trailing_bytes, action.size());
  for (std::size_t bytes = 0; bytes < action.size(); ++bytes) EXPECT_FALSE(decode_action(Bytes(action).first(bytes)));
}

TEST(Governance, RefusesABadPayload) {
  const ByteVector payload = sample();
  const std::size_t action_bytes = load_le<std::uint32_t>(payload, 0);
  const std::size_t approvals_at = 4 + action_bytes;
  ASSERT_EQ(payload.size(), approvals_at + 2 + 4 * 66);
  EXPECT_REFUSED(decode_governance(Bytes{}), FormatErrc::truncated, 0);
  EXPECT_REFUSED(decode_governance(with_le(payload, 0, UINT32_MAX)), FormatErrc::bad_count, 0);
  EXPECT_REFUSED(decode_governance(with_le(payload, 0, std::uint32_t{2})), FormatErrc::truncated, 6);
  EXPECT_REFUSED(decode_governance(with_byte(payload, 4, 2)), FormatErrc::unknown_version, 4);
  EXPECT_REFUSED(decode_governance(with_byte(payload, 7, 9)), FormatErrc::unknown_kind, 7);
  EXPECT_REFUSED(decode_governance(with_le(payload, approvals_at, std::uint16_t{165})), FormatErrc::bad_count, approvals_at);
  EXPECT_REFUSED(decode_governance(with_le(payload, approvals_at, std::uint16_t{5})), FormatErrc::truncated, payload.size());
  EXPECT_REFUSED(decode_governance(with_le(payload, approvals_at, std::uint16_t{3})), FormatErrc::trailing_bytes,
                 payload.size() - 66);
  EXPECT_REFUSED(decode_governance(with_le(payload, approvals_at + 2 + 66, std::uint16_t{0})), FormatErrc::not_ascending,
                 approvals_at + 2 + 66);
  EXPECT_REFUSED(decode_governance(with_le(payload, approvals_at + 2 + 3 * 66, std::uint16_t{0x8001})), FormatErrc::bad_count,
                 approvals_at + 2 + 3 * 66);
  for (std::size_t bytes = 0; bytes < payload.size(); ++bytes) EXPECT_FALSE(decode_governance(Bytes(payload).first(bytes)));
}

TEST(Governance, MayHaveNoApprovalYet) {
  const Governance governance{samples::changes(), {}};
  EXPECT_EQ(*decode_governance(encode_governance(governance)), governance);
}

TEST(Governance, ApprovalNamesTheNetworkTheAnchorAndEveryChange) {
  const StatementContext context = samples::context();
  const ByteVector message = approval_message(context, samples::changes());
  EXPECT_EQ(message.size(), 64 + encode_action(samples::changes()).size());
  EXPECT_TRUE(equal(Bytes(message).first(32), context.network_id.view()));
  EXPECT_TRUE(equal(Bytes(message).subspan(32, 32), context.anchor_id.view()));
  EXPECT_TRUE(equal(Bytes(message).subspan(64), encode_action(samples::changes())));
}

}  // namespace
}  // namespace provchain::crypto::format
