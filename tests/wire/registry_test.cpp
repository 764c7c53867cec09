// SPDX-License-Identifier: Apache-2.0
#include "wire/registry.hpp"

#include "base/limits.hpp"
#include "tests/wire/support.hpp"
#include "wire/messages.hpp"

namespace provchain::wire {
namespace {

using namespace test;

TEST(Registry, FindsEveryKindAndNothingElse) {
  std::size_t found = 0;
  for (unsigned id = 0; id < 256; ++id) {
    const KindInfo* info = find_kind(static_cast<std::uint8_t>(id));
    if (info == nullptr) continue;
    ++found;
    EXPECT_EQ(static_cast<unsigned>(info->kind), id);
    EXPECT_NE(to_string(info->kind), "none");
    EXPECT_LT(id, 128U);
  }
  EXPECT_EQ(found, all_kinds().size());
  EXPECT_EQ(found, 22U);
  EXPECT_EQ(to_string(MessageKind{}), "none");
  EXPECT_EQ(to_string(PeerReason{}), "none");
}

TEST(Registry, CapsGrowWithTheBlockWhereAKindCarriesOne) {
  const std::size_t block = limits::block_bytes_max;
  EXPECT_EQ(payload_cap(info_of(MessageKind::proposal), block), block + 512 * 1024);
  EXPECT_EQ(payload_cap(info_of(MessageKind::batch), block), block + 512 * 1024);
  EXPECT_EQ(payload_cap(info_of(MessageKind::transactions), block), block);
  EXPECT_EQ(payload_cap(info_of(MessageKind::vote), block), 131U);
  EXPECT_GE(payload_cap(info_of(MessageKind::batch), 1024), limits::sync_batch_bytes_max);
}

TEST(Registry, EveryErrorHasANameAndABlame) {
  for (unsigned code = 0; code <= static_cast<unsigned>(Errc::bad_blocks); ++code) {
    EXPECT_FALSE(to_string(static_cast<Errc>(code)).empty());
    (void)blame(static_cast<Errc>(code));
  }
  EXPECT_EQ(blame(Errc::message_too_large), Blame::peer_limit);
  EXPECT_EQ(blame(Errc::not_verified), Blame::peer_malformed);
  EXPECT_EQ(blame(Errc::misaligned), Blame::local);
}

TEST(OutMessage, IsMadeForItsRole) {
  EXPECT_EQ(one_way(MessageKind::vote, SharedBytes()).corr, 0U);
  EXPECT_EQ(request(MessageKind::get_status, 5, SharedBytes()).corr, 5U);
  const OutMessage reply = answer(MessageKind::status, 5, SharedBytes());
  EXPECT_TRUE(reply.response);
  EXPECT_EQ(reply.corr, 5U);
}

TEST(OutMessageDeathTest, RefusesARoleTheKindDoesNotHave) {
  EXPECT_DEATH((void)one_way(MessageKind::status, SharedBytes()), "check failed");
  EXPECT_DEATH((void)answer(MessageKind::vote, 1, SharedBytes()), "check failed");
}

}  // namespace
}  // namespace provchain::wire
