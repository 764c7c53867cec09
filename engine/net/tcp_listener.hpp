// SPDX-License-Identifier: Apache-2.0
// A reactor's listening socket. At a cap it simply does not accept: libuv then stops polling the socket, one connection is held,
// the others wait in the kernel's backlog, and nothing of ours is spent on them. A short timer looks for room again. Belongs to
// its reactor's thread.
#pragma once

#include <uv.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "engine/net/net_error.hpp"
#include "engine/net/uv_handle.hpp"

namespace provchain::net {

class Reactor;

class TcpListener {
 public:
  explicit TcpListener(Reactor& reactor);
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  // Binds and listens; returns the port. With `share_port` other reactors' listeners may bind the same port (SO_REUSEPORT), and
  // so could, unnoticed, another process of this user: the Network has made sure before that the port was free.
  [[nodiscard]] Result<std::uint16_t, NetError> open(const std::string& address, std::uint16_t port, bool share_port);
  // Is the port free of listeners of any process? The answer may be stale at once; it is there to name the fault to an operator.
  [[nodiscard]] static Result<void, NetError> probe(const std::string& address, std::uint16_t port);

  void start_turn() { accepted_this_turn_ = 0; }
  void close();

 private:
  void on_connection(int status);
  void accept_or_wait();

  Reactor& reactor_;
  UvHandle<uv_timer_t> retry_timer_;
  std::unique_ptr<UvHandle<uv_tcp_t>> socket_;
  std::uint32_t accepted_this_turn_ = 0;
  bool is_waiting_ = false;
};

}  // namespace provchain::net
