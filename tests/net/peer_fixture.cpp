// SPDX-License-Identifier: Apache-2.0
#include "tests/net/peer_fixture.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/limits.hpp"
#include "wire/messages.hpp"

namespace provchain::net {

NetworkId test_network(std::uint8_t fill) {
  NetworkId id;
  id.bytes.fill(fill);
  return id;
}

SharedBytes pattern(std::size_t count, std::uint64_t seed) {
  SharedBytes bytes = SharedBytes::of_size(count);
  std::uint64_t state = seed * 0x9E3779B97F4A7C15U + 1;
  for (std::uint8_t& byte : bytes.writable()) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    byte = static_cast<std::uint8_t>(state >> 56);
  }
  return bytes;
}

wire::OutMessage certificate(SharedBytes payload) { return wire::one_way(wire::MessageKind::certificate, std::move(payload)); }
wire::OutMessage gossip(SharedBytes payload) { return wire::one_way(wire::MessageKind::certificates, std::move(payload)); }
wire::OutMessage bulk(SharedBytes payload) { return wire::answer(wire::MessageKind::batch, 1, std::move(payload)); }

NetworkOptions test_options(std::uint8_t network_fill) {
  static const bool ready = crypto::init();
  EXPECT_TRUE(ready);
  NetworkOptions options;
  options.network_id = test_network(network_fill);
  options.node_key = crypto::generate_key_pair();
  options.reactor_count = 1;
  options.timeouts.farewell = Duration::millis(500);
  return options;
}

TestNode::TestNode(NetworkOptions options) : id_(NodeId::load(options.node_key.public_key.view())) {
  network = std::make_unique<Network>(std::move(options), pool, metrics, notifier);
  const auto started = network->start();
  EXPECT_TRUE(started.has_value());
}

bool TestNode::next_event(Event& event, MonoTime deadline) {
  while (!network->poll(event)) {
    if (!notifier.wait_until(deadline)) return network->poll(event);
  }
  return true;
}

bool TestNode::run_until(const std::function<bool()>& done, const std::function<void(Event&)>& on_event) {
  while (!kept_.empty()) {
    Event event = std::move(kept_.front());
    kept_.pop_front();
    on_event(event);
  }
  const MonoTime deadline = steady_now() + kPatience;
  while (!done()) {
    Event event;
    if (!next_event(event, deadline)) return false;
    on_event(event);
  }
  return true;
}

std::uint64_t TestNode::counted(const std::string& series) const {
  const std::string text = '\n' + metrics.text();
  const std::size_t at = text.find('\n' + series + ' ');
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + series.size() + 2, nullptr, 10);
}

Pair::Pair(NetworkOptions dialer_options, NetworkOptions listener_options)
    : dialer(std::move(dialer_options)), listener(std::move(listener_options)) {
  EXPECT_TRUE(dialer.network->dial(7, "127.0.0.1", listener.port(), listener.id()));
  at_dialer = dialer.await<Connected>();
  at_listener = listener.await<Connected>();
}

RawPeer::RawPeer(std::uint16_t port) : key_(crypto::generate_key_pair()), static_key_(crypto::generate_noise_static_key()) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{.tv_sec = kPatience.us / 1'000'000, .tv_usec = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) end();
}

RawPeer::~RawPeer() { end(); }

void RawPeer::end() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

bool RawPeer::send(Bytes bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawPeer::receive(MutBytes bytes) const {
  while (!bytes.empty()) {
    const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

bool RawPeer::is_closed_by_peer() const {
  std::array<std::uint8_t, 4096> dropped;
  while (true) {
    const ssize_t got = ::recv(fd_, dropped.data(), dropped.size(), 0);
    if (got > 0) continue;
    return got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
  }
}

bool RawPeer::shake_hands(NetworkId network, std::uint16_t version) {
  const crypto::HandshakeIdentity identity{.network_id = network,
                                           .node_key = &key_,
                                           .static_key = &static_key_,
                                           .conn_nonce = 99,
                                           .version_min = version,
                                           .version_max = version};
  crypto::Handshake handshake = crypto::Handshake::initiator(identity, std::nullopt);
  std::array<std::uint8_t, crypto::handshake_message_bytes_max> message;
  while (!handshake.is_complete()) {
    if (handshake.is_step_due()) {
      const auto written = handshake.step(message);
      if (!written || !send(Bytes(message).first(*written))) return false;
      continue;
    }
    const MutBytes wanted = MutBytes(message).first(handshake.bytes_wanted());
    if (!receive(wanted) || !handshake.feed(wanted)) return false;
  }
  crypto::NoiseTransport transport = handshake.transport();
  cipher_.emplace(std::move(transport.send));
  decoder_.emplace(std::move(transport.receive), limits::block_bytes_default, memory_);
  return true;
}

ByteVector RawPeer::seal_record(wire::record::FrameHeader header, Bytes payload) {
  ByteVector bytes(wire::record::bytes_around(payload.size()));
  const std::size_t clen = bytes.size() - wire::record::length_bytes;
  bytes[0] = static_cast<std::uint8_t>(clen >> 8);
  bytes[1] = static_cast<std::uint8_t>(clen);
  header.pad = static_cast<std::uint8_t>(bytes.size() - wire::record::overhead_bytes - payload.size());
  const MutBytes body = MutBytes(bytes).subspan(wire::record::length_bytes, clen - wire::record::tag_bytes);
  wire::record::store_frame_header(body, header);
  std::copy(payload.begin(), payload.end(), body.begin() + wire::record::frame_header_bytes);
  EXPECT_TRUE(cipher_->seal(body, MutBytes(bytes).last(wire::record::tag_bytes)).has_value());
  return bytes;
}

ByteVector RawPeer::seal(const wire::OutMessage& message) {
  const wire::KindInfo& info = wire::info_of(message.kind);
  return seal_record({.type = static_cast<std::uint8_t>(message.kind),
                      .flags = message.response ? wire::record::flag_response : std::uint8_t{0},
                      .message_class = static_cast<std::uint8_t>(info.message_class),
                      .message_bytes = static_cast<std::uint32_t>(message.payload.size()),
                      .corr = message.corr},
                     message.payload.view());
}

std::optional<wire::InMessage> RawPeer::await_message() {
  while (true) {
    auto decoded = decoder_->next(steady_now());
    if (!decoded) return std::nullopt;
    if (auto* message = std::get_if<wire::InMessage>(&*decoded)) return std::move(*message);
    const MutBytes space = decoder_->space();
    const ssize_t got = ::recv(fd_, space.data(), space.size(), 0);
    if (got <= 0) return std::nullopt;
    decoder_->advance(static_cast<std::size_t>(got), steady_now());
  }
}

}  // namespace provchain::net
