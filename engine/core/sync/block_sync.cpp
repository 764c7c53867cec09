// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sync/block_sync.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "crypto/domain.hpp"
#include "crypto/format/block_header.hpp"
#include "crypto/merkle.hpp"
#include "wire/messages.hpp"

namespace provchain::core {

using crypto::format::Certificate;
using wire::MessageKind;
using wire::PeerReason;

namespace {

// The consensus fetches this many missing blocks by itself, faster than a catch-up begins …
constexpr std::uint64_t kBlocksLeftToConsensus = 8;
// … unless it has not moved for so long, though a higher head is certified.
constexpr Duration kStuck = Duration::seconds(5);
constexpr Duration kStatusPeriodBehind = Duration::seconds(1);
constexpr Duration kStatusPeriod = Duration::seconds(10);
constexpr Duration kTimeoutMax = Duration::seconds(64);
constexpr Duration kPauseNotFound = Duration::seconds(1);
// Who names an epoch and does not prove it is not asked for it again so soon: others may be honest.
constexpr Duration kPauseUnproven = Duration::seconds(30);

std::optional<Certificate> decoded(Bytes bytes, const crypto::format::TrustedEpoch& epoch) {
  auto certificate = crypto::format::decode_certificate(bytes, epoch.authorities.size());
  if (!certificate) return std::nullopt;
  return *std::move(certificate);
}

}  // namespace

void BlockSync::on_tip(Now now, Height height, const BlockId& id, const consensus::SystemPointer& system, Effects& fx) {
  tip_ = height;
  tip_id_ = id;
  system_ = system;
  if (const auto contradicted = epochs_.begin(*system)) {
    conflict_ = Conflict{contradicted->height, contradicted->block_id,
                         crypto::format::encode_certificate(*contradicted, system->past.back().authorities.size())};
  }
  stuck_since_ = now.mono;
  if (target_ && epochs_.find(target_->epoch) == nullptr) drop_target();
  if (phase_ == Phase::committing) phase_ = Phase::waiting;
  proceed(now, fx);
}

void BlockSync::on_peer_ready(Now now, ConnId conn, Effects& fx) {
  peers_.emplace(conn, Peer{});
  fx.emplace_back(Send{conn, wire::request(MessageKind::get_status, correlations_.next(), wire::build_get_status())});
  ask_status_at_ = std::min(ask_status_at_, now.mono + kStatusPeriod);
}

void BlockSync::on_peer_gone(Now now, ConnId conn, Effects& fx) {
  peers_.erase(conn);
  epochs_.on_peer_gone(conn);
  if (source_ == conn) change_source(now, {}, fx);
}

void BlockSync::ask_status(Now now, Effects& fx) {
  for (const auto& [conn, peer] : peers_)
    fx.emplace_back(Send{conn, wire::request(MessageKind::get_status, correlations_.next(), wire::build_get_status())});
  ask_status_at_ = peers_.empty() ? kNever : now.mono + (target() > tip_ ? kStatusPeriodBehind : kStatusPeriod);
}

void BlockSync::on_status(Now now, ConnId conn, const wire::StatusView& status, Effects& fx) {
  const auto peer = peers_.find(conn);
  if (peer == peers_.end() || peer->second.verifying) return;
  // What lies below our own tip is of no use, and not worth a verification. Height 0 needs no certificate.
  if (status.height < tip_ || status.height == Height{}) return;
  const auto epoch = crypto::format::epoch_of_certificate(status.certificate);
  const crypto::format::TrustedEpoch* trusted = epoch ? epochs_.find(*epoch) : nullptr;
  if (epoch && trusted == nullptr) {
    // Of an epoch that is over, nothing above the tip can be final.
    if (*epoch > epochs_.newest() && status.height > tip_) ask_epochs(now, conn, *epoch, fx);
    return;
  }
  const auto certificate = trusted == nullptr ? std::nullopt : decoded(status.certificate, *trusted);
  if (!certificate || certificate->kind != crypto::format::VoteKind::finalize || certificate->height != status.height ||
      status.base > status.height) {
    counters_.count(Counter::sync_certificates_refused);
    fx.emplace_back(Disconnect{conn, PeerReason::malformed, 0, false});
    return;
  }
  // At the tip only another block is news: the proof that finality has failed.
  if (status.height == tip_ && !contradicts_tip(*certificate)) return;
  // The authorities of an epoch that is over decide nothing any more but, at its very end, which block that was.
  if (trusted->epoch < epochs_.running() && !contradicts_tip(*certificate)) return;
  if (target_ && target_->height == certificate->height && target_->block_id == certificate->block_id) {
    peer->second.base = status.base;
    peer->second.certified = status.height;
    proceed(now, fx);
    return;
  }
  VerifySignatures verify = checks_of(tickets_.next(), *certificate, *trusted);
  peer->second.verifying = verify.ticket;
  verifying_.emplace(verify.ticket, Verifying{conn, status.base, *certificate});
  fx.emplace_back(std::move(verify));
}

void BlockSync::ask_epochs(Now now, ConnId conn, Epoch wanted, Effects& fx) {
  if (!halted_ && peers_.at(conn).unproven_until <= now.mono) epochs_.ask(now, conn, wanted, fx);
}

void BlockSync::on_epochs(Now now, ConnId conn, std::uint32_t corr, const std::vector<crypto::format::EpochEndView>& epochs,
                          Effects& fx) {
  settle_epochs(now, epochs_.on_epochs(conn, corr, epochs, fx), fx);
}

void BlockSync::settle_epochs(Now now, const EpochChain::Verdict& verdict, Effects& fx) {
  switch (verdict.outcome) {
    case EpochChain::Outcome::not_mine:
      counters_.count(Counter::messages_unexpected);
      return;
    case EpochChain::Outcome::judging:
    case EpochChain::Outcome::overtaken:
      return;
    case EpochChain::Outcome::wrong:
      send_away(verdict.conn, fx);
      return;
    case EpochChain::Outcome::proven:
      break;
  }
  const Certificate& certificate = epochs_.last_end()->certificate;
  if (epochs_.running_end()->header.height <= tip_) set_conflict(epochs_.running_end()->certificate);
  if (const auto peer = peers_.find(verdict.conn); peer != peers_.end())
    peer->second.certified = std::max(peer->second.certified, certificate.height);
  raise_target(now, certificate);
  // Now the heads can be judged that were beyond us before.
  ask_status(now, fx);
  proceed(now, fx);
}

void BlockSync::on_verified(Now now, Ticket ticket, const std::vector<bool>& valid, Effects& fx) {
  if (const auto verdict = epochs_.on_verified(ticket, valid); verdict.outcome != EpochChain::Outcome::not_mine) {
    settle_epochs(now, verdict, fx);
    return;
  }
  const auto at = verifying_.find(ticket);
  if (at == verifying_.end()) {
    counters_.count(Counter::effects_unanswered);
    return;
  }
  const Verifying verified = std::move(at->second);
  verifying_.erase(at);
  const auto peer = peers_.find(verified.conn);
  if (peer != peers_.end()) peer->second.verifying.reset();
  if (valid.size() != verified.certificate.signers.size() || std::ranges::count(valid, false) != 0) {
    counters_.count(Counter::sync_certificates_refused);
    if (peer != peers_.end()) fx.emplace_back(Disconnect{verified.conn, PeerReason::malformed, 0, false});
    return;
  }
  if (peer != peers_.end()) {
    peer->second.base = verified.base;
    peer->second.certified = verified.certificate.height;
  }
  if (contradicts_tip(verified.certificate)) set_conflict(verified.certificate);
  raise_target(now, verified.certificate);
  proceed(now, fx);
}

void BlockSync::on_certified_ahead(Now now, const std::optional<consensus::CertifiedHead>& head, Effects& fx) {
  if (!head) return;
  raise_target(now, head->certificate);
  proceed(now, fx);
}

void BlockSync::raise_target(Now now, const Certificate& certificate) {
  // While blocks are on their way the head they are proven by stays: a moving target would make every batch in flight worthless.
  if (is_active() || epochs_.find(certificate.epoch) == nullptr) return;
  if (certificate.height <= tip_ || (target_ && certificate.height <= target_->height)) return;
  if (!target_ || target_->height <= tip_) stuck_since_ = now.mono;
  target_ = certificate;
  target_history_root_.reset();
}

bool BlockSync::is_behind_enough(Now now) const {
  if (!target_ || target_->height <= tip_) return false;
  return target_->height > tip_.plus(kBlocksLeftToConsensus) || now.mono - stuck_since_ >= kStuck;
}

void BlockSync::proceed(Now now, Effects& fx) {
  if (phase_ == Phase::idle) {
    if (!is_behind_enough(now)) return;
    phase_ = Phase::waiting;
    ask_status_at_ = std::min(ask_status_at_, now.mono + kStatusPeriodBehind);
  }
  if (phase_ != Phase::waiting || halted_) return;
  if (target_->height <= tip_) {
    if (contradicts_tip(*target_)) set_conflict(*target_);
    if (target_->block_id == tip_id_) finished_ = target_;
    drop_target();
    ask_status(now, fx);
    return;
  }
  if (!source_) source_ = choose_source(now);
  if (!source_) return;
  last_source_ = *source_;
  if (target_history_root_)
    ask_batch(now, fx);
  else
    ask_header(now, fx);
}

std::optional<ConnId> BlockSync::choose_source(Now now) const {
  std::optional<ConnId> first;
  for (const auto& [conn, peer] : peers_) {
    if (peer.certified < target_->height || peer.base > tip_.next() || peer.usable_at > now.mono) continue;
    if (conn > last_source_) return conn;
    if (!first) first = conn;
  }
  return first;
}

void BlockSync::ask_header(Now now, Effects& fx) {
  phase_ = Phase::header;
  corr_ = correlations_.next();
  deadline_ = now.mono + timeout_;
  fx.emplace_back(Send{*source_, wire::request(MessageKind::get_headers, corr_, wire::build_get_headers({target_->height, 1}))});
}

Height BlockSync::batch_end() const {
  const crypto::format::EpochEnd* end = epochs_.running_end();
  return end == nullptr ? target_->height : std::min(end->header.height, target_->height);
}

void BlockSync::ask_batch(Now now, Effects& fx) {
  phase_ = Phase::batch;
  corr_ = correlations_.next();
  deadline_ = now.mono + timeout_;
  wire::GetBatch request;
  request.first = tip_.next();
  request.count =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(limits::sync_batch_blocks_max, batch_end().value() - tip_.value()));
  request.bytes_max = limits::sync_batch_bytes_max;
  request.head = target_->height;
  fx.emplace_back(Send{*source_, wire::request(MessageKind::get_batch, corr_, wire::build_get_batch(request))});
}

