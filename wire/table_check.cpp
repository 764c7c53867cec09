// SPDX-License-Identifier: Apache-2.0
#include "wire/table_check.hpp"

#include "consensus_generated.h"
#include "sync_generated.h"
#include "transactions_generated.h"
#include "wire/table.hpp"

namespace provchain::wire {

namespace {

template <class Root>
Result<void, Error> check(MessageKind kind, Bytes payload) {
  PVC_TRY_VOID(verify<Root>(kind, payload));
  return {};
}

}  // namespace

Result<void, Error> check_table(MessageKind kind, Bytes payload) {
  switch (kind) {
    case MessageKind::proposal:
      return check<fb::Proposal>(kind, payload);
    case MessageKind::tx_announce:
    case MessageKind::get_transactions:
      return check<fb::TxIds>(kind, payload);
    case MessageKind::status:
      return check<fb::Status>(kind, payload);
    case MessageKind::get_batch:
      return check<fb::GetBatch>(kind, payload);
    case MessageKind::hello:
    case MessageKind::ping:
    case MessageKind::pong:
    case MessageKind::disconnect:
    case MessageKind::error:
    case MessageKind::vote:
    case MessageKind::certificate:
    case MessageKind::view_status:
    case MessageKind::get_certificates:
    case MessageKind::certificates:
    case MessageKind::get_epochs:
    case MessageKind::transactions:
    case MessageKind::epochs:
    case MessageKind::get_status:
    case MessageKind::get_headers:
    case MessageKind::headers:
    case MessageKind::batch:
      return {};
  }
  return {};
}

}  // namespace provchain::wire
