// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/vote_check.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "crypto/format/authorities.hpp"
#include "crypto/format/evidence.hpp"
#include "engine/core/consensus/safety.hpp"

namespace provchain::sim {

using crypto::format::Ballot;
using crypto::format::VoteKind;

namespace {

std::string describe(AuthorityIndex signer, const Ballot& ballot) {
  const char* kind = ballot.kind == VoteKind::notarize ? "NOTARIZE" : ballot.kind == VoteKind::finalize ? "FINALIZE" : "NULLIFY";
  return "authority " + std::to_string(signer.value()) + " " + kind + " view " + std::to_string(ballot.view.value()) + " on " +
         std::to_string(ballot.parent_view.value()) + " block " + ballot.block_id.hex().substr(0, 8);
}

}  // namespace

VoteCheck::VoteCheck(std::size_t authorities, Findings& findings)
    : quorum_(crypto::format::quorum(authorities)), tolerated_((authorities - 1) / 3), findings_(findings), voters_(authorities) {
  PVC_CHECK(authorities <= authorities_max);
}

void VoteCheck::set_faulty(AuthorityIndex authority) { faulty_ |= bit(authority); }

std::size_t VoteCheck::faulty_count() const { return static_cast<std::size_t>(std::popcount(faulty_)); }

void VoteCheck::on_durable(AuthorityIndex signer, const Ballot& ballot) {
  if (is_faulty(signer)) return;
  Voter& voter = voters_[signer.value()];
  const core::GuardPosition position = core::consensus::position_of(ballot);
  if (position <= voter.last) {
    findings_.add("vote position does not increase: " + describe(signer, ballot) + " after view " +
                  std::to_string(voter.last.view.value()) + " step " + std::to_string(voter.last.step));
    return;
  }
  check_pairs(signer, voter, ballot);
  voter.last = position;
  voter.durable[ballot.view].push_back(ballot);
  if (ballot.kind == VoteKind::finalize) voter.finalized.insert(ballot.view);
  if (ballot.kind == VoteKind::nullify) voter.nullified.push_back(ballot);
  count(signer, ballot);
}

void VoteCheck::on_released(AuthorityIndex signer, const Ballot& ballot) {
  if (is_faulty(signer)) return;
  const auto& durable = voters_[signer.value()].durable;
  const auto of_view = durable.find(ballot.view);
  if (of_view == durable.end() || std::ranges::count(of_view->second, ballot) == 0)
    findings_.add("released before it was durable: " + describe(signer, ballot));
}

// ---- one authority ----

void VoteCheck::check_pairs(AuthorityIndex signer, const Voter& voter, const Ballot& ballot) {
  if (const auto same = voter.durable.find(ballot.view); same != voter.durable.end())
    for (const Ballot& other : same->second) check_pair(signer, other, ballot);
  if (ballot.kind == VoteKind::finalize)
    for (const Ballot& other : voter.nullified) check_pair(signer, other, ballot);
  if (ballot.kind == VoteKind::nullify) {
    const auto at = voter.finalized.upper_bound(ballot.parent_view);
    if (at != voter.finalized.end() && *at <= ballot.view)
      for (const Ballot& other : voter.durable.at(*at)) check_pair(signer, other, ballot);
  }
}

void VoteCheck::check_pair(AuthorityIndex signer, const Ballot& a, const Ballot& b) {
  if (const auto evidence = crypto::format::contradiction_of(a, b))
    findings_.add("an honest pair is evidence E" + std::to_string(static_cast<int>(*evidence)) + ": " + describe(signer, a) +
                  " and " + describe(signer, b));
}

// ---- all together ----

bool VoteCheck::is_quorum(std::uint64_t voters) const {
  return static_cast<std::size_t>(std::popcount(voters | faulty_)) >= quorum_;
}

void VoteCheck::count(AuthorityIndex signer, const Ballot& ballot) {
  Tally& tally = tallies_[ballot.view];
  switch (ballot.kind) {
    case VoteKind::notarize:
      tally.notarize[ballot] |= bit(signer);
      break;
    case VoteKind::finalize:
      tally.finalize[ballot] |= bit(signer);
      break;
    case VoteKind::nullify:
      tally.nullify[ballot.parent_view] |= bit(signer);
      break;
  }
  if (faulty_count() > tolerated_) return;  // nothing is promised then
  const auto certifiable = [this](const auto& of_kind) {
    return std::ranges::count_if(of_kind, [this](const auto& entry) { return is_quorum(entry.second); });
  };
  const std::string view = std::to_string(ballot.view.value());
  if (ballot.kind == VoteKind::notarize && certifiable(tally.notarize) > 1)
    findings_.add("two blocks could be notarised in view " + view);
  if (ballot.kind == VoteKind::finalize && certifiable(tally.finalize) > 1)
    findings_.add("two blocks could be final in view " + view);
  if (ballot.kind == VoteKind::finalize && certifiable(tally.finalize) > 0) check_final(ballot.view);
  if (ballot.kind == VoteKind::nullify) check_skip(ballot.view, tally);
}

void VoteCheck::check_final(View view) {
  if (!final_views_.insert(view).second) return;
  for (auto at = covered_down_to_.lower_bound(view); at != covered_down_to_.end(); ++at)
    if (at->second < view)
      findings_.add("view " + std::to_string(view.value()) + " could be final and skipped by view " +
                    std::to_string(at->first.value()));
}

void VoteCheck::check_skip(View view, const Tally& tally) {
  std::uint64_t voters = 0;
  for (const auto& [since, who] : tally.nullify) {
    voters |= who;
    if (!is_quorum(voters)) continue;
    covered_down_to_[view] = since;
    const auto skipped = final_views_.upper_bound(since);
    if (skipped != final_views_.end() && *skipped <= view)
      findings_.add("view " + std::to_string(skipped->value()) + " could be final and skipped by view " +
                    std::to_string(view.value()));
    return;
  }
}

}  // namespace provchain::sim
