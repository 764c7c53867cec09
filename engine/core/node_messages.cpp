// SPDX-License-Identifier: Apache-2.0
// Messages on their way to the part they are for: read by wire, judged there. A message that cannot be read ends the connection.
#include <vector>

#include "engine/core/node_parts.hpp"
#include "wire/messages.hpp"

namespace provchain::core {

using wire::MessageKind;

namespace {

std::vector<TxId> to_vector(const wire::IdList& list) {
  std::vector<TxId> ids;
  ids.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) ids.push_back(list[i]);
  return ids;
}

}  // namespace

void NodeCore::Parts::dispatch(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  switch (message.kind) {
    case MessageKind::hello:
    case MessageKind::ping:
    case MessageKind::pong:
    case MessageKind::disconnect:
      PVC_UNREACHABLE();  // the sessions keep them
    case MessageKind::error:
      on_error(now, conn, message, fx);
      return;
    case MessageKind::vote:
    case MessageKind::proposal:
    case MessageKind::certificate:
    case MessageKind::view_status:
    case MessageKind::get_certificates:
    case MessageKind::certificates:
      consensus.on_message(now, conn, message, fx);
      return;
    case MessageKind::get_epochs:
      on_get_epochs(conn, message, fx);
      return;
    case MessageKind::epochs:
      on_epochs(now, conn, message, fx);
      return;
    case MessageKind::tx_announce:
      on_tx_announce(now, conn, message, fx);
      return;
    case MessageKind::get_transactions:
      on_get_transactions(now, conn, message, fx);
      return;
    case MessageKind::transactions:
      on_transactions(now, conn, message, fx);
      return;
    case MessageKind::get_status:
      on_get_status(conn, message, fx);
      return;
    case MessageKind::status:
      on_status(now, conn, message, fx);
      return;
    case MessageKind::get_headers:
      on_get_headers(conn, message, fx);
      return;
    case MessageKind::headers:
      on_headers(now, conn, message, fx);
      return;
    case MessageKind::get_batch:
      on_get_batch(conn, message, fx);
      return;
    case MessageKind::batch:
      on_batch(now, conn, message, fx);
      return;
  }
  PVC_UNREACHABLE();
}

void NodeCore::Parts::malformed(ConnId conn, Effects& fx) {
  counters.count(Counter::messages_malformed);
  fx.emplace_back(Disconnect{conn, wire::PeerReason::malformed, 0, false});
}

void NodeCore::Parts::on_tx_announce(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  const auto ids = wire::parse_tx_announce(message.payload.view());
  if (!ids) return malformed(conn, fx);
  // What is announced cannot be judged while the chain's end is unknown here; it is announced again when it waits too long.
  if (!is_syncing()) relay.on_announce(now, conn, to_vector(*ids), fx);
}

void NodeCore::Parts::on_get_transactions(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  const auto ids = wire::parse_get_transactions(message.payload.view());
  if (!ids) return malformed(conn, fx);
  relay.on_get(now, conn, message.corr, to_vector(*ids), fx);
}

void NodeCore::Parts::on_transactions(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  const auto list = wire::parse_transactions(message.payload.view(), options.genesis.parameters.max_block_bytes);
  if (!list) return malformed(conn, fx);
  for (const Bytes bytes : *list) {
    const TxId id = crypto::format::tx_id_of(bytes.first(crypto::format::tx_header_bytes));
    relay.on_received(conn, id);
    if (!admission.on_peer_transaction(now, conn, wire::part_of(message.payload, bytes), tip(), is_syncing(), fx)) {
      relay.forget({&id, 1});
      return malformed(conn, fx);
    }
    if (mempool.find(id) == nullptr && !admission.is_in_check(id)) relay.forget({&id, 1});
  }
  if (message.response) relay.on_answered(now, conn, message.corr, fx);
}

void NodeCore::Parts::on_get_status(ConnId conn, const wire::InMessage& message, Effects& fx) {
  if (!wire::parse_get_status(message.payload.view())) return malformed(conn, fx);
  server.on_get_status(conn, message.corr, fx);
}

void NodeCore::Parts::on_status(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  const auto status = wire::parse_status(message.payload.view());
  if (!status) return malformed(conn, fx);
  sync.on_status(now, conn, *status, fx);
}

void NodeCore::Parts::on_get_headers(ConnId conn, const wire::InMessage& message, Effects& fx) {
  const auto request = wire::parse_get_headers(message.payload.view());
  if (!request) return malformed(conn, fx);
  server.on_get_headers(conn, message.corr, *request, fx);
}

void NodeCore::Parts::on_headers(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  const auto headers = wire::parse_headers(message.payload.view());
  if (!headers) return malformed(conn, fx);
  sync.on_headers(now, conn, message.corr, *headers, fx);
}

void NodeCore::Parts::on_get_epochs(ConnId conn, const wire::InMessage& message, Effects& fx) {
  const auto request = wire::parse_get_epochs(message.payload.view());
  if (!request) return malformed(conn, fx);
  server.on_get_epochs(conn, message.corr, *request, fx);
}

void NodeCore::Parts::on_epochs(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  const auto epochs = wire::parse_epochs(message.payload.view());
  if (!epochs) return malformed(conn, fx);
  sync.on_epochs(now, conn, message.corr, *epochs, fx);
}

void NodeCore::Parts::on_get_batch(ConnId conn, const wire::InMessage& message, Effects& fx) {
  const auto request = wire::parse_get_batch(message.payload.view());
  if (!request) return malformed(conn, fx);
  server.on_get_batch(conn, message.corr, *request, request->block_id ? consensus.held_block(*request->block_id) : SharedBytes{},
                      fx);
}

void NodeCore::Parts::on_batch(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  if (CorrelationSource::owner_of(message.corr) == owner::sync)
    sync.on_batch(now, conn, message.corr, message.payload, fx);
  else
    consensus.on_message(now, conn, message, fx);
}

void NodeCore::Parts::on_error(Now now, ConnId conn, const wire::InMessage& message, Effects& fx) {
  const auto notice = wire::parse_error(message.payload.view());
  if (!notice) return malformed(conn, fx);
  switch (CorrelationSource::owner_of(notice->corr)) {
    case owner::consensus:
      consensus.on_message(now, conn, message, fx);
      return;
    case owner::admission:
      relay.on_refused(now, conn, notice->corr, fx);
      return;
    case owner::sync:
      sync.on_error(now, conn, notice->corr, notice->code, fx);
      return;
    default:
      counters.count(Counter::messages_unexpected);
      return;
  }
}

}  // namespace provchain::core
