// SPDX-License-Identifier: Apache-2.0
#include "wire/epoch_messages.hpp"

#include "tests/golden/golden.hpp"
#include "tests/wire/support.hpp"
#include "wire/byte_list.hpp"
#include "wire/registry.hpp"

namespace provchain::wire {
namespace {

using namespace test;
using crypto::format::EpochEndView;

// Owns what the views of one epoch show.
struct EpochSample {
  ByteVector header, certificate, next_authorities;
  [[nodiscard]] EpochEndView view() const { return {header, certificate, next_authorities}; }
};

SharedBytes list_of(const std::vector<ByteVector>& strings) {
  ByteVector out;
  for (const ByteVector& string : strings) append_byte_string(out, string);
  return SharedBytes::copy_of(out);
}

TEST(GetEpochs, RoundTripsAndIsFrozen) {
  const GetEpochs request{Epoch(3), 32};
  const SharedBytes payload = build_get_epochs(request);
  EXPECT_EQ(parse_get_epochs(payload.view()).value(), request);
  golden::expect_frozen("wire_get_epochs", payload.view());
}

TEST(GetEpochs, RefusesNoneTooManyAndOtherLengths) {
  EXPECT_EQ(refusal(parse_get_epochs(build_get_epochs({Epoch(0), 0}).view())), "bad_count");
  EXPECT_EQ(refusal(parse_get_epochs(build_get_epochs({Epoch(0), 33}).view())), "bad_count");
  EXPECT_EQ(refusal(parse_get_epochs(build_get_epochs({Epoch(0), 1}).view().first(11))), "truncated");
  EXPECT_EQ(refusal(parse_get_epochs(with_tail(build_get_epochs({Epoch(0), 1}), 1).view())), "trailing_bytes");
}

TEST(Epochs, ComeBackAsTheyWereBuiltAndAreFrozen) {
  const EpochSample first{filled(336, 1), filled(261, 2), filled(40, 3)};
  const EpochSample second{filled(336, 4), filled(261, 5), filled(70, 6)};
  const SharedBytes payload = build_epochs({first.view(), second.view()});
  const auto epochs = parse_epochs(payload.view());
  ASSERT_TRUE(epochs);
  ASSERT_EQ(epochs->size(), 2U);
  EXPECT_TRUE(equal((*epochs)[1].header, second.header));
  EXPECT_TRUE(equal((*epochs)[1].certificate, second.certificate));
  EXPECT_TRUE(equal((*epochs)[1].next_authorities, second.next_authorities));
  EXPECT_TRUE(equal((*epochs)[0].next_authorities, first.next_authorities));
  golden::expect_frozen("wire_epochs", payload.view());
}

TEST(Epochs, RefusesAListThatIsNoneOfWholeEpochs) {
  const ByteVector header = filled(336, 1);
  const ByteVector rest = filled(100, 2);
  EXPECT_EQ(refusal(parse_epochs({})), "bad_count");
  EXPECT_EQ(refusal(parse_epochs(list_of({header, rest}).view())), "bad_count");
  EXPECT_EQ(refusal(parse_epochs(list_of({header, rest, rest, header}).view())), "bad_count");
  EXPECT_EQ(refusal(parse_epochs(list_of({filled(335, 1), rest, rest}).view())), "bad_length");
  EXPECT_EQ(refusal(parse_epochs(list_of({header, filled(8'193, 1), rest}).view())), "bad_length");
  EXPECT_EQ(refusal(parse_epochs(list_of({header, rest, filled(30'000, 1)}).view())), "bad_length");
  EXPECT_EQ(refusal(parse_epochs(list_of({header, {}, rest}).view())), "bad_length");
  const SharedBytes whole = list_of({header, rest, rest});
  EXPECT_EQ(refusal(parse_epochs(whole.view().first(whole.size() - 1))), "truncated");
  std::vector<ByteVector> many;
  for (int i = 0; i < 33; ++i) many.insert(many.end(), {header, rest, rest});
  EXPECT_EQ(refusal(parse_epochs(list_of(many).view())), "bad_count");
}

TEST(Epochs, AMessageHoldsTheLargestAndAsManyAsFit) {
  const EpochSample largest{filled(336, 1), filled(8'192, 2), filled(28'802, 3)};
  const EpochSample small{filled(336, 1), filled(261, 2), filled(40, 3)};
  const std::vector<EpochEndView> large(40, largest.view());
  const std::size_t fitting = epochs_prefix(large);
  EXPECT_EQ(fitting, 14U);
  const SharedBytes payload = build_epochs({large.begin(), large.begin() + static_cast<std::ptrdiff_t>(fitting)});
  EXPECT_LE(payload.size(), info_of(MessageKind::epochs).bytes_max);
  EXPECT_TRUE(parse_epochs(payload.view()));
  EXPECT_EQ(epochs_prefix(std::vector<EpochEndView>(40, small.view())), epochs_per_message_max);
  EXPECT_EQ(epochs_prefix({}), 0U);
}

}  // namespace
}  // namespace provchain::wire
