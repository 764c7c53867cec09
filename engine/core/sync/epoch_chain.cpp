// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sync/epoch_chain.hpp"

#include <algorithm>

#include "wire/messages.hpp"

namespace provchain::core {

using crypto::format::Certificate;
using crypto::format::EpochEnd;
using crypto::format::EpochEndView;
using crypto::format::SystemState;
using crypto::format::TrustedEpoch;

namespace {

constexpr Duration kTimeout = Duration::seconds(10);

TrustedEpoch running_of(const SystemState& system) {
  return {system.network_id, system.epoch, system.anchor_id, system.anchor_height, system.authorities};
}

}  // namespace

VerifySignatures checks_of(Ticket ticket, const Certificate& certificate, const TrustedEpoch& epoch) {
  VerifySignatures verify{ticket, {}};
  verify.checks.reserve(certificate.signers.size());
  for (const crypto::format::CertificateSigner& signer : certificate.signers) {
    SignatureCheck check;
    check.key = epoch.authorities[signer.authority.value()].key;
    check.signature = signer.signature;
    check.message = crypto::format::encode_statement(epoch.context(), crypto::format::ballot_of(certificate, signer));
    check.message_bytes = static_cast<std::uint8_t>(check.message.size());
    verify.checks.push_back(check);
  }
  return verify;
}

std::optional<Certificate> EpochChain::begin(const SystemState& system) {
  if (running_.anchor_id == system.anchor_id && running_.epoch == system.epoch && !running_.authorities.empty()) return {};
  std::optional<Certificate> contradicted;
  while (!ends_.empty() && ends_.front().next.epoch < system.epoch) ends_.pop_front();
  if (!ends_.empty() && ends_.front().next.epoch == system.epoch && ends_.front().block_id() == system.anchor_id) {
    ends_.pop_front();
  } else {
    if (!ends_.empty() && ends_.front().next.epoch == system.epoch) contradicted = ends_.front().certificate;
    ends_.clear();
  }
  running_ = running_of(system);
  before_.reset();
  if (!system.past.empty()) {
    const crypto::format::PastEpoch& past = system.past.back();
    before_ = TrustedEpoch{system.network_id, past.epoch, past.anchor_id, Height{}, past.authorities};
  }
  return contradicted;
}

const TrustedEpoch& EpochChain::newest_epoch() const { return ends_.empty() ? running_ : ends_.back().next; }

const TrustedEpoch* EpochChain::find(Epoch epoch) const {
  if (running_.authorities.empty()) return nullptr;  // nothing has begun yet
  if (epoch == running_.epoch) return &running_;
  if (before_ && epoch == before_->epoch) return &*before_;
  const auto at = std::ranges::find(ends_, epoch, [](const EpochEnd& end) { return end.next.epoch; });
  return at == ends_.end() ? nullptr : &at->next;
}

void EpochChain::ask(Now now, ConnId conn, Epoch wanted, Effects& fx) {
  if (asking_ || wanted <= newest() || ends_.size() >= ends_max) return;
  const std::uint64_t missing = wanted.value() - newest().value();
  const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(missing, ends_max - ends_.size()));
  asking_ = Asking{conn, correlations_.next(), count, newest_epoch().anchor_id, now.mono + kTimeout, {}, {}};
  const SharedBytes payload = wire::build_get_epochs({newest(), count});
  fx.emplace_back(Send{conn, wire::request(wire::MessageKind::get_epochs, asking_->corr, payload)});
}

EpochChain::Verdict EpochChain::give_up(Outcome outcome) {
  const ConnId conn = asking_->conn;
  asking_.reset();
  return {outcome, conn};
}

EpochChain::Verdict EpochChain::on_epochs(ConnId conn, std::uint32_t corr, const std::vector<EpochEndView>& epochs, Effects& fx) {
  const bool awaited = asking_ && asking_->conn == conn && asking_->corr == corr && asking_->deadline != kNever;
  if (!awaited) return {Outcome::not_mine, conn};
  if (asking_->from != newest_epoch().anchor_id) return give_up(Outcome::overtaken);
  if (epochs.size() > asking_->count) return give_up(Outcome::wrong);
  TrustedEpoch epoch = newest_epoch();
  Effects checks;
  for (const EpochEndView& bytes : epochs) {
    auto end = crypto::format::read_epoch_end(bytes, epoch);
    if (!end) return give_up(Outcome::wrong);
    const Ticket ticket = tickets_.next();
    asking_->checks.insert(ticket);
    checks.emplace_back(checks_of(ticket, end->certificate, epoch));
    epoch = end->next;
    asking_->ends.push_back(*std::move(end));
  }
  asking_->deadline = kNever;
  std::ranges::move(checks, std::back_inserter(fx));
  return {Outcome::judging, conn};
}

EpochChain::Verdict EpochChain::on_verified(Ticket ticket, const std::vector<bool>& valid) {
  if (!asking_ || asking_->checks.erase(ticket) == 0) return {Outcome::not_mine, {}};
  if (valid.empty() || std::ranges::count(valid, false) != 0) return give_up(Outcome::wrong);
  if (!asking_->checks.empty()) return {Outcome::judging, asking_->conn};
  if (asking_->from != newest_epoch().anchor_id) return give_up(Outcome::overtaken);
  std::ranges::move(asking_->ends, std::back_inserter(ends_));
  return give_up(Outcome::proven);
}

bool EpochChain::on_refused(ConnId conn, std::uint32_t corr) {
  if (!asking_ || asking_->conn != conn || asking_->corr != corr || asking_->deadline == kNever) return false;
  asking_.reset();
  return true;
}

// What is being judged already is worth the same without its sender.
void EpochChain::on_peer_gone(ConnId conn) {
  if (asking_ && asking_->conn == conn && asking_->deadline != kNever) asking_.reset();
}

std::optional<ConnId> EpochChain::take_late(MonoTime now) {
  if (!asking_ || asking_->deadline > now) return std::nullopt;
  return give_up(Outcome::wrong).conn;
}

}  // namespace provchain::core