void BlockSync::on_headers(Now now, ConnId conn, std::uint32_t corr, Bytes headers, Effects& fx) {
  if (phase_ != Phase::header || source_ != conn || corr_ != corr) {
    counters_.count(Counter::messages_unexpected);
    return;
  }
  const auto header = crypto::format::decode_block_header(headers);
  if (!header || crypto::format::block_id_of(headers) != target_->block_id) {
    blame(now, fx);
    return;
  }
  target_history_root_ = header->history_root;
  deadline_ = kNever;
  phase_ = Phase::waiting;
  proceed(now, fx);
}

void BlockSync::on_batch(Now /*now*/, ConnId conn, std::uint32_t corr, const SharedBytes& payload, Effects& fx) {
  if (phase_ != Phase::batch || source_ != conn || corr_ != corr) {
    counters_.count(Counter::messages_unexpected);
    return;
  }
  phase_ = Phase::opening;
  deadline_ = kNever;
  opening_ = tickets_.next();
  fx.emplace_back(OpenBatch{opening_, payload});
}

void BlockSync::on_batch_opened(Now now, Ticket ticket, const std::optional<OpenedBatch>& batch, Effects& fx) {
  if (phase_ != Phase::opening || opening_ != ticket) {
    counters_.count(Counter::effects_unanswered);
    return;
  }
  // The consensus may have filled the gap meanwhile; then the batch is stale, not wrong.
  if (batch && batch->first <= tip_) {
    phase_ = Phase::waiting;
    proceed(now, fx);
    return;
  }
  if (!batch || !is_proven(*batch)) {
    blame(now, fx);
    return;
  }
  counters_.count(Counter::sync_batches);
  timeout_ = timeout_first;
  if (!fits_epoch(*batch)) {
    halt_invalid(fx);
    return;
  }
  phase_ = Phase::checking;
  blocks_ = batch->blocks;
  for (const SharedBytes& block : blocks_) {
    const Ticket check = tickets_.next();
    checks_.emplace(check, true);
    fx.emplace_back(CheckBlock{check, block, {}, system_});
  }
}

