// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sync/server.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "wire/messages.hpp"

namespace provchain::core {

using wire::PeerReason;

namespace {

// A peer asks by id for blocks a little below a head it has just heard of; further down it asks by height. After a restart only
// the tip is known by id; who asks for another one asks the next peer, and by height when it stays stuck.
constexpr std::size_t kRecentMax = 1'024;

}  // namespace

void SyncServer::on_tip(Height height, const BlockId& id, const std::optional<ByteVector>& certificate) {
  tip_ = height;
  if (certificate) {
    certified_ = height;
    certificate_ = *certificate;
  }
  if (!recent_.emplace(id, height).second) return;
  recent_order_.push_back(id);
  if (recent_order_.size() <= kRecentMax) return;
  recent_.erase(recent_order_.front());
  recent_order_.pop_front();
}

void SyncServer::on_get_status(ConnId conn, std::uint32_t corr, Effects& fx) const {
  const wire::StatusView status{Height{std::min<std::uint64_t>(1, certified_.value())}, certified_, certificate_};
  fx.emplace_back(Send{conn, wire::answer(wire::MessageKind::status, corr, wire::build_status(status))});
}

void SyncServer::refuse(ConnId conn, std::uint32_t corr, PeerReason reason, Effects& fx) {
  counters_.count(Counter::requests_refused);
  const wire::ErrorNotice notice{corr, reason, {}};
  fx.emplace_back(Send{conn, wire::answer(wire::MessageKind::error, corr, wire::build_error(notice))});
}

bool SyncServer::begin_serve(ConnId conn, std::uint32_t corr, Effects& fx) {
  const auto at = serving_.find(conn);
  if (serving_total_ >= serves_max || (at != serving_.end() && at->second >= serves_per_peer_max)) {
    refuse(conn, corr, PeerReason::busy, fx);
    return false;
  }
  ++serving_[conn];
  ++serving_total_;
  return true;
}

void SyncServer::on_served(ConnId conn) {
  const auto at = serving_.find(conn);
  PVC_CHECK(at != serving_.end());
  --serving_total_;
  if (--at->second == 0) serving_.erase(at);
}

void SyncServer::on_get_headers(ConnId conn, std::uint32_t corr, const wire::GetHeaders& request, Effects& fx) {
  if (request.first > tip_) {
    refuse(conn, corr, PeerReason::not_found, fx);
    return;
  }
  if (!begin_serve(conn, corr, fx)) return;
  const std::uint64_t available = tip_.value() - request.first.value() + 1;
  fx.emplace_back(
      ServeHeaders{conn, corr, request.first, static_cast<std::uint32_t>(std::min<std::uint64_t>(request.count, available))});
}

// Which epochs are over the store knows; one that is not answers with not_found.
void SyncServer::on_get_epochs(ConnId conn, std::uint32_t corr, const wire::GetEpochs& request, Effects& fx) {
  if (begin_serve(conn, corr, fx)) fx.emplace_back(ServeEpochs{conn, corr, request.first, request.count});
}

void SyncServer::on_get_batch(ConnId conn, std::uint32_t corr, const wire::GetBatch& request, const SharedBytes& held,
                              Effects& fx) {
  if (request.block_id) {
    if (!held.empty()) {
      if (!begin_serve(conn, corr, fx)) return;
      fx.emplace_back(ServeHeldBlocks{conn, corr, {held}});
      return;
    }
    const auto at = recent_.find(*request.block_id);
    if (at == recent_.end() || at->second == Height{}) {
      refuse(conn, corr, PeerReason::not_found, fx);
      return;
    }
    if (!begin_serve(conn, corr, fx)) return;
    fx.emplace_back(ServeBlocks{conn, corr, at->second, 1, request.bytes_max, Height{}});
    return;
  }
  // The path needs the history tree of `head` leaves: every block below it.
  if (request.first > tip_ || request.head > tip_) {
    refuse(conn, corr, PeerReason::not_found, fx);
    return;
  }
  if (!begin_serve(conn, corr, fx)) return;
  const std::uint64_t available = tip_.value() - request.first.value() + 1;
  const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(request.count, available));
  fx.emplace_back(ServeBlocks{conn, corr, request.first, count, request.bytes_max, request.head});
}

}  // namespace provchain::core
