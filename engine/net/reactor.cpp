// SPDX-License-Identifier: Apache-2.0
#include "engine/net/reactor.hpp"

#include <pthread.h>

#include <csignal>
#include <utility>

#include "base/check.hpp"
#include "wire/registry.hpp"

namespace provchain::net {
namespace {

constexpr std::size_t kCommandsPerTurn = 256;  // then the sockets have their turn
constexpr std::uint64_t kSweepMs = 50;         // how exactly deadlines are kept
constexpr std::uint64_t kDrainMs = 1;          // while stopping

// Writing to a connection the peer has reset raises SIGPIPE, which would end the process; and signals that ask the node to stop
// are for the thread that waits for them, not for whichever the kernel picks.
void block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

// An honest connection may fill all its classes at once, with the largest blocks there are, and is not ended for it.
static_assert(NetworkLimits{}.receive_bytes_max >= 3 * (limits::block_bytes_max + limits::proposal_overhead_bytes));

constexpr std::uint32_t kRetryAfterFullMs = 5'000;

bool may_use_reserve(const Command& command) {
  if (const auto* send = std::get_if<SendCommand>(&command)) {
    return wire::info_of(send->message.kind).message_class == wire::MessageClass::consensus;
  }
  return std::holds_alternative<CloseCommand>(command);
}

int init_loop(uv_loop_t& loop) { return uv_loop_init(&loop); }

}  // namespace

Reactor::Reactor(std::uint8_t index, NetContext& context)
    : index_(index),
      context_(context),
      loop_ready_(init_loop(loop_) == 0),
      waker_(&loop_),
      events_(context.options.limits.event_ring_slots, context.core, waker_),
      commands_(context.options.limits.command_ring_slots),
      prepare_(this, [this](uv_prepare_t* handle) { return uv_prepare_init(&loop_, handle); }),
      check_(this, [this](uv_check_t* handle) { return uv_check_init(&loop_, handle); }),
      sweep_timer_(this, [this](uv_timer_t* handle) { return uv_timer_init(&loop_, handle); }),
      listener_(*this),
      dialer_(*this) {
  PVC_CHECK(loop_ready_);
  // What timers queued has to leave before the loop sleeps; everything else happens right after it was awake.
  uv_prepare_start(prepare_.get(), [](uv_prepare_t* handle) { static_cast<Reactor*>(handle->data)->flush_dirty(); });
  uv_check_start(check_.get(), [](uv_check_t* handle) { static_cast<Reactor*>(handle->data)->turn(); });
}

Reactor::~Reactor() {
  stop();
  join();
  PVC_CHECK(uv_loop_close(&loop_) == 0);
}

Result<std::uint16_t, NetError> Reactor::listen(const std::string& address, std::uint16_t port, bool share_port) {
  return listener_.open(address, port, share_port);
}

void Reactor::start() {
  thread_ = std::thread([this] {
    block_signals();
    run();
  });
}

bool Reactor::submit(Command&& command) {
  const std::size_t ordinary_slots = commands_.capacity() - commands_.capacity() / 4;
  if (commands_.size() >= ordinary_slots && !may_use_reserve(command)) return false;
  if (!commands_.try_push(std::move(command))) return false;
  waker_.wake();
  return true;
}

void Reactor::stop() {
  if (stop_requested_.exchange(true, std::memory_order_seq_cst)) return;
  waker_.wake();
}

void Reactor::join() {
  if (thread_.joinable()) thread_.join();
  if (!finished_) run();  // never started: the handles still have to be closed, by whoever made them
}

void Reactor::complete(std::unique_ptr<HandshakeJob> job) {
  completions_.push(std::move(job));
  waker_.wake();
  jobs_done_.fetch_add(1, std::memory_order_seq_cst);
}

void Reactor::run() {
  sweep_due_ns_ = uv_hrtime() + kSweepMs * 1'000'000;
  uv_timer_start(sweep_timer_.get(), [](uv_timer_t* timer) { static_cast<Reactor*>(timer->data)->sweep(); }, kSweepMs, kSweepMs);
  uv_run(&loop_, UV_RUN_DEFAULT);
  finished_ = true;
}

void Reactor::turn() {
  listener_.start_turn();
  drain_commands();
  drain_completions();
  if (stop_requested_.load(std::memory_order_seq_cst) && !stopping_ && commands_.front() == nullptr) begin_stop();
  resume_parked();
  flush_dirty();
  if (stopping_) finish_if_drained();
  if (finished_) return;
  waker_.arm();
  const bool has_more = commands_.front() != nullptr || !completions_.empty() || !dirty_.empty() ||
                        (stop_requested_.load(std::memory_order_seq_cst) && !stopping_);
  if (has_more) waker_.wake_self();
}

void Reactor::drain_commands() {
  for (std::size_t i = 0; i < kCommandsPerTurn; ++i) {
    Command* command = commands_.front();
    if (command == nullptr) return;
    execute(*command);
    commands_.pop();
  }
}

void Reactor::execute(Command& command) {
  if (auto* send = std::get_if<SendCommand>(&command)) {
    if (Connection* connection = find_open(send->conn)) connection->send(std::move(send->message));
  } else if (auto* close = std::get_if<CloseCommand>(&command)) {
    Connection* connection = find_open(close->conn);
    if (connection == nullptr) return;
    if (close->reason) {
      connection->say_farewell(*close->reason, close->retry_after_ms, CloseReason::requested);
    } else {
      connection->close(CloseReason::requested);
    }
  } else if (auto* dial = std::get_if<DialCommand>(&command)) {
    dialer_.dial(dial->number, dial->host, dial->port, dial->expected);
  }
}

void Reactor::drain_completions() {
  while (const std::unique_ptr<HandshakeJob> job = completions_.take()) {
    if (Connection* connection = find(job->token)) connection->on_handshake_step(*job);
  }
}

void Reactor::resume_parked() {
  events_.flush_backlog();
  if (events_.has_backlog() && events_.pause()) events_.flush_backlog();
  if (parked_.empty() || events_.is_paused()) return;
  // Those that find no room again come back into parked_.
  for (const std::uint64_t token : std::exchange(parked_, {}))
    if (Connection* connection = find(token)) connection->resume_reading();
  if (!parked_.empty() && events_.pause()) waker_.wake_self();
}

void Reactor::flush_dirty() {
  // Those that have more than one turn's worth come back into dirty_.
  for (const std::uint64_t token : std::exchange(dirty_, {}))
    if (Connection* connection = find(token)) connection->flush();
  events_.announce();
}

bool Reactor::accept(uv_stream_t* server) {
  if (stopping_) return false;
  const NetworkLimits& limits = context_.options.limits;
  if (context_.pending_inbound.fetch_add(1, std::memory_order_relaxed) >= limits.pending_handshakes_max) {
    context_.pending_inbound.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  Connection* connection = add_connection(true);
  if (connection == nullptr) {
    context_.pending_inbound.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  if (uv_accept(server, connection->stream()) == 0) {
    connection->start_inbound();
  } else {
    connection->close(CloseReason::connection_lost);
  }
  return true;
}

void Reactor::connect(const sockaddr_storage& address, std::unique_ptr<DialAttempt> attempt) {
  if (stopping_) return;
  Connection* connection = add_connection(false);
  if (connection == nullptr) {
    report_dial_failed(attempt->number, CloseReason::too_many_connections);
    return;
  }
  connection->start_outbound(address, std::move(attempt));
}

Connection* Reactor::add_connection(bool inbound) {
  if (context_.connections.fetch_add(1, std::memory_order_relaxed) >= context_.connections_max) {
    context_.connections.fetch_sub(1, std::memory_order_relaxed);
    return nullptr;
  }
  context_.metrics.connections.add(1);
  const std::uint64_t token = next_token_++;
  auto& slot = connections_[token];
  slot = std::make_unique<Connection>(*this, token, inbound);
  return slot.get();
}

void Reactor::report_dial_failed(std::uint32_t number, CloseReason reason) {
  if (!stopping_) events_.post(RingEvent{.event = DialFailed{number, reason}});
}

bool Reactor::submit(std::unique_ptr<HandshakeJob>& job) {
  // A move-only function is untouched when the pool refuses it, so the job comes back out of it.
  HandshakeJob* raw = job.release();
  crypto::WorkerPool::Job run_step = [this, raw] {
    std::unique_ptr<HandshakeJob> running(raw);
    running->written = running->handshake.step(running->out);
    complete(std::move(running));
  };
  if (!context_.pool.submit(std::move(run_step), crypto::JobPriority::urgent)) {
    job.reset(raw);
    return false;
  }
  ++jobs_started_;
  return true;
}

ConnId Reactor::admit(Connection& connection) {
  const ConnId conn = make_conn_id(index_, ++connected_count_);
  open_.emplace(conn.value(), &connection);
  return conn;
}

void Reactor::retire(Connection& connection) { open_.erase(connection.conn().value()); }

void Reactor::destroy(Connection& connection) {
  context_.connections.fetch_sub(1, std::memory_order_relaxed);
  context_.metrics.connections.add(-1);
  connections_.erase(connection.token());
}

Connection* Reactor::newest_holder(bool inbound) const {
  for (auto at = connections_.rbegin(); at != connections_.rend(); ++at)
    if (at->second->is_inbound() == inbound && at->second->held_bytes() > 0) return at->second.get();
  return nullptr;
}

void Reactor::relieve_receive_memory() {
  while (receive_memory_.held_bytes() > context_.options.limits.receive_bytes_max) {
    Connection* holder = newest_holder(true);
    if (holder == nullptr) holder = newest_holder(false);
    PVC_CHECK(holder != nullptr);
    holder->say_farewell(wire::PeerReason::full, kRetryAfterFullMs, CloseReason::receive_memory_full);
  }
}

Connection* Reactor::find_open(ConnId conn) const {
  const auto found = open_.find(conn.value());
  return found == open_.end() ? nullptr : found->second;
}

Connection* Reactor::find(std::uint64_t token) const {
  const auto found = connections_.find(token);
  return found == connections_.end() ? nullptr : found->second.get();
}

void Reactor::sweep() {
  const std::uint64_t now_ns = uv_hrtime();
  context_.metrics.loop_lag.record(now_ns > sweep_due_ns_ ? (now_ns - sweep_due_ns_) / 1000 : 0);
  const std::uint64_t period_ms = stopping_ ? kDrainMs : kSweepMs;
  sweep_due_ns_ = now_ns + period_ms * 1'000'000;
  for (const auto& [token, connection] : connections_) connection->on_sweep(now());
}

void Reactor::begin_stop() {
  stopping_ = true;
  listener_.close();
  dialer_.cancel_all();
  for (const auto& [token, connection] : connections_) {
    connection->say_farewell(wire::PeerReason::shutdown, 0, CloseReason::stopped);
  }
  sweep_due_ns_ = uv_hrtime() + kDrainMs * 1'000'000;
  uv_timer_start(sweep_timer_.get(), [](uv_timer_t* timer) { static_cast<Reactor*>(timer->data)->sweep(); }, kDrainMs, kDrainMs);
}

void Reactor::finish_if_drained() {
  // A worker that has counted its job done touches nothing of this reactor any more; only then may the async handle go.
  if (!connections_.empty() || !dialer_.is_idle() || jobs_done_.load(std::memory_order_seq_cst) != jobs_started_) return;
  sweep_timer_.close();
  prepare_.close();
  check_.close();
  waker_.close();
  finished_ = true;
}

}  // namespace provchain::net
