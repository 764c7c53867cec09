// SPDX-License-Identifier: Apache-2.0
// The encrypted peer network of one node: what the driver calls, and the only header of this folder it needs.
//
// Threads: construct, start, every command, poll, stop and join belong to ONE thread, the core's. Behind it run the reactors (one
// uv loop each) and the handshake jobs on the crypto pool. Commands go out and events come in through bounded rings; nothing here
// blocks except join().
//
//   Network network(std::move(options), pool, metrics, notifier);
//   if (auto started = network.start(); !started) …
//   while (running) {
//     notifier.wait_until(core.next_deadline());           // raised whenever an event waits
//     net::Event event;
//     for (int budget = 256; budget > 0 && network.poll(event); --budget) std::visit(…, event);
//   }
//   network.stop(); network.join();
//
// Invariants: 1. Connected comes before the first Message of its connection, exactly one Closed after the last. 2. Messages of
// one class of one connection keep their order; between classes P0 overtakes P1 overtakes P2 and P3. 3. When the core does not
// poll, reactors stop reading and the peers' sends come to wait: nothing grows (gossip, P2, is dropped and counted instead). 4. A
// dial() that was accepted is answered by exactly one Connected or DialFailed, unless stop() comes first.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/metrics.hpp"
#include "base/notifier.hpp"
#include "base/result.hpp"
#include "base/types.hpp"
#include "engine/net/event.hpp"
#include "engine/net/net_error.hpp"
#include "engine/net/options.hpp"
#include "wire/message.hpp"

namespace provchain::crypto {
class WorkerPool;
}

namespace provchain::net {

enum class SendStatus : std::uint8_t {
  queued,  // on its way, as far as this node can tell
  full,    // this connection's queue of the class, or the reactor's ring, has no room: drop it, answer Busy, or try after a later
           // poll. Counted by class. A quarter of the ring is kept for P0, so that a burst of anything else costs no vote
  not_connected,  // closed, or never was
};

class Network {
 public:
  // `pool`, `metrics` and `core_notifier` must outlive the Network.
  Network(NetworkOptions options, crypto::WorkerPool& pool, MetricsRegistry& metrics, Notifier& core_notifier);
  ~Network();  // stop() and join() if that has not been done
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // Binds the listeners (one per reactor, SO_REUSEPORT) and starts the reactors. Once. On an error nothing runs.
  [[nodiscard]] Result<void, NetError> start();
  // The port bound, also when 0 was asked for; 0 when not listening.
  [[nodiscard]] std::uint16_t port() const;

  // Takes a reference to the payload; encrypts later, just in time. Bulk (P3) is refused as full while the peer does not keep up.
  // Of the other classes the connection's queue drops what is superseded and the oldest of P1 and P2, and a peer that lets P0
  // fill is closed as slow_peer.
  SendStatus send(ConnId conn, wire::OutMessage message);
  // `number` comes back in Connected or DialFailed. With `expected`, any other node at that address is wrong_node, and never
  // learns who called. False when the reactor's ring is full.
  [[nodiscard]] bool dial(std::uint32_t number, std::string host, std::uint16_t port, std::optional<NodeId> expected);
  // With a reason the peer is sent Disconnect{reason, retry_after_ms} behind what is already being written, then the connection
  // closes; without, it closes at once. Its Closed event follows in either case. A connection that is gone is no error.
  void close(ConnId conn, std::optional<wire::PeerReason> reason = std::nullopt, std::uint32_t retry_after_ms = 0);

  // The next event, if one waits. The core's notifier is raised when that becomes true.
  [[nodiscard]] bool poll(Event& event);

  // Ends every connection and the reactors, in order: no new connections, close all handles, end the threads. Returns at once;
  // idempotent.
  void stop();
  // Returns when all threads have ended. No event comes after it.
  void join();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace provchain::net
