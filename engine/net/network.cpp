// SPDX-License-Identifier: Apache-2.0
#include "engine/net/network.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <deque>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/check.hpp"
#include "crypto/handshake.hpp"
#include "engine/net/outbox.hpp"
#include "engine/net/reactor.hpp"
#include "wire/registry.hpp"
#include "wire/send_queue.hpp"

namespace provchain::net {
namespace {

constexpr std::uint64_t kOtherDescriptors = 256;  // of this process beside peers: stores, journal, clients of the API
constexpr std::uint32_t kConnectionsMin = 8;
constexpr std::uint32_t kReactorsMax = 8;

// Running out of descriptors would be noticed in the middle of a commit; staying below the limit costs a refused peer.
std::uint32_t effective_connections_max(std::uint32_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  const std::uint64_t for_peers = limit.rlim_cur > kOtherDescriptors ? limit.rlim_cur - kOtherDescriptors : 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, std::max<std::uint64_t>(for_peers, kConnectionsMin)));
}

std::uint32_t effective_reactor_count(std::uint32_t wanted) {
  if (wanted != 0) return std::min(wanted, kReactorsMax);
  const unsigned cores = std::thread::hardware_concurrency();
  return std::clamp<std::uint32_t>(cores > 2 ? cores - 2 : 1, 1, kReactorsMax);
}

}  // namespace

class Network::Impl {
 public:
  Impl(NetworkOptions network_options, crypto::WorkerPool& pool, MetricsRegistry& registry, Notifier& core)
      : options_(std::move(network_options)),
        static_key_(crypto::generate_noise_static_key()),
        identity_{.network_id = options_.network_id,
                  .node_key = &options_.node_key,
                  .static_key = &static_key_,
                  // The static key is random per process, and so is any part of it.
                  .conn_nonce = load_le<std::uint64_t>(static_key_.public_key.view(), 0),
                  .role_flags = options_.role_flags,
                  .features = options_.features},
        metrics_(registry),
        context_{.options = options_,
                 .identity = identity_,
                 .pool = pool,
                 .metrics = metrics_,
                 .core = core,
                 .connections_max = effective_connections_max(options_.limits.connections_max)} {}

  Result<void, NetError> start();
  SendStatus send(ConnId conn, wire::OutMessage message);
  bool dial(DialCommand command);
  void close(CloseCommand command);
  bool poll(Event& event);
  void stop();
  void join();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  // The core's view of an open connection.
  struct Peer {
    SendLedger* ledger = nullptr;
    std::array<std::uint64_t, message_class_count> accepted_bytes{};  // by queue_cost_max, ever
    bool is_closing = false;
  };

  Result<void, NetError> listen();
  [[nodiscard]] bool has_room(const Peer& peer, std::size_t class_index, std::uint64_t cost) const;
  void submit_pending_closes();
  // False when the event is of no interest to the core any more.
  [[nodiscard]] bool account(RingEvent& event, std::size_t reactor);

  const NetworkOptions options_;
  const crypto::NoiseStaticKey static_key_;
  const crypto::HandshakeIdentity identity_;
  NetMetrics metrics_;
  NetContext context_;
  std::vector<std::unique_ptr<Reactor>> reactors_;
  std::vector<std::uint32_t> loads_;  // connections and dials under way, by reactor
  std::unordered_map<std::uint64_t, Peer> peers_;
  std::deque<CloseCommand> pending_closes_;  // the ring was full; at most one per connection
  std::uint16_t port_ = 0;
  bool is_running_ = false;
};

Result<void, NetError> Network::Impl::start() {
  PVC_CHECK(reactors_.empty());
  const std::uint32_t count = effective_reactor_count(options_.reactor_count);
  for (std::uint32_t i = 0; i < count; ++i)
    reactors_.push_back(std::make_unique<Reactor>(static_cast<std::uint8_t>(i), context_));
  loads_.assign(count, 0);
  if (options_.listen) {
    if (auto listening = listen(); !listening) {
      reactors_.clear();
      return listening;
    }
  }
  for (const auto& reactor : reactors_) reactor->start();
  is_running_ = true;
  return {};
}

Result<void, NetError> Network::Impl::listen() {
  const bool share_port = reactors_.size() > 1;
  if (share_port && options_.listen_port != 0) PVC_TRY_VOID(TcpListener::probe(options_.listen_address, options_.listen_port));
  port_ = options_.listen_port;
  for (const auto& reactor : reactors_) {
    PVC_TRY(port_, reactor->listen(options_.listen_address, port_, share_port));
  }
  return {};
}

