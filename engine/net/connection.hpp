// SPDX-License-Identifier: Apache-2.0
// One TCP connection of a reactor, from accept or connect to its close callback.
//
//   connecting ──► handshaking ──► open ──► farewell ──► closing        every state may go to closing at once
//
//   handshaking  bytes go into the handshake, exactly as many as its next message lacks; while a step is on the crypto pool
//   nothing is read open         bytes go into the record decoder; messages to the core. Without room there the message is parked
//   and reading stops farewell     the consensus queue with a Disconnect at its end is written, then FIN, then what still comes
//   is read and dropped until the peer
//                closes or the deadline passes: closing with bytes unread would reset the connection and lose the Disconnect on
//                its way
//   closing      uv_close was called; its callback destroys the object. Write callbacks may still come before it
//
// Belongs to its reactor's thread. libuv holds pointers into it: it never moves, and only Reactor::destroy ends it.
#pragma once

#include <uv.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "crypto/handshake.hpp"
#include "engine/net/dialer.hpp"
#include "engine/net/event.hpp"
#include "engine/net/event_rings.hpp"
#include "engine/net/handshake_job.hpp"
#include "engine/net/outbox.hpp"
#include "wire/record_decoder.hpp"

namespace provchain::net {

class Reactor;

class Connection {
 public:
  Connection(Reactor& reactor, std::uint64_t token, bool inbound);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&tcp_); }
  [[nodiscard]] std::uint64_t token() const { return token_; }
  [[nodiscard]] ConnId conn() const { return conn_; }  // zero until open

  void start_inbound();
  void start_outbound(const sockaddr_storage& address, std::unique_ptr<DialAttempt> attempt);
  void on_handshake_step(HandshakeJob& job);
  void send(wire::OutMessage message);
  void flush();
  void resume_reading();
  void on_sweep(MonoTime now);
  // Nobody here chose this peer: it came by itself.
  [[nodiscard]] bool is_inbound() const { return inbound_; }
  // What its half received messages and the parked one cost.
  [[nodiscard]] std::size_t held_bytes() const;
  // Disconnect{reason} to the peer, then the end, which is reported as `reported`.
  void say_farewell(wire::PeerReason reason, std::uint32_t retry_after_ms, CloseReason reported);
  void close(CloseReason reason);

 private:
  enum class State : std::uint8_t { connecting, handshaking, open, farewell, closing };

  void on_connected(int status);
  void begin_handshake();
  void start_step();
  void write_handshake(Bytes message);
  void enter_open();
  void report_connected(const crypto::HandshakePeer& peer);

  void start_reading();
  void stop_reading();
  void give_space(uv_buf_t* buffer);
  void on_read(ssize_t count);
  void on_handshake_bytes(std::size_t count);
  void pull_messages();
  [[nodiscard]] bool deliver(wire::InMessage& message);
  void release_received();
  void answer_unknown(const wire::UnknownMessage& unknown);

  [[nodiscard]] bool write_staged();
  void start_write(Bytes bytes);
  void on_written(int status);
  void finish_farewell();
  void mark_dirty();

  void sweep_handshake(MonoTime now);
  void sweep_open(MonoTime now);
  void report_failure(State was, CloseReason reason);

  Reactor& reactor_;
  const std::uint64_t token_;
  const bool inbound_;
  State state_;
  uv_tcp_t tcp_{};
  uv_connect_t connect_request_{};
  uv_write_t write_request_{};
  uv_shutdown_t shutdown_request_{};
  MonoTime began_;  // accept or dial, then connect
  std::unique_ptr<DialAttempt> attempt_;
  std::string remote_address_;

  std::optional<crypto::Handshake> handshake_;  // absent while a step is on the pool
  std::unique_ptr<HandshakeJob> waiting_job_;   // the pool was full
  std::array<std::uint8_t, crypto::handshake_message_bytes_max> handshake_in_{};
  std::array<std::uint8_t, crypto::handshake_message_bytes_max> handshake_out_{};
  bool first_message_seen_ = false;

  ConnId conn_;
  std::unique_ptr<SendLedger> ledger_;  // present from Connected to Closed
  std::optional<wire::RecordDecoder> decoder_;
  std::unique_ptr<Outbox> outbox_;
  std::optional<wire::InMessage> parked_message_;
  wire::ReceiveCharge parked_charge_;
  MonoTime reading_since_;  // the peer's time to finish a record does not run while we do not read
  bool is_reading_ = false;
  bool is_idle_ = false;  // nothing was read since the last sweep
  bool is_dirty_ = false;
  bool is_writing_ = false;          // write_request_ is in libuv's hands
  std::size_t write_bytes_ = 0;      // of that request
  std::size_t unwritten_bytes_ = 0;  // of that request, at the last sweep
  MonoTime write_progress_;
  MonoTime farewell_ends_ = kNever;
  CloseReason farewell_reason_ = CloseReason::requested;
  bool is_shut_down_ = false;
};

}  // namespace provchain::net
