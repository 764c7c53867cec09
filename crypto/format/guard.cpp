// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/guard.hpp"

#include <algorithm>
#include <tuple>

#include "base/check.hpp"

namespace provchain::crypto::format {
namespace {

constexpr std::uint64_t kStepNotarize = 1;
constexpr std::uint64_t kStepFinalOrNullify = 2;

std::uint64_t step_of(VoteKind kind) { return kind == VoteKind::notarize ? kStepNotarize : kStepFinalOrNullify; }

// Tag, network id and anchor: the bytes of a statement that do not vary within one epoch.
constexpr std::size_t kContextBytes = 80;

}  // namespace

GuardVerdict Guard::judge(const StatementContext& context, const Ballot& ballot) const {
  if (!is_well_formed(ballot)) return GuardVerdict::refused;
  const StatementBytes statement = encode_statement(context, ballot);
  if (statement == last) return GuardVerdict::repeated;
  const std::uint64_t ballot_step = step_of(ballot.kind);
  if (std::tuple(ballot.epoch, ballot.view, ballot_step) <= std::tuple(epoch, view, step)) return GuardVerdict::refused;
  if (ballot.kind == VoteKind::nullify && ballot.parent_view < highest_finalized_in(ballot.epoch)) return GuardVerdict::refused;
  if (view.value() == 0 || ballot.epoch != epoch) return GuardVerdict::admitted;
  // One epoch has one anchor: a second one would be another history, where these positions bind nothing.
  if (!std::ranges::equal(Bytes(statement).first(kContextBytes), Bytes(last).first(kContextBytes))) return GuardVerdict::refused;
  if (ballot.kind == VoteKind::finalize && ballot.view == view) {
    Ballot notarized = ballot;
    notarized.kind = VoteKind::notarize;
    if (encode_statement(context, notarized) != last) return GuardVerdict::refused;
  }
  return GuardVerdict::admitted;
}

void Guard::advance(const StatementContext& context, const Ballot& ballot) {
  PVC_CHECK(judge(context, ballot) == GuardVerdict::admitted);
  highest_finalized = ballot.kind == VoteKind::finalize ? ballot.view : highest_finalized_in(ballot.epoch);
  epoch = ballot.epoch;
  view = ballot.view;
  step = step_of(ballot.kind);
  last = encode_statement(context, ballot);
}

}  // namespace provchain::crypto::format
