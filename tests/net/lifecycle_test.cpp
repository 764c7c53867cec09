// SPDX-License-Identifier: Apache-2.0
// Starting, closing and stopping.
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include <fstream>
#include <optional>
#include <thread>

#include "tests/net/peer_fixture.hpp"
#include "wire/control_messages.hpp"

namespace provchain::net {
namespace {

struct Unstarted {
  MetricsRegistry metrics;
  Notifier notifier;
  crypto::WorkerPool pool{crypto::WorkerPoolOptions{.thread_count = 1}};
};

NetErrc start_error(NetworkOptions options) {
  Unstarted parts;
  Network network(std::move(options), parts.pool, parts.metrics, parts.notifier);
  const auto started = network.start();
  EXPECT_FALSE(started.has_value());
  return started ? NetErrc::system : started.error().errc;
}

TEST(Lifecycle, NamesAPortInUse) {
  TestNode node;
  for (const std::uint32_t reactors : {1U, 2U}) {
    NetworkOptions options = test_options();
    options.listen_port = node.port();
    options.reactor_count = reactors;
    EXPECT_EQ(start_error(std::move(options)), NetErrc::port_in_use) << reactors;
  }
}

// SO_REUSEPORT alone would let a second node of the same user share the port without a word.
TEST(Lifecycle, NamesAPortInUseByANodeWithSeveralReactors) {
  NetworkOptions first = test_options();
  first.reactor_count = 2;
  TestNode node(std::move(first));
  NetworkOptions second = test_options();
  second.listen_port = node.port();
  second.reactor_count = 2;
  EXPECT_EQ(start_error(std::move(second)), NetErrc::port_in_use);
}

TEST(Lifecycle, NamesABadListenAddress) {
  NetworkOptions not_literal = test_options();
  not_literal.listen_address = "localhost";
  EXPECT_EQ(start_error(std::move(not_literal)), NetErrc::bad_listen_address);
  NetworkOptions foreign = test_options();
  foreign.listen_address = "192.0.2.77";
  EXPECT_EQ(start_error(std::move(foreign)), NetErrc::bad_listen_address);
}

// On a thread of its own, which gives up the right to low ports first; the threads of the other tests keep theirs.
TEST(Lifecycle, NamesAPortItMayNotUse) {
  std::ifstream setting("/proc/sys/net/ipv4/ip_unprivileged_port_start");
  if (int first_free = 0; !(setting >> first_free) || first_free <= 1) GTEST_SKIP() << "this system has no privileged ports";
  std::optional<NetErrc> error;
  std::thread([&error] {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3]{};
    ASSERT_EQ(::syscall(SYS_capset, &header, none), 0);
    NetworkOptions options = test_options();
    options.listen_port = 1;
    error = start_error(std::move(options));
  }).join();
  EXPECT_EQ(error, NetErrc::permission_denied);
}

TEST(Lifecycle, NamesAnythingElseByTheSystemsCode) {
  NetworkOptions options = test_options();
  options.listen_address = "fe80::1";  // of a link, without saying which
  Unstarted parts;
  Network network(std::move(options), parts.pool, parts.metrics, parts.notifier);
  const auto started = network.start();
  ASSERT_FALSE(started.has_value());
  if (started.error().code == UV_EAFNOSUPPORT || started.error().code == UV_EADDRNOTAVAIL)
    GTEST_SKIP() << "this system has no IPv6";
  EXPECT_EQ(started.error().errc, NetErrc::system);
  EXPECT_EQ(started.error().code, UV_EINVAL);
}

TEST(Lifecycle, DialsWithoutListening) {
  NetworkOptions options = test_options();
  options.listen = false;
  Pair pair(std::move(options), test_options());
  EXPECT_TRUE(pair.connected());
  EXPECT_EQ(pair.dialer.port(), 0U);
}

TEST(Lifecycle, CanBeDestroyedWithoutStart) {
  Unstarted parts;
  const Network network(test_options(), parts.pool, parts.metrics, parts.notifier);
  EXPECT_EQ(network.port(), 0U);
}

TEST(Lifecycle, CloseWithoutReasonEndsBothSides) {
  Pair pair;
  ASSERT_TRUE(pair.connected());
  pair.dialer.network->close(pair.at_dialer->conn);
  const auto here = pair.dialer.await<Closed>();
  const auto there = pair.listener.await<Closed>();
  ASSERT_TRUE(here.has_value() && there.has_value());
  EXPECT_EQ(here->conn, pair.at_dialer->conn);
  EXPECT_EQ(here->reason, CloseReason::requested);
  EXPECT_EQ(there->reason, CloseReason::ended_by_peer);
}

TEST(Lifecycle, CloseWithReasonTellsThePeerBehindWhatItIsOwed) {
  Pair pair;
  ASSERT_TRUE(pair.connected());
  ASSERT_EQ(pair.dialer.network->send(pair.at_dialer->conn, certificate(pattern(5'000, 1))), SendStatus::queued);
  // Traffic the other way is under way, unread, when the connection closes: it must not cost the peer the Disconnect.
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(pair.listener.network->send(pair.at_listener->conn, bulk(pattern(50'000, 1))), SendStatus::queued);
  }
  pair.dialer.network->close(pair.at_dialer->conn, wire::PeerReason::duplicate, 1'234);
  EXPECT_EQ(pair.dialer.network->send(pair.at_dialer->conn, certificate(pattern(1, 1))), SendStatus::not_connected);
  const auto owed = pair.listener.await<Message>();
  ASSERT_TRUE(owed.has_value());
  EXPECT_EQ(owed->message.kind, wire::MessageKind::certificate);
  const auto last = pair.listener.await<Message>();
  ASSERT_TRUE(last.has_value());
  ASSERT_EQ(last->message.kind, wire::MessageKind::disconnect);
  const auto notice = wire::parse_disconnect(last->message.payload.view());
  ASSERT_TRUE(notice.has_value());
  EXPECT_EQ(notice->reason, wire::PeerReason::duplicate);
  EXPECT_EQ(notice->retry_after_ms, 1'234U);
  EXPECT_TRUE(pair.listener.await<Closed>().has_value());
  const auto here = pair.dialer.await<Closed>();
  ASSERT_TRUE(here.has_value());
  EXPECT_EQ(here->reason, CloseReason::requested);
}

TEST(Lifecycle, StopSaysShutdownToPeers) {
  Pair pair;
  ASSERT_TRUE(pair.connected());
  pair.dialer.network->stop();
  const auto last = pair.listener.await<Message>();
  ASSERT_TRUE(last.has_value());
  ASSERT_EQ(last->message.kind, wire::MessageKind::disconnect);
  EXPECT_EQ(wire::parse_disconnect(last->message.payload.view())->reason, wire::PeerReason::shutdown);
  EXPECT_TRUE(pair.listener.await<Closed>().has_value());
  pair.dialer.network->join();
}

TEST(Lifecycle, StopsWhileEverythingIsBusy) {
  NetworkOptions options = test_options();
  options.reactor_count = 2;
  options.limits.event_ring_slots = 64;
  TestNode listener(std::move(options));
  NetworkOptions dialer_options = test_options();
  dialer_options.reactor_count = 2;
  TestNode dialer(std::move(dialer_options));
  std::vector<ConnId> conns;
  for (std::uint32_t i = 0; i < 8; ++i) ASSERT_TRUE(dialer.network->dial(i, "127.0.0.1", listener.port(), listener.id()));
  for (int i = 0; i < 8; ++i) {
    const auto connected = dialer.await<Connected>();
    ASSERT_TRUE(connected.has_value());
    conns.push_back(connected->conn);
  }
  const SharedBytes payload = pattern(100'000, 1);
  for (int round = 0; round < 40; ++round)
    for (const ConnId conn : conns) (void)dialer.network->send(conn, bulk(payload));
  for (std::uint32_t i = 0; i < 20; ++i) (void)dialer.network->dial(100 + i, "127.0.0.1", listener.port(), listener.id());
  listener.network->stop();
  dialer.network->stop();
  dialer.network->join();
  listener.network->join();
  EXPECT_EQ(dialer.counted("provchain_net_connections"), 0U);
  EXPECT_EQ(listener.counted("provchain_net_connections"), 0U);
}

}  // namespace
}  // namespace provchain::net
