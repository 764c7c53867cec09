// SPDX-License-Identifier: Apache-2.0
// Dials that do not lead to a connection, each with its reason, and those that do.
#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "tests/net/peer_fixture.hpp"

namespace provchain::net {
namespace {

// A loopback port: reserved and, when asked for, listened on with a backlog that nobody accepts from.
class BoundSocket {
 public:
  explicit BoundSocket(bool listening, int backlog = 16) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), bytes), 0);
    if (listening) {
      EXPECT_EQ(::listen(fd_, backlog), 0);
    }
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &bytes), 0);
    port_ = ntohs(address.sin_port);
  }
  ~BoundSocket() { ::close(fd_); }
  BoundSocket(const BoundSocket&) = delete;
  BoundSocket& operator=(const BoundSocket&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

CloseReason failure_of_dial(TestNode& node, const std::string& host, std::uint16_t port,
                            std::optional<NodeId> expected = std::nullopt) {
  EXPECT_TRUE(node.network->dial(3, host, port, expected));
  const auto failed = node.await<DialFailed>();
  EXPECT_TRUE(failed.has_value());
  if (!failed) return CloseReason::stopped;
  EXPECT_EQ(failed->dial, 3U);
  return failed->reason;
}

TEST(Dial, ReachesAHostByName) {
  TestNode dialer;
  TestNode listener;
  ASSERT_TRUE(dialer.network->dial(1, "localhost", listener.port(), std::nullopt));
  EXPECT_TRUE(dialer.await<Connected>().has_value());
}

TEST(Dial, SaysRefusedWhenNobodyListens) {
  const BoundSocket reserved(false);
  TestNode node;
  EXPECT_EQ(failure_of_dial(node, "127.0.0.1", reserved.port()), CloseReason::refused);
}

TEST(Dial, SaysResolveFailedForANameWithoutAddress) {
  TestNode node;
  EXPECT_EQ(failure_of_dial(node, "no-such-host.invalid", 1), CloseReason::resolve_failed);
}

// Linux drops the first packet of a connect for which the backlog has no room, as a host that is down would.
TEST(Dial, SaysConnectTimeoutWhenNothingAnswers) {
  const BoundSocket full(true, 0);
  const RawPeer in_backlog(full.port());
  ASSERT_TRUE(in_backlog.is_connected());
  NetworkOptions options = test_options();
  options.timeouts.connect = Duration::millis(100);
  TestNode node(std::move(options));
  EXPECT_EQ(failure_of_dial(node, "127.0.0.1", full.port()), CloseReason::connect_timeout);
}

TEST(Dial, SaysHandshakeTimeoutWhenTheOtherEndIsSilent) {
  const BoundSocket silent(true);
  NetworkOptions options = test_options();
  options.timeouts.handshake = Duration::millis(100);
  TestNode node(std::move(options));
  EXPECT_EQ(failure_of_dial(node, "127.0.0.1", silent.port()), CloseReason::handshake_timeout);
  EXPECT_EQ(node.counted("provchain_net_handshakes_failed_total{reason=\"handshake_timeout\"}"), 1U);
}

TEST(Dial, SaysWrongNodeAndDoesNotRevealItself) {
  TestNode dialer;
  TestNode listener;
  TestNode third;
  EXPECT_EQ(failure_of_dial(dialer, "127.0.0.1", listener.port(), third.id()), CloseReason::wrong_node);
  // The listener never saw message 3, so it never learnt a name: its handshake ended unfinished.
  ASSERT_TRUE(dialer.network->dial(4, "127.0.0.1", listener.port(), listener.id()));
  ASSERT_TRUE(listener.await<Connected>().has_value());
  EXPECT_EQ(listener.counted("provchain_net_handshakes_total{direction=\"inbound\"}"), 1U);
}

TEST(Dial, EndsWithinTheHandshakeBetweenTwoNetworks) {
  TestNode ours(test_options(0x11));
  TestNode theirs(test_options(0x22));
  EXPECT_EQ(failure_of_dial(ours, "127.0.0.1", theirs.port()), CloseReason::connection_lost);
  EXPECT_EQ(theirs.counted("provchain_net_handshakes_failed_total{reason=\"wrong_network\"}"), 1U);
}

// The same first eight bytes, so that the preamble passes and only the prologue differs: message 2 must not authenticate.
TEST(Dial, FailsAtMessageTwoWhenOnlyTheEndOfTheNetworkIdDiffers) {
  NetworkOptions other = test_options();
  other.network_id.bytes[31] ^= 1;
  TestNode ours;
  TestNode theirs(std::move(other));
  EXPECT_EQ(failure_of_dial(ours, "127.0.0.1", theirs.port()), CloseReason::handshake_failed);
}

TEST(Dial, RecognisesItself) {
  TestNode node;
  EXPECT_EQ(failure_of_dial(node, "127.0.0.1", node.port()), CloseReason::self);
}

TEST(Dial, FailsAtTheCapOfConnections) {
  NetworkOptions options = test_options();
  options.limits.connections_max = 1;
  TestNode dialer(std::move(options));
  TestNode listener;
  ASSERT_TRUE(dialer.network->dial(1, "127.0.0.1", listener.port(), std::nullopt));
  ASSERT_TRUE(dialer.await<Connected>().has_value());
  EXPECT_EQ(failure_of_dial(dialer, "127.0.0.1", listener.port()), CloseReason::too_many_connections);
}

TEST(Dial, ConnectsManyNodesToOneWithSeveralReactors) {
  constexpr std::uint32_t kDials = 40;
  NetworkOptions options = test_options();
  options.reactor_count = 3;
  TestNode listener(std::move(options));
  NetworkOptions dialer_options = test_options();
  dialer_options.reactor_count = 2;
  TestNode dialer(std::move(dialer_options));
  std::vector<bool> answered(kDials, false);
  for (std::uint32_t i = 0; i < kDials; ++i) ASSERT_TRUE(dialer.network->dial(i, "127.0.0.1", listener.port(), listener.id()));
  for (std::uint32_t i = 0; i < kDials; ++i) {
    const auto connected = dialer.await<Connected>();
    ASSERT_TRUE(connected.has_value());
    EXPECT_FALSE(answered[connected->dial]);
    answered[connected->dial] = true;
    ASSERT_EQ(dialer.network->send(connected->conn, certificate(pattern(50, connected->dial))), SendStatus::queued);
  }
  for (std::uint32_t i = 0; i < kDials; ++i) EXPECT_TRUE(listener.await<Message>().has_value());
}

}  // namespace
}  // namespace provchain::net