bool Network::Impl::has_room(const Peer& peer, std::size_t class_index, std::uint64_t cost) const {
  const std::uint64_t taken = peer.ledger->taken_bytes[class_index].load(std::memory_order_acquire);
  const std::uint64_t queued = peer.ledger->queued_bytes[class_index].load(std::memory_order_acquire);
  const std::uint64_t under_way = peer.accepted_bytes[class_index] - taken + queued;
  // Bulk waits here, because its queue would refuse. The other classes' queues shed load by rules of their own, for which they
  // must see it: for them this only bounds what the command ring can hold beside a full queue.
  const bool is_bulk = class_index == static_cast<std::size_t>(wire::MessageClass::bulk);
  const std::uint64_t limit = wire::send_limits(false).bytes_max[class_index] * (is_bulk ? 1 : 2);
  return under_way == 0 || under_way + cost <= limit;
}

SendStatus Network::Impl::send(ConnId conn, wire::OutMessage message) {
  const auto found = peers_.find(conn.value());
  if (found == peers_.end() || found->second.is_closing || !is_running_) return SendStatus::not_connected;
  Peer& peer = found->second;
  const auto class_index = static_cast<std::size_t>(wire::info_of(message.kind).message_class);
  const std::uint64_t cost = queue_cost_max(message.payload.size());
  const bool is_on_its_way =
      has_room(peer, class_index, cost) && reactors_[reactor_of(conn)]->submit(SendCommand{conn, std::move(message)});
  if (!is_on_its_way) {
    metrics_.sends_refused(static_cast<wire::MessageClass>(class_index)).add();
    return SendStatus::full;
  }
  peer.accepted_bytes[class_index] += cost;
  return SendStatus::queued;
}

bool Network::Impl::dial(DialCommand command) {
  if (!is_running_) return false;
  const auto least = std::min_element(loads_.begin(), loads_.end());
  if (!reactors_[static_cast<std::size_t>(least - loads_.begin())]->submit(std::move(command))) return false;
  ++*least;
  return true;
}

void Network::Impl::close(CloseCommand command) {
  const auto found = peers_.find(command.conn.value());
  if (found == peers_.end() || !is_running_) return;
  if (std::exchange(found->second.is_closing, true)) return;
  pending_closes_.push_back(command);
  submit_pending_closes();
}

void Network::Impl::submit_pending_closes() {
  while (!pending_closes_.empty()) {
    const CloseCommand& next = pending_closes_.front();
    if (!reactors_[reactor_of(next.conn)]->submit(CloseCommand(next))) return;
    pending_closes_.pop_front();
  }
}

bool Network::Impl::poll(Event& event) {
  // A reactor that ends must not be woken any more, and taking events out of its rings may wake it.
  if (!is_running_) return false;
  submit_pending_closes();
  for (std::size_t group = 0; group < EventRings::kGroups; ++group) {
    for (std::size_t i = 0; i < reactors_.size(); ++i) {
      RingEvent ring_event;
      while (reactors_[i]->events().poll(group, ring_event)) {
        if (!account(ring_event, i)) continue;
        event = std::move(ring_event.event);
        return true;
      }
    }
  }
  return false;
}

bool Network::Impl::account(RingEvent& ring_event, std::size_t reactor) {
  if (const auto* message = std::get_if<Message>(&ring_event.event)) {
    const auto found = peers_.find(message->conn.value());
    return found != peers_.end() && !found->second.is_closing;
  }
  if (const auto* connected = std::get_if<Connected>(&ring_event.event)) {
    peers_[connected->conn.value()].ledger = ring_event.opened;
    if (connected->inbound) ++loads_[reactor];
    return true;
  }
  if (const auto* closed = std::get_if<Closed>(&ring_event.event)) peers_.erase(closed->conn.value());
  --loads_[reactor];
  return true;
}

void Network::Impl::stop() {
  is_running_ = false;
  for (const auto& reactor : reactors_) reactor->stop();
}

void Network::Impl::join() {
  for (const auto& reactor : reactors_) reactor->join();
}

Network::Network(NetworkOptions options, crypto::WorkerPool& pool, MetricsRegistry& metrics, Notifier& core_notifier)
    : impl_(std::make_unique<Impl>(std::move(options), pool, metrics, core_notifier)) {}

Network::~Network() {
  stop();
  join();
}

Result<void, NetError> Network::start() { return impl_->start(); }
std::uint16_t Network::port() const { return impl_->port(); }
SendStatus Network::send(ConnId conn, wire::OutMessage message) { return impl_->send(conn, std::move(message)); }
bool Network::dial(std::uint32_t number, std::string host, std::uint16_t port, std::optional<NodeId> expected) {
  return impl_->dial(DialCommand{number, std::move(host), port, expected});
}
void Network::close(ConnId conn, std::optional<wire::PeerReason> reason, std::uint32_t retry_after_ms) {
  impl_->close(CloseCommand{conn, reason, retry_after_ms});
}
bool Network::poll(Event& event) { return impl_->poll(event); }
void Network::stop() { impl_->stop(); }
void Network::join() { impl_->join(); }

}  // namespace provchain::net
