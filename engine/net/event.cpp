// SPDX-License-Identifier: Apache-2.0
#include "engine/net/event.hpp"

#include "base/check.hpp"
#include "engine/net/net_error.hpp"

namespace provchain::net {

std::string_view to_string(CloseReason reason) {
  switch (reason) {
    case CloseReason::requested:
      return "requested";
    case CloseReason::stopped:
      return "stopped";
    case CloseReason::ended_by_peer:
      return "ended_by_peer";
    case CloseReason::connection_lost:
      return "connection_lost";
    case CloseReason::resolve_failed:
      return "resolve_failed";
    case CloseReason::refused:
      return "refused";
    case CloseReason::connect_timeout:
      return "connect_timeout";
    case CloseReason::handshake_timeout:
      return "handshake_timeout";
    case CloseReason::handshake_failed:
      return "handshake_failed";
    case CloseReason::wrong_network:
      return "wrong_network";
    case CloseReason::wrong_protocol:
      return "wrong_protocol";
    case CloseReason::wrong_node:
      return "wrong_node";
    case CloseReason::self:
      return "self";
    case CloseReason::malformed:
      return "malformed";
    case CloseReason::oversized:
      return "oversized";
    case CloseReason::record_timeout:
      return "record_timeout";
    case CloseReason::slow_peer:
      return "slow_peer";
    case CloseReason::too_many_connections:
      return "too_many_connections";
    case CloseReason::receive_memory_full:
      return "receive_memory_full";
  }
  PVC_UNREACHABLE();
}

std::string_view to_string(NetErrc errc) {
  switch (errc) {
    case NetErrc::bad_listen_address:
      return "not an address of this machine";
    case NetErrc::port_in_use:
      return "the port is in use";
    case NetErrc::permission_denied:
      return "no permission to use this port";
    case NetErrc::system:
      return "the operating system refused";
  }
  PVC_UNREACHABLE();
}

}  // namespace provchain::net
