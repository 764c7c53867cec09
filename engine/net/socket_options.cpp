// SPDX-License-Identifier: Apache-2.0
#include "engine/net/socket_options.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace provchain::net {
namespace {

constexpr int kUnsentBytes = 131'072;
constexpr int kUnacknowledgedMs = 20'000;

}  // namespace

void prepare_socket(uv_tcp_t& socket) {
  (void)uv_tcp_nodelay(&socket, 1);
  uv_os_fd_t fd = -1;
  if (uv_fileno(reinterpret_cast<const uv_handle_t*>(&socket), &fd) != 0) return;
  (void)::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsentBytes, sizeof kUnsentBytes);
  (void)::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMs, sizeof kUnacknowledgedMs);
}

}  // namespace provchain::net