bool BlockSync::fits_epoch(const OpenedBatch& batch) const {
  const crypto::format::EpochEnd* end = epochs_.running_end();
  for (const SharedBytes& block : batch.blocks) {
    const Bytes header_bytes = block.view().first(crypto::format::block_header_bytes);
    const auto header = crypto::format::decode_block_header(header_bytes);
    const bool at_end = end != nullptr && header->height == end->header.height;
    if (at_end && crypto::format::block_id_of(header_bytes) != end->block_id()) return false;
    if (header->ends_epoch() && !at_end && header->height != target_->height) return false;
  }
  return true;
}

bool BlockSync::is_proven(const OpenedBatch& batch) const {
  if (batch.first != tip_.next() || batch.blocks.empty() || batch.blocks.size() > limits::sync_batch_blocks_max) return false;
  Height height = tip_;
  BlockId parent = tip_id_;
  for (const SharedBytes& block : batch.blocks) {
    if (block.size() < crypto::format::block_header_bytes || height == batch_end()) return false;
    const Bytes header_bytes = block.view().first(crypto::format::block_header_bytes);
    const auto header = crypto::format::decode_block_header(header_bytes);
    if (!header || header->height != height.next() || header->parent_id != parent) return false;
    height = header->height;
    parent = crypto::format::block_id_of(header_bytes);
  }
  if (height == target_->height) return parent == target_->block_id;
  const crypto::merkle::TaggedHash tree(crypto::domain::history);
  return crypto::merkle::verify_inclusion(tree, tree.leaf(parent.view()), height.value(), target_->height.value(), batch.path,
                                          *target_history_root_);
}

