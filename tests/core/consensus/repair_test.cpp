// SPDX-License-Identifier: Apache-2.0
// Certificates that a node lacks among those it holds, and more of them than a proposal carries.
#include <gtest/gtest.h>

#include "tests/core/consensus/cluster.hpp"
#include "wire/messages.hpp"

namespace provchain::core::consensus::test {
namespace {

// Every NULLIFY covers its own view only, so that each skipped view has a certificate of its own.
ClusterOptions view_by_view(std::size_t nodes) {
  ClusterOptions options = quick(nodes);
  for (std::size_t i = 0; i < nodes; ++i) options.plain_nullify.insert(i);
  return options;
}

// The view of a NULLIFY certificate; absent for all other messages.
std::optional<View> skipped_by(const wire::OutMessage& message, std::uint16_t authorities) {
  if (message.kind != wire::MessageKind::certificate) return std::nullopt;
  const auto certificate = crypto::format::decode_certificate(message.payload.view(), authorities);
  if (!certificate || certificate->kind != crypto::format::VoteKind::nullify) return std::nullopt;
  return certificate->view;
}

TEST(Repair, AsksForTheSkipsItLacksBelowItsView) {
  constexpr std::size_t deaf = 3;
  const View gap_top(3);
  Cluster cluster(view_by_view(4));
  std::size_t asked = 0;
  cluster.set_adversary([&](std::size_t from, std::size_t to, wire::OutMessage& message) {
    if (from == deaf && message.kind == wire::MessageKind::get_certificates) {
      const auto get = wire::parse_get_certificates(message.payload.view());
      EXPECT_TRUE(get.has_value());
      const bool is_beyond = cluster.at(deaf).view() > gap_top.next();
      for (const wire::CertificateKey& key : get->keys)
        asked += is_beyond && key.kind == crypto::format::VoteKind::nullify && key.view <= gap_top ? 1 : 0;
    }
    if (message.kind == wire::MessageKind::proposal) return asked > 0;  // it would bring the skips along
    if (to != deaf) return true;
    const auto skipped = skipped_by(message, 4);
    if (skipped) return *skipped > gap_top;
    const bool would_help = message.kind == wire::MessageKind::vote || message.kind == wire::MessageKind::certificates;
    return !would_help || asked > 0;
  });
  cluster.submit();
  ASSERT_TRUE(cluster.run_until([&] { return asked > 0; }, Duration::seconds(60))) << cluster.describe();
  // From now on nothing becomes final without it.
  cluster.crash(cluster.leader_of(cluster.max_view()) == 0 ? 1 : 0);
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(120))) << cluster.describe();
  EXPECT_SOUND(cluster);
}

TEST(Repair, SendsTheSkipsThatAProposalHasNoRoomForAheadOfIt) {
  const View enough(limits::skip_certificates_per_proposal_max + 6);
  ClusterOptions options = view_by_view(4);
  options.timing.delta_max = Duration::seconds(1);
  Cluster cluster(options);
  bool are_heard = false;
  std::map<std::size_t, std::size_t> ahead;  // by receiver: skips since the node's latest other message
  std::optional<std::size_t> overflow;
  cluster.set_adversary([&](std::size_t, std::size_t to, wire::OutMessage& message) {
    if (skipped_by(message, 4)) {
      ++ahead[to];
      return true;
    }
    const std::size_t before = std::exchange(ahead[to], 0);
    if (message.kind != wire::MessageKind::proposal) return true;
    if (are_heard && !overflow) overflow = before;
    return are_heard;
  });
  cluster.submit();
  ASSERT_TRUE(cluster.run_until([&] { return cluster.max_view() > enough; }, Duration::seconds(600))) << cluster.describe();
  are_heard = true;
  ASSERT_TRUE(cluster.run_until([&] { return cluster.all_final(); }, Duration::seconds(600))) << cluster.describe();
  ASSERT_TRUE(overflow.has_value());
  EXPECT_GE(*overflow, 6U);
  EXPECT_SOUND(cluster);
}

}  // namespace
}  // namespace provchain::core::consensus::test
