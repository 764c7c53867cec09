// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/verifier.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace provchain::core::consensus {

using crypto::format::Ballot;
using crypto::format::Vote;

namespace {

constexpr std::size_t copies_per_peer_max = 2;

template <class Key>
void decrease(std::map<Key, std::size_t>& counts, const Key& key) {
  const auto at = counts.find(key);
  PVC_CHECK(at != counts.end() && at->second > 0);
  if (--at->second == 0) counts.erase(at);
}

template <class Key>
std::size_t count_in(const std::map<Key, std::size_t>& counts, const Key& key) {
  const auto at = counts.find(key);
  return at == counts.end() ? 0 : at->second;
}

}  // namespace

Verifier::Subject Verifier::subject_of(const Received& item) {
  // The kind of thing in the low bits, the signer above: unique among votes, certificates and proposals of a view.
  if (const auto* vote = std::get_if<ReceivedVote>(&item)) {
    const auto kind = static_cast<std::uint32_t>(vote->vote.ballot.kind);
    return {vote->vote.ballot.view.value(), (static_cast<std::uint32_t>(vote->vote.signer.value()) << 8U) | kind};
  }
  if (const auto* certificate = std::get_if<ReceivedCertificate>(&item))
    return {certificate->certificate.view.value(), 16U + static_cast<std::uint32_t>(certificate->certificate.kind)};
  return {std::get<ReceivedProposal>(item).vote.ballot.view.value(), 32U};
}

bool Verifier::is_enough_pending(ConnId conn, const Received& item) const {
  const auto at = per_subject_.find(subject_of(item));
  if (at == per_subject_.end()) return false;
  const std::size_t own = count_in(at->second, conn);
  return own == 0 ? at->second.size() >= epoch_.faults + 1 : own >= copies_per_peer_max;
}

SignatureCheck Verifier::check_of(const Ballot& ballot, AuthorityIndex signer, const Signature& signature) const {
  PVC_CHECK(epoch_.contains(signer));
  SignatureCheck check;
  check.key = epoch_.authorities[signer.value()].key;
  check.signature = signature;
  check.message_bytes = static_cast<std::uint8_t>(crypto::format::statement_bytes);
  check.message = crypto::format::encode_statement(epoch_.context, ballot);
  return check;
}

std::vector<SignatureCheck> Verifier::checks_of(const Received& item, const VoteSet& known) const {
  std::vector<SignatureCheck> checks;
  const auto need = [&](const Ballot& ballot, AuthorityIndex signer, const Signature& signature) {
    const Vote* held = known.find(ballot.kind, ballot.view, signer);
    if (held != nullptr && held->ballot == ballot && held->signature == signature) return;
    checks.push_back(check_of(ballot, signer, signature));
  };
  if (const auto* vote = std::get_if<ReceivedVote>(&item)) need(vote->vote.ballot, vote->vote.signer, vote->vote.signature);
  if (const auto* proposal = std::get_if<ReceivedProposal>(&item))
    need(proposal->vote.ballot, proposal->vote.signer, proposal->vote.signature);
  if (const auto* received = std::get_if<ReceivedCertificate>(&item))
    for (const auto& signer : received->certificate.signers)
      need(ballot_of(received->certificate, signer), signer.authority, signer.signature);
  return checks;
}

bool Verifier::submit(Sender sender, Received item, const VoteSet& known, TicketSource& tickets, std::optional<Done>& done,
                      Effects& fx) {
  VerifySignatures effect;
  effect.checks = checks_of(item, known);
  if (effect.checks.empty()) {
    done = Done{sender.conn, std::move(item), true};
    return true;
  }
  const bool is_proposal = std::holds_alternative<ReceivedProposal>(item);
  const std::size_t pending_max = sender.is_authority ? pending_per_peer_max : pending_per_stranger_max;
  if (count_in(per_peer_, sender.conn) >= pending_max) return false;
  if (!sender.is_authority && of_strangers_ >= pending_of_strangers_max) return false;
  if (is_proposal && count_in(proposals_per_peer_, sender.conn) >= proposals_per_peer_max) return false;
  ++per_peer_[sender.conn];
  if (is_proposal) ++proposals_per_peer_[sender.conn];
  if (sender.is_authority)
    ++per_subject_[subject_of(item)][sender.conn];
  else
    ++of_strangers_;
  effect.ticket = tickets.next();
  pending_.emplace(effect.ticket, Pending{sender, std::move(item), effect.checks.size()});
  fx.push_back(std::move(effect));
  return true;
}

std::optional<Verifier::Done> Verifier::on_verified(Ticket ticket, const std::vector<bool>& valid) {
  const auto at = pending_.find(ticket);
  if (at == pending_.end()) return std::nullopt;
  Pending pending = std::move(at->second);
  pending_.erase(at);
  PVC_CHECK(valid.size() == pending.checks);
  const ConnId conn = pending.sender.conn;
  decrease(per_peer_, conn);
  if (std::holds_alternative<ReceivedProposal>(pending.item)) decrease(proposals_per_peer_, conn);
  if (pending.sender.is_authority) {
    const auto subject = per_subject_.find(subject_of(pending.item));
    PVC_CHECK(subject != per_subject_.end());
    decrease(subject->second, conn);
    if (subject->second.empty()) per_subject_.erase(subject);
  } else {
    --of_strangers_;
  }
  const bool all_valid = std::ranges::all_of(valid, [](bool one) { return one; });
  return Done{conn, std::move(pending.item), all_valid};
}

}  // namespace provchain::core::consensus