void BlockSync::on_block_checked(Now now, Ticket ticket, const BlockVerdict& verdict, Effects& fx) {
  if (phase_ != Phase::checking || checks_.erase(ticket) == 0) {
    counters_.count(Counter::effects_unanswered);
    return;
  }
  switch (verdict.outcome) {
    case BlockOutcome::valid:
      break;
    case BlockOutcome::wrong_body:
      blame(now, fx);
      return;
    case BlockOutcome::invalid:
      halt_invalid(fx);
      return;
  }
  if (checks_.empty()) commit(now, fx);
}

// Its id is proven: a quorum has certified a block that this node holds to be invalid. Asking again will not help.
void BlockSync::halt_invalid(Effects& fx) {
  fx.emplace_back(Alarm{AlarmKind::halted_invalid_certified,
                        "a certified block above height " + std::to_string(tip_.value()) + " is invalid here",
                        {encoded(*target_)}});
  halt();
}

void BlockSync::commit(Now now, Effects& fx) {
  const auto first = crypto::format::decode_block_header(blocks_.front().view().first(crypto::format::block_header_bytes));
  PVC_CHECK(first.has_value());
  const Height last(first->height.value() + blocks_.size() - 1);
  if (last <= tip_) {  // the consensus was faster
    abandon_batch();
    phase_ = Phase::waiting;
    proceed(now, fx);
    return;
  }
  Commit commit;
  const crypto::format::EpochEnd* end = epochs_.running_end();
  if (last == target_->height)
    commit.certificate = encoded(*target_);
  else if (end != nullptr && last == end->header.height)
    commit.certificate = encoded(end->certificate);
  counters_.count(Counter::blocks_synced, blocks_.size());
  commit.blocks = std::move(blocks_);
  abandon_batch();
  phase_ = Phase::committing;
  fx.emplace_back(std::move(commit));
}

