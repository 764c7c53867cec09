// SPDX-License-Identifier: Apache-2.0
#include "engine/net/tcp_listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "engine/net/address.hpp"
#include "engine/net/reactor.hpp"

namespace provchain::net {
namespace {

constexpr int kBacklog = 256;
constexpr std::uint64_t kRetryMs = 10;

std::unexpected<NetError> net_error(int code) {
  switch (code) {
    case UV_EADDRINUSE:
      return std::unexpected(NetError{NetErrc::port_in_use, code});
    case UV_EACCES:
      return std::unexpected(NetError{NetErrc::permission_denied, code});
    case UV_EADDRNOTAVAIL:
    case UV_EAFNOSUPPORT:
      return std::unexpected(NetError{NetErrc::bad_listen_address, code});
    default:
      return std::unexpected(NetError{NetErrc::system, code});
  }
}

const sockaddr* generic(const sockaddr_storage& address) { return reinterpret_cast<const sockaddr*>(&address); }

socklen_t length_of(const sockaddr_storage& address) {
  return address.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

}  // namespace

TcpListener::TcpListener(Reactor& reactor)
    : reactor_(reactor), retry_timer_(this, [&reactor](uv_timer_t* timer) { return uv_timer_init(reactor.loop(), timer); }) {}

Result<void, NetError> TcpListener::probe(const std::string& address, std::uint16_t port) {
  const auto parsed = parse_address(address, port);
  if (!parsed) return std::unexpected(NetError{NetErrc::bad_listen_address, 0});
  const int fd = ::socket(parsed->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return net_error(-errno);
  // Without SO_REUSEPORT the kernel refuses an address that anybody listens on; with SO_REUSEADDR old connections do not count.
  const int on = 1;
  int code = ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 ? 0 : -errno;
  if (code == 0 && ::bind(fd, generic(*parsed), length_of(*parsed)) != 0) code = -errno;
  ::close(fd);
  if (code != 0) return net_error(code);
  return {};
}

Result<std::uint16_t, NetError> TcpListener::open(const std::string& address, std::uint16_t port, bool share_port) {
  const auto parsed = parse_address(address, port);
  if (!parsed) return std::unexpected(NetError{NetErrc::bad_listen_address, 0});
  socket_ = std::make_unique<UvHandle<uv_tcp_t>>(this, [&](uv_tcp_t* handle) { return uv_tcp_init(reactor_.loop(), handle); });
  uv_tcp_t* tcp = socket_->get();
  // Made here and not by uv_tcp_init_ex: a system without IPv6, or without descriptors, is an answer and not a failed check.
  const int fd = ::socket(parsed->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return net_error(-errno);
  if (const int code = uv_tcp_open(tcp, fd); code != 0) {
    ::close(fd);
    return net_error(code);
  }
  const int on = 1;
  if (share_port && ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) return net_error(-errno);
  if (const int code = uv_tcp_bind(tcp, generic(*parsed), 0); code != 0) return net_error(code);
  const int listening = uv_listen(reinterpret_cast<uv_stream_t*>(tcp), kBacklog, [](uv_stream_t* server, int status) {
    static_cast<TcpListener*>(server->data)->on_connection(status);
  });
  if (listening != 0) return net_error(listening);
  sockaddr_storage bound{};
  int bound_bytes = sizeof bound;
  if (const int code = uv_tcp_getsockname(tcp, reinterpret_cast<sockaddr*>(&bound), &bound_bytes); code != 0)
    return net_error(code);
  return port_of(bound);
}

void TcpListener::on_connection(int status) {
  // An error here (out of descriptors, a client gone already) concerns nobody: libuv goes on listening.
  if (status == 0) accept_or_wait();
}

void TcpListener::accept_or_wait() {
  if (accepted_this_turn_ < reactor_.options().limits.accepts_per_turn_max &&
      reactor_.accept(reinterpret_cast<uv_stream_t*>(socket_->get()))) {
    ++accepted_this_turn_;
    is_waiting_ = false;
    return;
  }
  is_waiting_ = true;
  uv_timer_start(
      retry_timer_.get(),
      [](uv_timer_t* timer) {
        auto* listener = static_cast<TcpListener*>(timer->data);
        if (listener->is_waiting_ && listener->socket_ != nullptr) listener->accept_or_wait();
      },
      kRetryMs, 0);
}

void TcpListener::close() {
  retry_timer_.close();
  socket_.reset();
}

}  // namespace provchain::net
