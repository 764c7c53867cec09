// SPDX-License-Identifier: Apache-2.0
#include "engine/core/roster.hpp"

#include <gtest/gtest.h>

#include "engine/core/counters.hpp"
#include "engine/core/ticket.hpp"

namespace provchain::core {
namespace {

TEST(Roster, NamesReadyConnectionsInOrder) {
  Roster roster;
  roster.add(ConnId{7});
  roster.add(ConnId{3});
  roster.add(ConnId{7});
  ASSERT_EQ(roster.ready().size(), 2U);
  EXPECT_EQ(roster.ready()[0], ConnId{3});
  EXPECT_TRUE(roster.is_ready(ConnId{7}));
  roster.remove(ConnId{3});
  roster.remove(ConnId{9});
  EXPECT_EQ(roster.ready().size(), 1U);
}

TEST(Roster, TheNewestAttestedConnectionSpeaksForAnAuthority) {
  Roster roster;
  roster.add(ConnId{1});
  roster.add(ConnId{2});
  roster.attest(ConnId{1}, AuthorityIndex{3});
  roster.attest(ConnId{2}, AuthorityIndex{3});
  EXPECT_EQ(roster.conn_of(AuthorityIndex{3}), ConnId{2});
  EXPECT_EQ(roster.authority_of(ConnId{1}), std::nullopt);
  roster.remove(ConnId{2});
  EXPECT_EQ(roster.conn_of(AuthorityIndex{3}), std::nullopt);
}

TEST(Roster, AuthoritiesComeInTheirOrder) {
  Roster roster;
  for (const std::uint64_t conn : {1U, 2U, 3U}) roster.add(ConnId{conn});
  roster.attest(ConnId{1}, AuthorityIndex{5});
  roster.attest(ConnId{3}, AuthorityIndex{0});
  EXPECT_EQ(roster.authorities(), (std::vector{ConnId{3}, ConnId{1}}));
  EXPECT_EQ(roster.authority_of(ConnId{1}), AuthorityIndex{5});
  EXPECT_EQ(roster.conn_of(AuthorityIndex{1}), std::nullopt);
}

TEST(TicketSource, NamesItsOwnerAndNeverRepeats) {
  TicketSource tickets(owner::sync);
  const Ticket first = tickets.next();
  EXPECT_EQ(TicketSource::owner_of(first), owner::sync);
  EXPECT_NE(tickets.next(), first);
  CorrelationSource correlations(owner::consensus);
  const std::uint32_t corr = correlations.next();
  EXPECT_NE(corr, 0U);
  EXPECT_EQ(CorrelationSource::owner_of(corr), owner::consensus);
  EXPECT_NE(correlations.next(), corr);
}

TEST(Counters, SampleEveryCounterUnderItsName) {
  Counters counters;
  counters.count(Counter::dials, 3);
  counters.count(crypto::format::TxReject::blank_node);
  counters.count(wire::PeerReason::flood);
  std::size_t seen = 0;
  for (const CounterSample& sample : counters.samples()) {
    EXPECT_FALSE(sample.name.empty());
    if (sample.value != 0) ++seen;
  }
  EXPECT_EQ(seen, 3U);
  EXPECT_EQ(counters.value(Counter::dials), 3U);
}

}  // namespace
}  // namespace provchain::core
