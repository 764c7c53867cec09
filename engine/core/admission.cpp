// SPDX-License-Identifier: Apache-2.0
#include "engine/core/admission.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "engine/core/consensus/proposal_rules.hpp"

namespace provchain::core {

using crypto::format::TxKind;
using crypto::format::TxReject;
using crypto::format::TxView;

namespace {

// Checks that wait for the pool. More would only wait longer, and their bytes are not in the mempool's account yet.
constexpr std::size_t kInCheckMax = 4'096;
constexpr std::size_t kInCheckBytesMax = std::size_t{64} << 20;
constexpr std::size_t kRejectedRemembered = 65'536;
// Room and catching up both come back within about a block.
constexpr std::uint32_t kRetryAfterMs = 1'000;

// What follows from each reason, in one place.
struct Consequence {
  bool of_header = false;   // the 128 bytes of the header, and nothing behind them, lead to it
  bool peer_fault = false;  // an honest node, which has checked what it passes on, could not have sent it
  bool passing = false;     // worth another try soon
};

constexpr Consequence consequence_of(TxReject reject) {
  switch (reject) {
    case TxReject::wrong_network:
    case TxReject::unsupported_kind:
    case TxReject::too_large:
    case TxReject::bad_author_key:
      return {.of_header = true, .peer_fault = true};
    case TxReject::malformed:
    case TxReject::bad_dataset_root:
    case TxReject::not_canonical:
    case TxReject::not_sorted:
    case TxReject::blank_node:
    case TxReject::reserved_graph:
    case TxReject::bad_quad_count:
    case TxReject::bad_signature:
      return {.peer_fault = true};
    case TxReject::expired:
      return {.of_header = true};
    case TxReject::duplicate:
    // An honest peer may stand in another epoch, with other authorities and participants.
    case TxReject::bad_governance:
    case TxReject::bad_evidence:
    case TxReject::not_applicable:
    case TxReject::author_not_admitted:
      return {};
    case TxReject::author_quota:
    case TxReject::mempool_full:
    case TxReject::syncing:
      return {.passing = true};
  }
  PVC_UNREACHABLE();
}

}  // namespace

Admission::Admission(const crypto::format::Genesis& genesis, Mempool& mempool, Counters& counters)
    : genesis_(genesis),
      system_(std::make_shared<const crypto::format::SystemState>(genesis_state(genesis))),
      mempool_(mempool),
      counters_(counters) {}

std::optional<TxReject> Admission::refuse_early(const TxView& tx, Height tip, bool syncing) const {
  if (syncing) return TxReject::syncing;
  if (tx.bytes.size() > genesis_.parameters.max_block_bytes) return TxReject::too_large;
  if (tx.header.network_id != genesis_.network_id) return TxReject::wrong_network;
  if (tx.header.kind == TxKind::dataset && !system_->may_write(tx.header.author)) return TxReject::author_not_admitted;
  if (tx.header.valid_until <= tip) return TxReject::expired;
  if (mempool_.find(tx.id) != nullptr || mempool_.recently_final(tx.id)) return TxReject::duplicate;
  if (mempool_.is_over_quota(tx.header.author, tx.bytes.size())) return TxReject::author_quota;
  if (in_check_.size() >= kInCheckMax || bytes_in_check_ + tx.bytes.size() > kInCheckBytesMax) return TxReject::mempool_full;
  return std::nullopt;
}

void Admission::on_submit(Now /*now*/, RequestId request, const SharedBytes& bytes, Height tip, bool syncing, Effects& fx) {
  counters_.count(Counter::transactions_submitted);
  const auto tx = crypto::format::decode_transaction(bytes.view());
  if (!tx) {
    const bool unknown_kind = tx.error().code == crypto::format::FormatErrc::unknown_kind;
    refuse({}, unknown_kind ? TxReject::unsupported_kind : TxReject::malformed, request, fx);
    return;
  }
  if (const auto reject = refuse_early(*tx, tip, syncing)) {
    refuse(tx->id, *reject, request, fx);
    return;
  }
  start_check(tx->id, request, bytes, fx);
}

bool Admission::on_peer_transaction(Now /*now*/, ConnId from, const SharedBytes& bytes, Height tip, bool syncing, Effects& fx) {
  counters_.count(Counter::transactions_received);
  const auto tx = crypto::format::decode_transaction(bytes.view());
  if (!tx) {
    counters_.count(TxReject::malformed);
    return false;
  }
  if (const auto reject = refuse_early(*tx, tip, syncing)) {
    refuse(tx->id, *reject, from, fx);
    return true;
  }
  // The bytes outlive the message they came in: a copy frees the receive buffer.
  start_check(tx->id, from, SharedBytes::copy_of(bytes.view()), fx);
  return true;
}

void Admission::start_check(const TxId& id, const Origin& origin, const SharedBytes& bytes, Effects& fx) {
  const Ticket ticket = tickets_.next();
  in_check_.emplace(ticket, InCheck{id, origin, bytes});
  ++ids_in_check_[id];
  bytes_in_check_ += bytes.size();
  fx.emplace_back(CheckTransaction{ticket, bytes, system_});
}

std::optional<Admission::Settled> Admission::on_transaction_checked(Now now, Ticket ticket, const TxVerdict& verdict, Height tip,
                                                                    Effects& fx) {
  const auto at = in_check_.find(ticket);
  if (at == in_check_.end()) {
    counters_.count(Counter::effects_unanswered);
    return std::nullopt;
  }
  const InCheck checked = std::move(at->second);
  in_check_.erase(at);
  bytes_in_check_ -= checked.bytes.size();
  const auto counted = ids_in_check_.find(checked.id);
  if (--counted->second == 0) ids_in_check_.erase(counted);

  Settled settled{checked.id, false, {}, {}};
  if (const auto* conn = std::get_if<ConnId>(&checked.origin)) settled.from = *conn;
  if (verdict.reject) {
    refuse(checked.id, *verdict.reject, checked.origin, fx);
    return settled;
  }
  if (!consensus::has_place(*system_, verdict.tx)) {
    const bool is_dataset = verdict.tx.kind == TxKind::dataset;
    refuse(checked.id, is_dataset ? TxReject::author_not_admitted : TxReject::not_applicable, checked.origin, fx);
    return settled;
  }
  Mempool::Inserted inserted = mempool_.insert(verdict.tx, checked.bytes, now.mono, tip.next());
  counters_.count(Counter::transactions_evicted, inserted.evicted.size());
  settled.evicted = std::move(inserted.evicted);
  if (inserted.reject) {
    refuse(checked.id, *inserted.reject, checked.origin, fx);
    return settled;
  }
  counters_.count(Counter::transactions_pooled);
  rejected_.erase(checked.id);
  settled.pooled = true;
  if (const auto* request = std::get_if<RequestId>(&checked.origin))
    fx.emplace_back(Reply{*request, checked.id, TxStatus{TxPhase::pending, {}, {}, 0}});
  return settled;
}

void Admission::refuse(const TxId& id, TxReject reject, const Origin& origin, Effects& fx) {
  counters_.count(reject);
  if (reject != TxReject::duplicate && !consequence_of(reject).passing && !id.is_zero()) remember(id, reject);
  if (const auto* request = std::get_if<RequestId>(&origin)) {
    fx.emplace_back(
        Reply{*request, id, TxStatus{TxPhase::rejected, reject, {}, consequence_of(reject).passing ? kRetryAfterMs : 0}});
    return;
  }
  if (consequence_of(reject).peer_fault)
    fx.emplace_back(Disconnect{std::get<ConnId>(origin), wire::PeerReason::malformed, 0, false});
}

void Admission::remember(const TxId& id, TxReject reject) {
  if (!rejected_.insert_or_assign(id, reject).second) return;
  rejected_order_.push_back(id);
  if (rejected_order_.size() <= kRejectedRemembered) return;
  rejected_.erase(rejected_order_.front());
  rejected_order_.pop_front();
}

bool Admission::set_system(const consensus::SystemPointer& system) { return std::exchange(system_, system) != system; }

void Admission::on_inapplicable(const TxId& id, TxReject reject) {
  counters_.count(reject);
  remember(id, reject);
}

void Admission::on_expired(std::span<const TxId> ids) {
  counters_.count(Counter::transactions_expired, ids.size());
  for (const TxId& id : ids) remember(id, TxReject::expired);
}

TxStatus Admission::lookup(const TxId& id) const {
  if (mempool_.find(id) != nullptr || is_in_check(id)) return {TxPhase::pending, {}, {}, 0};
  if (const auto height = mempool_.recently_final(id)) return {TxPhase::final, {}, height, 0};
  const auto at = rejected_.find(id);
  if (at == rejected_.end()) return {};
  if (at->second == TxReject::expired) return {TxPhase::expired, {}, {}, 0};
  return {TxPhase::rejected, at->second, {}, 0};
}

bool Admission::is_settled(const TxId& id) const {
  if (mempool_.find(id) != nullptr || mempool_.recently_final(id) || is_in_check(id)) return true;
  const auto at = rejected_.find(id);
  return at != rejected_.end() && consequence_of(at->second).of_header;
}

}  // namespace provchain::core
