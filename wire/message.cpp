// SPDX-License-Identifier: Apache-2.0
#include "wire/message.hpp"

#include "base/check.hpp"

namespace provchain::wire {

std::string_view to_string(MessageKind kind) {
  switch (kind) {
    case MessageKind::hello:
      return "hello";
    case MessageKind::ping:
      return "ping";
    case MessageKind::pong:
      return "pong";
    case MessageKind::disconnect:
      return "disconnect";
    case MessageKind::error:
      return "error";
    case MessageKind::vote:
      return "vote";
    case MessageKind::proposal:
      return "proposal";
    case MessageKind::certificate:
      return "certificate";
    case MessageKind::view_status:
      return "view_status";
    case MessageKind::get_certificates:
      return "get_certificates";
    case MessageKind::certificates:
      return "certificates";
    case MessageKind::get_epochs:
      return "get_epochs";
    case MessageKind::tx_announce:
      return "tx_announce";
    case MessageKind::get_transactions:
      return "get_transactions";
    case MessageKind::transactions:
      return "transactions";
    case MessageKind::epochs:
      return "epochs";
    case MessageKind::get_status:
      return "get_status";
    case MessageKind::status:
      return "status";
    case MessageKind::get_headers:
      return "get_headers";
    case MessageKind::headers:
      return "headers";
    case MessageKind::get_batch:
      return "get_batch";
    case MessageKind::batch:
      return "batch";
  }
  return "none";
}

std::string_view to_string(PeerReason reason) {
  switch (reason) {
    case PeerReason::version:
      return "version";
    case PeerReason::duplicate:
      return "duplicate";
    case PeerReason::self:
      return "self";
    case PeerReason::network:
      return "network";
    case PeerReason::full:
      return "full";
    case PeerReason::banned:
      return "banned";
    case PeerReason::slow_peer:
      return "slow_peer";
    case PeerReason::flood:
      return "flood";
    case PeerReason::malformed:
      return "malformed";
    case PeerReason::unknown:
      return "unknown";
    case PeerReason::timeout:
      return "timeout";
    case PeerReason::shutdown:
      return "shutdown";
    case PeerReason::busy:
      return "busy";
    case PeerReason::not_found:
      return "not_found";
    case PeerReason::pruned:
      return "pruned";
    case PeerReason::internal:
      return "internal";
  }
  return "none";
}

}  // namespace provchain::wire
