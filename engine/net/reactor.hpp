// SPDX-License-Identifier: Apache-2.0
// One thread, one uv loop, its own listener, and its connections for life. A turn of the loop: callbacks read and queue; then the
// turn drains what other threads sent (commands of the core, finished handshake steps), resumes readers, writes what is queued,
// and tells the core. Nothing sends from within a callback, so that what belongs together leaves together.
//
// Threads: submit, events, stop and join are the core's; complete is any pool worker's; listen before start is the constructing
// thread's; all else belongs to the reactor's thread.
#pragma once

#include <uv.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/spsc_queue.hpp"
#include "crypto/handshake.hpp"
#include "crypto/worker_pool.hpp"
#include "engine/net/connection.hpp"
#include "engine/net/dialer.hpp"
#include "engine/net/event_rings.hpp"
#include "engine/net/handshake_job.hpp"
#include "engine/net/mailbox.hpp"
#include "engine/net/net_metrics.hpp"
#include "engine/net/options.hpp"
#include "engine/net/staging.hpp"
#include "engine/net/tcp_listener.hpp"
#include "engine/net/uv_handle.hpp"

namespace provchain::net {

struct SendCommand {
  ConnId conn;
  wire::OutMessage message;
};
struct DialCommand {
  std::uint32_t number = 0;
  std::string host;
  std::uint16_t port = 0;
  std::optional<NodeId> expected;
};
struct CloseCommand {
  ConnId conn;
  std::optional<wire::PeerReason> reason;
  std::uint32_t retry_after_ms = 0;
};
using Command = std::variant<SendCommand, DialCommand, CloseCommand>;

// What all reactors of one Network share. Outlives them.
struct NetContext {
  const NetworkOptions& options;
  const crypto::HandshakeIdentity& identity;
  crypto::WorkerPool& pool;
  NetMetrics& metrics;
  Notifier& core;
  std::uint32_t connections_max = 0;  // of the options, or fewer when the process may not open so many descriptors
  std::atomic<std::uint32_t> connections = 0;
  std::atomic<std::uint32_t> pending_inbound = 0;
};

// Reactor in the top byte, a count below: never reused within a process.
[[nodiscard]] constexpr ConnId make_conn_id(std::uint8_t reactor, std::uint64_t count) {
  return ConnId((std::uint64_t{reactor} << 56) | count);
}
[[nodiscard]] constexpr std::uint8_t reactor_of(ConnId conn) { return static_cast<std::uint8_t>(conn.value() >> 56); }

class Reactor {
 public:
  Reactor(std::uint8_t index, NetContext& context);
  ~Reactor();  // stop() and join()
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  [[nodiscard]] Result<std::uint16_t, NetError> listen(const std::string& address, std::uint16_t port, bool share_port);
  void start();
  // False, with the command untouched, when the ring has no room for it: a quarter is kept for consensus messages and closes, so
  // that a burst of gossip costs no vote.
  [[nodiscard]] bool submit(Command&& command);
  [[nodiscard]] EventRings& events() { return events_; }
  // Closes everything and ends the thread. Commands submitted before are still carried out.
  void stop();
  void join();
  // A worker's last act of a handshake job.
  void complete(std::unique_ptr<HandshakeJob> job);

  // For the listener, the dialer and the connections.
  [[nodiscard]] uv_loop_t* loop() { return &loop_; }
  [[nodiscard]] MonoTime now() const {
    return MonoTime{static_cast<std::int64_t>(uv_now(&loop_)) * 1000};
  }  // constant within callbacks
  [[nodiscard]] const NetworkOptions& options() const { return context_.options; }
  [[nodiscard]] const crypto::HandshakeIdentity& identity() const { return context_.identity; }
  [[nodiscard]] NetMetrics& metrics() { return context_.metrics; }
  [[nodiscard]] StagingPool& staging() { return staging_; }
  [[nodiscard]] wire::ReceiveMemory& receive_memory() { return receive_memory_; }
  // Ends the newest inbound connections that hold parts of messages until all together hold at most receive_bytes_max; those
  // this node dialled only when there is no inbound one left. A stranger who waits with half a message stands in nobody's way
  // then; stopping to read instead would let such strangers stop everybody for good.
  void relieve_receive_memory();
  [[nodiscard]] bool is_stopping() const { return stopping_; }
  // Takes the connection that waits at `server`; false when a cap is reached.
  [[nodiscard]] bool accept(uv_stream_t* server);
  void connect(const sockaddr_storage& address, std::unique_ptr<DialAttempt> attempt);
  void report_dial_failed(std::uint32_t number, CloseReason reason);
  // False when the pool has no room: try again later.
  [[nodiscard]] bool submit(std::unique_ptr<HandshakeJob>& job);
  [[nodiscard]] ConnId admit(Connection& connection);
  void handshake_ended() { context_.pending_inbound.fetch_sub(1, std::memory_order_relaxed); }
  void retire(Connection& connection);  // no commands for it any more
  void retry_dial(std::unique_ptr<DialAttempt> attempt, CloseReason reason) { dialer_.try_next(std::move(attempt), reason); }
  void wants_flush(Connection& connection) { dirty_.push_back(connection.token()); }
  void wants_room(Connection& connection) { parked_.push_back(connection.token()); }
  void destroy(Connection& connection);  // from its close callback

 private:
  struct Loop;

  void run();
  void turn();
  void drain_commands();
  void execute(Command& command);
  void drain_completions();
  void resume_parked();
  void flush_dirty();
  void sweep();
  void begin_stop();
  void finish_if_drained();
  [[nodiscard]] Connection* add_connection(bool inbound);
  [[nodiscard]] Connection* newest_holder(bool inbound) const;
  [[nodiscard]] Connection* find_open(ConnId conn) const;
  [[nodiscard]] Connection* find(std::uint64_t token) const;

  const std::uint8_t index_;
  NetContext& context_;
  uv_loop_t loop_;
  const bool loop_ready_;
  Waker waker_;
  EventRings events_;
  SpscQueue<Command> commands_;
  MpscList<HandshakeJob> completions_;
  std::atomic<bool> stop_requested_ = false;
  std::atomic<std::uint64_t> jobs_done_ = 0;  // a worker's very last touch of this object
  std::uint64_t jobs_started_ = 0;

  UvHandle<uv_prepare_t> prepare_;
  UvHandle<uv_check_t> check_;
  UvHandle<uv_timer_t> sweep_timer_;
  TcpListener listener_;
  Dialer dialer_;
  StagingPool staging_;
  wire::ReceiveMemory receive_memory_;                                // outlives the connections
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;  // by token
  std::unordered_map<std::uint64_t, Connection*> open_;               // by ConnId
  std::vector<std::uint64_t> dirty_;
  std::vector<std::uint64_t> parked_;
  std::uint64_t next_token_ = 1;
  std::uint64_t connected_count_ = 0;
  std::uint64_t sweep_due_ns_ = 0;
  bool stopping_ = false;
  bool finished_ = false;
  std::thread thread_;
};

}  // namespace provchain::net
