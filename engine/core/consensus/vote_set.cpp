// SPDX-License-Identifier: Apache-2.0
#include "engine/core/consensus/vote_set.hpp"

#include <algorithm>
#include <vector>

#include "base/check.hpp"
#include "engine/core/consensus/safety.hpp"

namespace provchain::core::consensus {

namespace {

using crypto::format::Ballot;
using crypto::format::Certificate;
using crypto::format::CertificateSigner;
using crypto::format::Vote;
using crypto::format::VoteKind;

std::size_t slot(VoteKind kind) { return static_cast<std::size_t>(kind) - 1; }

Certificate certificate_for(const Ballot& ballot) {
  Certificate certificate;
  certificate.kind = ballot.kind;
  certificate.epoch = ballot.epoch;
  certificate.view = ballot.view;
  if (ballot.kind == VoteKind::nullify) return certificate;
  certificate.parent_view = ballot.parent_view;
  certificate.height = ballot.height;
  certificate.block_id = ballot.block_id;
  return certificate;
}

}  // namespace

VoteSet::VoteSet(std::size_t authority_count)
    : authority_count_(authority_count), quorum_(crypto::format::quorum(authority_count)) {}

const VoteSet::BySigner* VoteSet::votes_of(VoteKind kind, View view) const {
  const auto at = views_.find(view);
  return at == views_.end() ? nullptr : &at->second.by_kind[slot(kind)];
}

VoteSet::Judgement VoteSet::judge(const Vote& vote) const {
  const auto at = views_.find(vote.ballot.view);
  if (at == views_.end()) return Judgement::fresh;
  const BySigner& votes = at->second.by_kind[slot(vote.ballot.kind)];
  const auto held = votes.find(vote.signer);
  if (held == votes.end()) return Judgement::fresh;
  if (held->second.ballot == vote.ballot) return Judgement::known;
  return at->second.proven.contains({vote.ballot.kind, vote.signer}) ? Judgement::proven : Judgement::conflicting;
}

VoteSet::Added VoteSet::add(const Vote& vote) {
  PVC_CHECK(crypto::format::is_well_formed(vote.ballot));
  PVC_CHECK(vote.signer.value() < authority_count_);
  Added added;
  switch (judge(vote)) {
    case Judgement::known:
    case Judgement::proven:
      return added;
    case Judgement::conflicting:
      views_[vote.ballot.view].proven.emplace(vote.ballot.kind, vote.signer);
      added.contradicts = conflict_of(vote);
      return added;
    case Judgement::fresh:
      break;
  }
  added.contradicts = conflict_of(vote);
  views_[vote.ballot.view].by_kind[slot(vote.ballot.kind)].emplace(vote.signer, vote);
  Signer& signer = signers_[vote.signer];
  signer.ballots.emplace(std::pair(vote.ballot.view, vote.ballot.kind), vote.ballot);
  if (!signer.highest || position_of(signer.highest->ballot) < position_of(vote.ballot)) signer.highest = vote;
  ++size_;
  added.stored = true;
  return added;
}

std::optional<Vote> VoteSet::conflict_of(const Vote& vote) const {
  const auto signer = signers_.find(vote.signer);
  if (signer == signers_.end()) return std::nullopt;
  // Statements of different views exclude each other only as FINALIZE k and NULLIFY (since, v] around it.
  View lowest = vote.ballot.view;
  View highest = vote.ballot.view;
  if (vote.ballot.kind == VoteKind::nullify) lowest = vote.ballot.parent_view;
  if (vote.ballot.kind == VoteKind::finalize) highest = View(UINT64_MAX);
  const auto& ballots = signer->second.ballots;
  for (auto at = ballots.lower_bound({lowest, VoteKind::notarize}); at != ballots.end() && at->first.first <= highest; ++at)
    if (contradiction_of(at->second, vote.ballot)) return *find(at->first.second, at->first.first, vote.signer);
  return std::nullopt;
}

const Vote* VoteSet::highest_of(AuthorityIndex signer) const {
  const auto at = signers_.find(signer);
  return at == signers_.end() || !at->second.highest ? nullptr : &*at->second.highest;
}

std::optional<Certificate> VoteSet::assemble(VoteKind kind, View view) const {
  const BySigner* votes = votes_of(kind, view);
  if (votes == nullptr || votes->size() < quorum_) return std::nullopt;
  return kind == VoteKind::nullify ? assemble_skip(view, *votes) : assemble_statement(kind, *votes);
}

std::optional<Certificate> VoteSet::assemble_statement(VoteKind kind, const BySigner& votes) const {
  std::map<Ballot, std::size_t> tally;
  for (const auto& [signer, vote] : votes) ++tally[vote.ballot];
  const auto winner = std::ranges::find_if(tally, [&](const auto& entry) { return entry.second >= quorum_; });
  if (winner == tally.end()) return std::nullopt;
  PVC_CHECK(winner->first.kind == kind);
  Certificate certificate = certificate_for(winner->first);
  for (const auto& [signer, vote] : votes) {
    if (vote.ballot != winner->first) continue;
    if (certificate.signers.size() == quorum_) break;
    certificate.signers.push_back(CertificateSigner{signer, View{}, vote.signature});
  }
  return certificate;
}

std::optional<Certificate> VoteSet::assemble_skip(View view, const BySigner& votes) const {
  std::vector<CertificateSigner> signers;
  for (const auto& [signer, vote] : votes) signers.push_back(CertificateSigner{signer, vote.ballot.parent_view, vote.signature});
  std::ranges::sort(signers, [](const CertificateSigner& a, const CertificateSigner& b) {
    return a.since != b.since ? a.since < b.since : a.authority < b.authority;
  });
  signers.resize(quorum_);
  std::ranges::sort(signers, {}, &CertificateSigner::authority);
  Certificate certificate = certificate_for(votes.begin()->second.ballot);
  PVC_CHECK(certificate.view == view);
  certificate.signers = std::move(signers);
  return certificate;
}

std::size_t VoteSet::count(VoteKind kind, View view) const {
  const BySigner* votes = votes_of(kind, view);
  return votes == nullptr ? 0 : votes->size();
}

const Vote* VoteSet::find(VoteKind kind, View view, AuthorityIndex signer) const {
  const BySigner* votes = votes_of(kind, view);
  if (votes == nullptr) return nullptr;
  const auto at = votes->find(signer);
  return at == votes->end() ? nullptr : &at->second;
}

void VoteSet::forget_below(View view) {
  while (!views_.empty() && views_.begin()->first < view) {
    for (const BySigner& votes : views_.begin()->second.by_kind) {
      size_ -= votes.size();
      for (const auto& [signer, vote] : votes) signers_.at(signer).ballots.erase({vote.ballot.view, vote.ballot.kind});
    }
    views_.erase(views_.begin());
  }
}

}  // namespace provchain::core::consensus
