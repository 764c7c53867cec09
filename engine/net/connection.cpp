// SPDX-License-Identifier: Apache-2.0
#include "engine/net/connection.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "engine/net/address.hpp"
#include "engine/net/reactor.hpp"
#include "engine/net/socket_options.hpp"
#include "wire/control_messages.hpp"
#include "wire/registry.hpp"

namespace provchain::net {
namespace {

// Smaller messages are copied out of the receive slab: a vote that the core keeps must not keep 128 KiB with it.
constexpr std::size_t kCopiedBytesMax = 4096;
// A connection with much to send lets others write between.
constexpr int kBuffersPerFlush = 8;
// The idle discard buffer of a connection in farewell; its content is nobody's.
constexpr std::size_t kDiscardBytes = 16'384;

CloseReason reason_of(crypto::HandshakeErrc code) {
  switch (code) {
    case crypto::HandshakeErrc::wrong_preamble:
      return CloseReason::wrong_network;
    case crypto::HandshakeErrc::self_connection:
      return CloseReason::self;
    case crypto::HandshakeErrc::unexpected_peer:
      return CloseReason::wrong_node;
    case crypto::HandshakeErrc::bad_version_range:
      return CloseReason::wrong_protocol;
    case crypto::HandshakeErrc::bad_key:
    case crypto::HandshakeErrc::bad_tag:
    case crypto::HandshakeErrc::reserved_not_zero:
    case crypto::HandshakeErrc::bad_identity:
      return CloseReason::handshake_failed;
  }
  PVC_UNREACHABLE();
}

CloseReason reason_of(const wire::Error& error) {
  if (error.code == wire::Errc::message_too_large) return CloseReason::oversized;
  if (error.code == wire::Errc::record_timeout || error.code == wire::Errc::message_too_slow) return CloseReason::record_timeout;
  return CloseReason::malformed;
}

}  // namespace

Connection::Connection(Reactor& reactor, std::uint64_t token, bool inbound)
    : reactor_(reactor),
      token_(token),
      inbound_(inbound),
      state_(inbound ? State::handshaking : State::connecting),
      began_(reactor.now()),
      parked_charge_(reactor.receive_memory()) {
  PVC_CHECK(uv_tcp_init(reactor.loop(), &tcp_) == 0);
  tcp_.data = this;
}

void Connection::start_inbound() {
  sockaddr_storage peer{};
  int peer_bytes = sizeof peer;
  if (uv_tcp_getpeername(&tcp_, reinterpret_cast<sockaddr*>(&peer), &peer_bytes) == 0) remote_address_ = to_text(peer);
  begin_handshake();
}

void Connection::start_outbound(const sockaddr_storage& address, std::unique_ptr<DialAttempt> attempt) {
  attempt_ = std::move(attempt);
  remote_address_ = to_text(address);
  connect_request_.data = this;
  const int code =
      uv_tcp_connect(&connect_request_, &tcp_, reinterpret_cast<const sockaddr*>(&address),
                     [](uv_connect_t* request, int status) { static_cast<Connection*>(request->data)->on_connected(status); });
  if (code != 0) close(CloseReason::refused);
}

void Connection::on_connected(int status) {
  if (state_ != State::connecting) return;
  if (status == UV_ETIMEDOUT) return close(CloseReason::connect_timeout);
  if (status != 0) return close(CloseReason::refused);
  state_ = State::handshaking;
  began_ = reactor_.now();
  begin_handshake();
}

void Connection::begin_handshake() {
  prepare_socket(tcp_);
  if (inbound_) {
    handshake_.emplace(crypto::Handshake::responder(reactor_.identity()));
    start_reading();
  } else {
    handshake_.emplace(crypto::Handshake::initiator(reactor_.identity(), attempt_->expected));
    start_step();
  }
}

void Connection::start_step() {
  stop_reading();
  waiting_job_ = std::make_unique<HandshakeJob>(token_, std::move(*handshake_));
  handshake_.reset();
  (void)reactor_.submit(waiting_job_);  // refused: the next sweep tries again, and the handshake's deadline runs
}

void Connection::on_handshake_step(HandshakeJob& job) {
  if (state_ != State::handshaking) return;
  if (!job.written) return close(reason_of(job.written.error()));
  handshake_.emplace(std::move(job.handshake));
  if (*job.written > 0) write_handshake(Bytes(job.out).first(*job.written));
  if (state_ != State::handshaking) return;
  if (handshake_->is_complete()) {
    enter_open();
  } else {
    start_reading();
  }
}

// A handshake's messages alternate, so the one before has left when the next is written.
void Connection::write_handshake(Bytes message) {
  PVC_CHECK(!is_writing_);
  std::copy(message.begin(), message.end(), handshake_out_.begin());
  start_write(Bytes(handshake_out_).first(message.size()));
}

void Connection::enter_open() {
  const crypto::HandshakePeer peer = handshake_->peer();
  crypto::NoiseTransport transport = handshake_->transport();
  handshake_.reset();
  decoder_.emplace(std::move(transport.receive), reactor_.options().limits.max_block_bytes, reactor_.receive_memory());
  outbox_ = std::make_unique<Outbox>(std::move(transport.send), reactor_.staging(), reactor_.metrics());
  if (peer.version == 0) {
    report_failure(State::handshaking, CloseReason::wrong_protocol);
    state_ = State::open;
    return say_farewell(wire::PeerReason::version, 0, CloseReason::wrong_protocol);
  }
  state_ = State::open;
  if (inbound_) reactor_.handshake_ended();
  (inbound_ ? reactor_.metrics().handshakes_inbound : reactor_.metrics().handshakes_outbound).add();
  report_connected(peer);
  start_reading();
}

void Connection::report_connected(const crypto::HandshakePeer& peer) {
  conn_ = reactor_.admit(*this);
  ledger_ = std::make_unique<SendLedger>();
  Connected connected{.conn = conn_,
                      .node = peer.node_id,
                      .inbound = inbound_,
                      .dial = attempt_ == nullptr ? 0 : attempt_->number,
                      .remote_address = remote_address_,
                      .role_flags = peer.role_flags,
                      .features = peer.features & reactor_.options().features};
  attempt_.reset();
  reactor_.events().post(RingEvent{.event = std::move(connected), .opened = ledger_.get()});
}

void Connection::start_reading() {
  if (std::exchange(is_reading_, true)) return;
  reading_since_ = reactor_.now();
  const int code = uv_read_start(
      stream(), [](uv_handle_t* handle, size_t, uv_buf_t* buffer) { static_cast<Connection*>(handle->data)->give_space(buffer); },
      [](uv_stream_t* handle, ssize_t count, const uv_buf_t*) { static_cast<Connection*>(handle->data)->on_read(count); });
  // It fails only for a stream that is closing, was never connected, or reads already.
  PVC_CHECK(code == 0);
}

void Connection::stop_reading() {
  is_reading_ = false;
  uv_read_stop(stream());
}

void Connection::give_space(uv_buf_t* buffer) {
  MutBytes space;
  if (state_ == State::handshaking && handshake_) {
    space = MutBytes(handshake_in_).first(handshake_->bytes_wanted());
  } else if (state_ == State::open) {
    space = decoder_->space();
  } else {
    static thread_local std::array<std::uint8_t, kDiscardBytes> discarded;
    space = discarded;
  }
  *buffer = uv_buf_init(reinterpret_cast<char*>(space.data()), static_cast<unsigned>(space.size()));
}

void Connection::on_read(ssize_t count) {
  if (count == 0) return;
  if (count < 0) {
    if (state_ == State::farewell) return close(farewell_reason_);
    const bool between_records = state_ == State::open && decoder_->deadline() == kNever;
    return close(count == UV_EOF && between_records ? CloseReason::ended_by_peer : CloseReason::connection_lost);
  }
  is_idle_ = false;
  if (state_ == State::handshaking) return on_handshake_bytes(static_cast<std::size_t>(count));
  if (state_ != State::open) return;
  decoder_->advance(static_cast<std::size_t>(count), reactor_.now());
  pull_messages();
  // After each read, not once a turn: a turn may read from all connections.
  reactor_.relieve_receive_memory();
}

void Connection::on_handshake_bytes(std::size_t count) {
  const auto taken = handshake_->feed(Bytes(handshake_in_).first(count));
  if (!taken) return close(reason_of(taken.error()));
  if (!handshake_->is_step_due()) return;
  first_message_seen_ = true;
  start_step();
}

void Connection::pull_messages() {
  while (state_ == State::open) {
    if (parked_message_) {
      if (!deliver(*parked_message_)) return parked_charge_.set(parked_message_->payload.size());
      parked_message_.reset();
      parked_charge_.set(0);
    }
    auto decoded = decoder_->next(reactor_.now());
    if (!decoded) return close(reason_of(decoded.error()));
    if (std::holds_alternative<std::monostate>(*decoded)) return;
    if (const auto* unknown = std::get_if<wire::UnknownMessage>(&*decoded)) {
      answer_unknown(*unknown);
      continue;
    }
    parked_message_ = std::move(std::get<wire::InMessage>(*decoded));
    if (parked_message_->payload.size() < kCopiedBytesMax) {
      parked_message_->payload = SharedBytes::copy_of(parked_message_->payload.view());
    }
  }
}

bool Connection::deliver(wire::InMessage& message) {
  const wire::MessageClass message_class = wire::info_of(message.kind).message_class;
  const std::size_t bytes = message.payload.size();
  switch (reactor_.events().deliver(conn_, message_class, message)) {
    case EventRings::Delivery::delivered:
      break;
    case EventRings::Delivery::dropped:
      reactor_.metrics().gossip_dropped.add();
      return true;
    case EventRings::Delivery::no_room:
      if (is_reading_) reactor_.metrics().read_pauses.add();
      stop_reading();
      reactor_.wants_room(*this);
      return false;
  }
  const NetMetrics::Traffic& traffic = reactor_.metrics().received(message_class);
  traffic.messages->add();
  traffic.bytes->add(bytes);
  return true;
}

void Connection::resume_reading() {
  if (state_ != State::open) return;
  pull_messages();
  if (state_ == State::open && !parked_message_) start_reading();
  reactor_.relieve_receive_memory();
}

std::size_t Connection::held_bytes() const { return parked_charge_.bytes() + (decoder_ ? decoder_->gathering_bytes() : 0); }

// Nothing is received any more: the memory goes now, not with the last callback.
void Connection::release_received() {
  decoder_.reset();
  parked_message_.reset();
  parked_charge_.set(0);
}

void Connection::answer_unknown(const wire::UnknownMessage& unknown) {
  send(wire::OutMessage{.kind = wire::MessageKind::error,
                        .response = unknown.corr != 0,
                        .corr = unknown.corr,
                        .payload = wire::build_error({.corr = unknown.corr, .code = wire::PeerReason::unknown, .detail = {}})});
}

void Connection::send(wire::OutMessage message) {
  if (state_ != State::open) return;
  const bool was_idle = !outbox_->has_messages() && !is_writing_;
  if (!outbox_->enqueue(std::move(message), reactor_.now())) return close(CloseReason::slow_peer);
  if (was_idle) write_progress_ = reactor_.now();
  mark_dirty();
}

void Connection::mark_dirty() {
  if (!std::exchange(is_dirty_, true)) reactor_.wants_flush(*this);
}

void Connection::flush() {
  is_dirty_ = false;
  if (state_ != State::open && state_ != State::farewell) return;
  for (int i = 0; i < kBuffersPerFlush && !is_writing_; ++i) {
    if (!outbox_->fill(state_ == State::farewell)) return close(CloseReason::connection_lost);
    if (outbox_->staged().empty()) break;
    if (!write_staged()) return;
  }
  if (ledger_ != nullptr) outbox_->publish(*ledger_);
  const bool has_more = state_ == State::farewell ? outbox_->has_consensus_messages() : outbox_->has_messages();
  if (is_writing_) return;
  if (has_more) return mark_dirty();
  if (state_ == State::farewell) finish_farewell();
}

// False when the connection is gone.
bool Connection::write_staged() {
  const Bytes staged = outbox_->staged();
  const uv_buf_t buffer =
      uv_buf_init(const_cast<char*>(reinterpret_cast<const char*>(staged.data())), static_cast<unsigned>(staged.size()));
  const int written = uv_try_write(stream(), &buffer, 1);
  if (written < 0 && written != UV_EAGAIN) {
    close(CloseReason::connection_lost);
    return false;
  }
  if (written > 0) {
    write_progress_ = reactor_.now();
    outbox_->consume(static_cast<std::size_t>(written));
  }
  if (!outbox_->staged().empty()) start_write(outbox_->staged());
  return state_ != State::closing;
}

void Connection::start_write(Bytes bytes) {
  write_request_.data = this;
  const uv_buf_t buffer =
      uv_buf_init(const_cast<char*>(reinterpret_cast<const char*>(bytes.data())), static_cast<unsigned>(bytes.size()));
  const int code = uv_write(&write_request_, stream(), &buffer, 1,
                            [](uv_write_t* request, int status) { static_cast<Connection*>(request->data)->on_written(status); });
  if (code != 0) return close(CloseReason::connection_lost);
  is_writing_ = true;
  write_bytes_ = unwritten_bytes_ = bytes.size();
}

void Connection::on_written(int status) {
  is_writing_ = false;
  if (state_ == State::closing) return;
  if (status != 0) return close(state_ == State::farewell ? farewell_reason_ : CloseReason::connection_lost);
  write_progress_ = reactor_.now();
  if (outbox_ == nullptr) return;
  // A handshake message is not staged: the request that ends here may be one, while the first records wait behind it.
  if (!outbox_->staged().empty()) outbox_->consume(write_bytes_);
  mark_dirty();
}

void Connection::say_farewell(wire::PeerReason reason, std::uint32_t retry_after_ms, CloseReason reported) {
  if (state_ == State::farewell) return;
  if (state_ != State::open) return close(reported);
  const wire::OutMessage notice{.kind = wire::MessageKind::disconnect,
                                .payload = wire::build_disconnect({reason, retry_after_ms})};
  if (!outbox_->enqueue(notice, reactor_.now())) return close(CloseReason::slow_peer);
  if (conn_ != ConnId()) reactor_.retire(*this);
  state_ = State::farewell;
  farewell_reason_ = reported;
  farewell_ends_ = reactor_.now() + reactor_.options().timeouts.farewell;
  release_received();
  start_reading();
  mark_dirty();
}

void Connection::finish_farewell() {
  if (std::exchange(is_shut_down_, true)) return;
  shutdown_request_.data = this;
  if (uv_shutdown(&shutdown_request_, stream(), [](uv_shutdown_t*, int) {}) != 0) close(farewell_reason_);
}

void Connection::on_sweep(MonoTime now) {
  switch (state_) {
    case State::connecting:
      if (now >= began_ + reactor_.options().timeouts.connect) close(CloseReason::connect_timeout);
      return;
    case State::handshaking:
      return sweep_handshake(now);
    case State::open:
      return sweep_open(now);
    case State::farewell:
      if (now >= farewell_ends_) close(farewell_reason_);
      return;
    case State::closing:
      return;
  }
}

void Connection::sweep_handshake(MonoTime now) {
  const NetworkTimeouts& timeouts = reactor_.options().timeouts;
  const bool first_is_late = inbound_ && !first_message_seen_ && now >= began_ + timeouts.first_message;
  if (first_is_late || now >= began_ + timeouts.handshake) return close(CloseReason::handshake_timeout);
  if (waiting_job_ != nullptr) (void)reactor_.submit(waiting_job_);
}

void Connection::sweep_open(MonoTime now) {
  const NetworkTimeouts& timeouts = reactor_.options().timeouts;
  if (is_writing_) {
    const std::size_t unwritten = uv_stream_get_write_queue_size(stream());
    if (std::exchange(unwritten_bytes_, unwritten) != unwritten) write_progress_ = now;
    if (now >= write_progress_ + timeouts.send_stall) return close(CloseReason::slow_peer);
  }
  if (outbox_->is_head_too_old(now)) return close(CloseReason::slow_peer);
  if (parked_message_) return;
  // The decoder knows the standard time for a record; a shorter one asks it about a later moment.
  const MonoTime asked = now + (wire::RecordDecoder::record_time_max - timeouts.record);
  if (const auto late = decoder_->overdue(asked); late && now >= reading_since_ + timeouts.record) return close(reason_of(*late));
  if (std::exchange(is_idle_, true)) decoder_->release_idle();
}

void Connection::close(CloseReason reason) {
  if (state_ == State::closing) return;
  const State was = std::exchange(state_, State::closing);
  release_received();
  if (ledger_ != nullptr) {
    reactor_.retire(*this);
    reactor_.metrics().closed(reason).add();
    reactor_.events().post(RingEvent{.event = Closed{conn_, reason}, .ended = std::move(ledger_)});
  } else if (was == State::connecting || was == State::handshaking) {
    report_failure(was, reason);
  }
  const auto destroy = [](uv_handle_t* handle) {
    auto* connection = static_cast<Connection*>(handle->data);
    connection->reactor_.destroy(*connection);
  };
  // Strangers get a reset: it costs no state, whereas an orderly end waits for them.
  const bool reset = was == State::handshaking && inbound_ && uv_tcp_close_reset(&tcp_, destroy) == 0;
  if (!reset) uv_close(reinterpret_cast<uv_handle_t*>(&tcp_), destroy);
}

void Connection::report_failure(State was, CloseReason reason) {
  if (was == State::handshaking) {
    reactor_.metrics().handshake_failed(reason).add();
    if (inbound_) reactor_.handshake_ended();
  }
  if (attempt_ == nullptr) return;
  if (was == State::connecting) return reactor_.retry_dial(std::move(attempt_), reason);
  reactor_.report_dial_failed(attempt_->number, reason);
  attempt_.reset();
}

}  // namespace provchain::net