void BlockSync::halt() {
  halted_ = true;
  abandon_batch();
  if (phase_ != Phase::idle) phase_ = Phase::waiting;
}

bool BlockSync::contradicts_tip(const Certificate& certificate) const {
  return certificate.height == tip_ && certificate.block_id != tip_id_ && certificate.epoch == epoch_of_tip();
}

Epoch BlockSync::epoch_of_tip() const {
  const bool ended_one = tip_ == system_->anchor_height && system_->epoch > Epoch{};
  return ended_one ? Epoch(system_->epoch.value() - 1) : system_->epoch;
}

ByteVector BlockSync::encoded(const Certificate& certificate) const {
  return crypto::format::encode_certificate(certificate, epochs_.find(certificate.epoch)->authorities.size());
}

void BlockSync::set_conflict(const Certificate& certificate) {
  conflict_ = Conflict{certificate.height, certificate.block_id, encoded(certificate)};
}

void BlockSync::drop_target() {
  abandon_batch();
  target_.reset();
  target_history_root_.reset();
  source_.reset();
  phase_ = Phase::idle;
}

void BlockSync::distrust(Now now, ConnId conn) {
  if (const auto peer = peers_.find(conn); peer != peers_.end()) peer->second.unproven_until = now.mono + kPauseUnproven;
}

void BlockSync::abandon_batch() {
  blocks_.clear();
  checks_.clear();
  deadline_ = kNever;
}

void BlockSync::change_source(Now now, Duration pause, Effects& fx) {
  const auto peer = source_ ? peers_.find(*source_) : peers_.end();
  if (peer != peers_.end()) peer->second.usable_at = now.mono + pause;
  source_.reset();
  // Blocks that are here already are proven whoever sent them; only a request is void.
  if (phase_ != Phase::header && phase_ != Phase::batch) return;
  abandon_batch();
  phase_ = Phase::waiting;
  proceed(now, fx);
}

void BlockSync::blame(Now now, Effects& fx) {
  abandon_batch();
  if (source_) send_away(*source_, fx);
  source_.reset();
  phase_ = Phase::waiting;
  proceed(now, fx);
}

// It is gone once the connection is, which on_peer_gone says.
void BlockSync::send_away(ConnId conn, Effects& fx) {
  counters_.count(Counter::sync_peers_blamed);
  fx.emplace_back(Disconnect{conn, PeerReason::malformed, 0, false});
  peers_.erase(conn);
}

void BlockSync::on_error(Now now, ConnId conn, std::uint32_t corr, PeerReason /*code*/, Effects& fx) {
  if (epochs_.on_refused(conn, corr)) {
    distrust(now, conn);
    return;
  }
  if ((phase_ != Phase::header && phase_ != Phase::batch) || source_ != conn || corr_ != corr) return;
  change_source(now, kPauseNotFound, fx);
}

void BlockSync::on_tick(Now now, Effects& fx) {
  if (deadline_ <= now.mono) {
    deadline_ = kNever;
    counters_.count(Counter::sync_timeouts);
    // The next one gets more time: on a slow link of our own every peer looks slow.
    timeout_ = std::min(kTimeoutMax, timeout_ * 2);
    change_source(now, kPauseNotFound, fx);
  }
  if (const auto late = epochs_.take_late(now.mono)) {
    counters_.count(Counter::sync_timeouts);
    distrust(now, *late);
  }
  if (ask_status_at_ <= now.mono) ask_status(now, fx);
  proceed(now, fx);
}

MonoTime BlockSync::next_deadline() const { return std::min({deadline_, ask_status_at_, epochs_.next_deadline()}); }

std::optional<BlockSync::Conflict> BlockSync::take_conflict() { return std::exchange(conflict_, std::nullopt); }

std::optional<Certificate> BlockSync::take_finished() { return std::exchange(finished_, std::nullopt); }

}  // namespace provchain::core
