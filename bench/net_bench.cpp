// SPDX-License-Identifier: Apache-2.0
// Encrypted messages over one loopback connection, beside what bounds them in the same run: sealing and opening records on one
// core, and plain bytes through a loopback socket. Parameter: payload bytes of a message.
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "base/check.hpp"
#include "base/metrics.hpp"
#include "base/notifier.hpp"
#include "crypto/record_cipher.hpp"
#include "crypto/worker_pool.hpp"
#include "engine/net/network.hpp"
#include "wire/messages.hpp"

namespace provchain {
namespace {

constexpr std::size_t kMessagesPerRound = 4'096;

constexpr Duration kPatience = Duration::seconds(60);

MonoTime in(Duration time) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return MonoTime{std::chrono::duration_cast<std::chrono::microseconds>(now).count()} + time;
}

SharedBytes payload_of(std::size_t size) {
  SharedBytes payload = SharedBytes::of_size(size);
  std::uint8_t value = 0;
  for (std::uint8_t& byte : payload.writable()) byte = value++;
  return payload;
}

// As many messages a round as keep a round at about 16 MiB.
std::size_t messages_per_round(std::size_t size) {
  return std::max<std::size_t>(1, std::min(kMessagesPerRound, (16U << 20) / size));
}

void report(benchmark::State& state, std::size_t size) {
  const auto messages = static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(messages_per_round(size));
  state.SetItemsProcessed(messages);
  state.SetBytesProcessed(messages * static_cast<std::int64_t>(size));
}

void bench_cipher(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  crypto::RecordCipher sender{crypto::WipedBytes<32>()};
  crypto::RecordCipher receiver{crypto::WipedBytes<32>()};
  ByteVector body = to_vector(payload_of(size).view());
  std::array<std::uint8_t, crypto::record_tag_bytes> tag;
  for (auto _ : state) {
    for (std::size_t i = 0; i < messages_per_round(size); ++i) {
      PVC_CHECK(sender.seal(body, tag).has_value());
      PVC_CHECK(receiver.open(body, tag).has_value());
    }
  }
  PVC_CHECK(equal(body, payload_of(size).view()));
  report(state, size);
}

// Two connected loopback sockets.
struct SocketPair {
  SocketPair() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof address;
    PVC_CHECK(::bind(listener, reinterpret_cast<sockaddr*>(&address), bytes) == 0 && ::listen(listener, 1) == 0);
    PVC_CHECK(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &bytes) == 0);
    sender = ::socket(AF_INET, SOCK_STREAM, 0);
    PVC_CHECK(::connect(sender, reinterpret_cast<sockaddr*>(&address), bytes) == 0);
    receiver = ::accept(listener, nullptr, nullptr);
    ::close(listener);
  }
  int sender = -1;
  int receiver = -1;
};

// Writes of up to 64 KiB, so that many small messages share one, as they do in the product.
void bench_socket(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::size_t round_bytes = size * messages_per_round(size);
  SocketPair sockets;
  std::atomic<std::uint64_t> received = 0;
  std::thread reader([&] {
    std::vector<std::uint8_t> buffer(131'072);
    for (ssize_t got; (got = ::recv(sockets.receiver, buffer.data(), buffer.size(), 0)) > 0;) {
      received.fetch_add(static_cast<std::uint64_t>(got));
      received.notify_one();
    }
  });
  const std::vector<std::uint8_t> chunk(65'536);
  std::uint64_t sent = 0;
  for (auto _ : state) {
    for (std::size_t left = round_bytes; left > 0;) {
      const ssize_t count = ::send(sockets.sender, chunk.data(), std::min(left, chunk.size()), MSG_NOSIGNAL);
      PVC_CHECK(count > 0);
      left -= static_cast<std::size_t>(count);
      sent += static_cast<std::uint64_t>(count);
    }
    for (std::uint64_t seen = received.load(); seen != sent; seen = received.load()) received.wait(seen);
  }
  ::close(sockets.sender);
  reader.join();
  ::close(sockets.receiver);
  report(state, size);
}

struct Node {
  Node() {
    net::NetworkOptions options;
    options.node_key = crypto::generate_key_pair();
    options.reactor_count = 1;
    id = NodeId::load(options.node_key.public_key.view());
    network = std::make_unique<net::Network>(std::move(options), pool, metrics, notifier);
    PVC_CHECK(network->start().has_value());
  }
  net::Event next() {
    net::Event event;
    while (!network->poll(event)) PVC_CHECK(notifier.wait_until(in(kPatience)));
    return event;
  }
  MetricsRegistry metrics;
  Notifier notifier;
  crypto::WorkerPool pool{crypto::WorkerPoolOptions{}};
  NodeId id;
  std::unique_ptr<net::Network> network;
};

void bench_network(benchmark::State& state) {
  PVC_CHECK(crypto::init());
  const auto size = static_cast<std::size_t>(state.range(0));
  Node sender;
  Node receiver;
  PVC_CHECK(sender.network->dial(1, "127.0.0.1", receiver.network->port(), receiver.id));
  const ConnId conn = std::get<net::Connected>(sender.next()).conn;
  (void)std::get<net::Connected>(receiver.next());
  const wire::OutMessage message = wire::answer(wire::MessageKind::batch, 1, payload_of(size));
  PVC_CHECK(sender.network->send(conn, message) == net::SendStatus::queued);
  PVC_CHECK(equal(std::get<net::Message>(receiver.next()).message.payload.view(), message.payload.view()));
  for (auto _ : state) {
    std::size_t sent = 0;
    for (std::size_t received = 0; received < messages_per_round(size);) {
      while (sent < messages_per_round(size) && sender.network->send(conn, message) == net::SendStatus::queued) ++sent;
      for (net::Event event; receiver.network->poll(event);) ++received;
      if (received == messages_per_round(size)) break;
      // The sender's room comes back without an event of its own, so the wait is short while there is more to send.
      const bool all_sent = sent == messages_per_round(size);
      (void)receiver.notifier.wait_until(in(all_sent ? kPatience : Duration::millis(1)));
    }
  }
  report(state, size);
}

BENCHMARK(bench_socket)->Name("net::plain_socket/bytes")->Arg(128)->Arg(1'024)->Arg(65'536)->UseRealTime();
BENCHMARK(bench_cipher)->Name("net::seal_and_open/bytes")->Arg(128)->Arg(1'024)->Arg(65'536)->UseRealTime();
BENCHMARK(bench_network)->Name("net::encrypted_messages/bytes")->Arg(128)->Arg(1'024)->Arg(65'536)->UseRealTime();

}  // namespace
}  // namespace provchain
