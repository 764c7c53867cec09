// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "crypto/format/system_state.hpp"
#include "tests/crypto/format_expect.hpp"
#include "tests/crypto/format_samples.hpp"

namespace provchain::crypto::format {
namespace {

using samples::filled;

// Where the fields of a genesis state's encoding begin: version, network, eight parameters, epoch, anchor, anchor height.
constexpr std::size_t authorities_at = 1 + 32 + 64 + 8 + 32 + 8;

ByteVector sample() { return encode_system_state(samples::system_state()); }

template <class Change>
Result<SystemState, FormatError> decode_changed(Change change) {
  SystemState state = samples::system_state();
  change(state);
  return decode_system_state(encode_system_state(state));
}

TEST(SystemStateCodec, ComesBackAsItWas) {
  const SystemState state = samples::system_state();
  const auto decoded = decode_system_state(encode_system_state(state));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, state);
  const SystemState first = genesis_state(samples::genesis());
  EXPECT_EQ(*decode_system_state(encode_system_state(first)), first);
}

TEST(SystemStateCodec, RefusesEveryPrefixAndAnyTail) {
  const ByteVector bytes = sample();
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_system_state(Bytes(bytes).first(size))) << size;
  EXPECT_REFUSED(decode_system_state(with_appended(bytes, 0)), FormatErrc::trailing_bytes, bytes.size());
}

TEST(SystemStateCodec, RefusesAnotherVersion) {
  EXPECT_REFUSED(decode_system_state(with_byte(sample(), 0, 2)), FormatErrc::unknown_version, 0);
}

TEST(SystemStateCodec, RefusesCountsThatCannotBe) {
  const ByteVector bytes = sample();
  const std::size_t authorities_bytes = load_le<std::uint32_t>(bytes, authorities_at);
  const std::size_t resting_at = authorities_at + 4 + authorities_bytes;
  EXPECT_REFUSED(decode_system_state(with_le(bytes, authorities_at, UINT32_MAX)), FormatErrc::bad_count, authorities_at);
  EXPECT_REFUSED(decode_system_state(with_le(bytes, authorities_at + 4, std::uint16_t{0})), FormatErrc::bad_count,
                 authorities_at + 4);
  EXPECT_REFUSED(decode_system_state(with_le(bytes, resting_at, 5U)), FormatErrc::bad_count, resting_at);
  EXPECT_REFUSED(decode_system_state(with_byte(bytes, resting_at + 8, 2)), FormatErrc::unknown_flag, resting_at + 8);
  EXPECT_REFUSED(decode_system_state(with_le(bytes, resting_at + 9, 10'001U)), FormatErrc::bad_count, resting_at + 9);
  EXPECT_REFUSED(decode_system_state(with_le(bytes, resting_at + 9, 10'000U)), FormatErrc::truncated, bytes.size());
}

TEST(SystemStateCodec, RefusesListsOutOfOrder) {
  const auto refused_as = [](auto change) {
    const auto decoded = decode_changed(change);
    return decoded ? std::string_view("accepted") : to_string(decoded.error().code);
  };
  const std::string_view order = to_string(FormatErrc::not_ascending);
  EXPECT_EQ(refused_as([](SystemState& s) { std::swap(s.resting[0], s.resting[1]); }), order);
  EXPECT_EQ(refused_as([](SystemState& s) { s.participants[1] = s.participants[0]; }), order);
  EXPECT_EQ(refused_as([](SystemState& s) { std::swap(s.next_participants[0], s.next_participants[1]); }), order);
  EXPECT_EQ(refused_as([](SystemState& s) { s.waiting.push_back(s.waiting[0]); }), order);
  EXPECT_EQ(refused_as([](SystemState& s) { s.agreed.push_back(s.agreed[0]); }), order);
  EXPECT_EQ(refused_as([](SystemState& s) { s.evidence.push_back(s.evidence[0]); }), order);
  EXPECT_EQ(refused_as([](SystemState& s) { std::swap(s.past[0], s.past[1]); }), order);
}

TEST(SystemStateCodec, RefusesNumbersWithoutAMeaning) {
  const auto code = [](auto change) { return decode_changed(change).error().code; };
  EXPECT_EQ(code([](SystemState& s) { s.resting[1] = AuthorityIndex(4); }), FormatErrc::bad_count);
  EXPECT_EQ(code([](SystemState& s) { s.evidence[0].contradiction = Contradiction{0}; }), FormatErrc::unknown_kind);
  EXPECT_EQ(code([](SystemState& s) { s.evidence[0].contradiction = Contradiction{6}; }), FormatErrc::unknown_kind);
  EXPECT_EQ(code([](SystemState& s) { s.past[0].authorities.clear(); }), FormatErrc::bad_count);
}

}  // namespace
}  // namespace provchain::crypto::format
