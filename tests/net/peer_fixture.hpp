// SPDX-License-Identifier: Apache-2.0
// Verbs for tests of the network: nodes on loopback with whatever port the system gives, and a raw peer that speaks the protocol
// by hand over a blocking socket, as far as a test wants it to. Waiting is always for an event; the deadline only ends a test
// that would hang.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/metrics.hpp"
#include "base/notifier.hpp"
#include "crypto/handshake.hpp"
#include "crypto/worker_pool.hpp"
#include "engine/net/network.hpp"
#include "wire/record_decoder.hpp"

namespace provchain::net {

inline constexpr Duration kPatience = Duration::seconds(60);

[[nodiscard]] inline MonoTime steady_now() {
  return MonoTime{
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

[[nodiscard]] NetworkId test_network(std::uint8_t fill = 0x11);
// Bytes that differ from place to place and from seed to seed.
[[nodiscard]] SharedBytes pattern(std::size_t count, std::uint64_t seed);
[[nodiscard]] wire::OutMessage certificate(SharedBytes payload);  // P0, at most 8 KiB of anything
[[nodiscard]] wire::OutMessage gossip(SharedBytes payload);       // P2, at most 512 KiB
[[nodiscard]] wire::OutMessage bulk(SharedBytes payload);         // P3, at most 4 MiB

[[nodiscard]] NetworkOptions test_options(std::uint8_t network_fill = 0x11);

class TestNode {
 public:
  explicit TestNode(NetworkOptions options = test_options());

  // The next event of this kind within kPatience; others are kept for later. Absent when none came.
  template <class Kind>
  std::optional<Kind> await();
  // Polls until `done`, calling `on_event` for every event on the way (those kept first). False when patience ended.
  bool run_until(const std::function<bool()>& done, const std::function<void(Event&)>& on_event);

  [[nodiscard]] std::uint16_t port() const { return network->port(); }
  [[nodiscard]] NodeId id() const { return id_; }
  [[nodiscard]] std::uint64_t counted(const std::string& series) const;  // its value in the exposition; 0 when absent

  MetricsRegistry metrics;
  Notifier notifier;
  crypto::WorkerPool pool{crypto::WorkerPoolOptions{.thread_count = 1, .queue_jobs_max = 256, .spin_rounds = 0}};
  std::unique_ptr<Network> network;

 private:
  bool next_event(Event& event, MonoTime deadline);

  NodeId id_;
  std::deque<Event> kept_;
};

template <class Kind>
std::optional<Kind> TestNode::await() {
  for (auto event = kept_.begin(); event != kept_.end(); ++event) {
    if (auto* kind = std::get_if<Kind>(&*event)) {
      Kind found = std::move(*kind);
      kept_.erase(event);
      return found;
    }
  }
  const MonoTime deadline = steady_now() + kPatience;
  for (Event event; next_event(event, deadline);) {
    if (auto* kind = std::get_if<Kind>(&event)) return std::move(*kind);
    kept_.push_back(std::move(event));
  }
  return std::nullopt;
}

// Two nodes with one connection between them, dialled by the first.
struct Pair {
  explicit Pair(NetworkOptions dialer = test_options(), NetworkOptions listener = test_options());
  [[nodiscard]] bool connected() const { return at_dialer.has_value() && at_listener.has_value(); }

  TestNode dialer;
  TestNode listener;
  std::optional<Connected> at_dialer;
  std::optional<Connected> at_listener;
};

class RawPeer {
 public:
  explicit RawPeer(std::uint16_t port);
  ~RawPeer();
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  [[nodiscard]] bool is_connected() const { return fd_ >= 0; }
  [[nodiscard]] bool send(Bytes bytes) const;
  // Reads exactly so many; false when the connection ends before.
  [[nodiscard]] bool receive(MutBytes bytes) const;
  // Reads and drops until the other end closes or resets; false when it does not within kPatience.
  [[nodiscard]] bool is_closed_by_peer() const;
  // The initiator's side of a handshake, up to and with message 3, as a node that speaks this one version.
  [[nodiscard]] bool shake_hands(NetworkId network = test_network(), std::uint16_t version = crypto::protocol_version_max);
  // The bytes of one record with this header, whatever it says.
  [[nodiscard]] ByteVector seal_record(wire::record::FrameHeader header, Bytes payload);
  // The bytes of a whole message of one record.
  [[nodiscard]] ByteVector seal(const wire::OutMessage& message);
  // The next message that comes; absent when the connection ends or breaks the rules before.
  [[nodiscard]] std::optional<wire::InMessage> await_message();
  void end();

 private:
  int fd_ = -1;
  crypto::KeyPair key_;
  crypto::NoiseStaticKey static_key_;
  std::optional<crypto::RecordCipher> cipher_;
  wire::ReceiveMemory memory_;
  std::optional<wire::RecordDecoder> decoder_;
};

}  // namespace provchain::net
