// SPDX-License-Identifier: Apache-2.0
#include "crypto/journal_state.hpp"

#include <algorithm>
#include <tuple>

namespace provchain::crypto {
namespace {

// Where a vote or certificate stands; absent for the other records. A vote's fields lie at fixed places of its statement.
std::optional<BallotPosition> ballot_position(const RecordView& record) {
  switch (record.type) {
    case RecordType::vote:
      return BallotPosition{Epoch(load_le<std::uint64_t>(record.payload, 88)), View(load_le<std::uint64_t>(record.payload, 96))};
    case RecordType::certificate:
      return position_of_certificate(record.payload);
    case RecordType::body:
    case RecordType::guard:
    case RecordType::floor:
      return std::nullopt;
  }
  PVC_UNREACHABLE();
}

bool is_before(const format::Guard& a, const format::Guard& b) {
  return std::tie(a.epoch, a.view, a.step) < std::tie(b.epoch, b.view, b.step);
}

// Whether a snapshot can be the outcome of votes at all: its position is that of its last statement.
bool is_plausible(const format::Guard& guard, const NetworkId& network_id) {
  if (guard.view == View{}) return guard == format::Guard{};
  const auto last = format::decode_statement(guard.last);
  if (!last || last->context.network_id != network_id) return false;
  const std::uint64_t step = last->ballot.kind == format::VoteKind::notarize ? 1 : 2;
  const bool finalized = last->ballot.kind != format::VoteKind::finalize || guard.highest_finalized == guard.view;
  return last->ballot.epoch == guard.epoch && last->ballot.view == guard.view && step == guard.step && finalized &&
         guard.highest_finalized <= guard.view;
}

}  // namespace

void SegmentExtent::note(const RecordView& record) {
  if (const auto position = ballot_position(record))
    newest_ballot = newest_ballot ? std::max(*newest_ballot, *position) : *position;
  if (record.type == RecordType::body) body_height_max = std::max(body_height_max, height_of_body(record.payload));
}

Result<void, JournalErrc> JournalState::apply(const RecordView& record, bool opens_segment) {
  // A segment without a snapshot in front could not be read once the older ones are gone; a snapshot elsewhere could hide votes.
  if (opens_segment != (record.type == RecordType::guard)) return std::unexpected(JournalErrc::corrupt);
  switch (record.type) {
    case RecordType::vote:
      return apply_vote(record.payload);
    case RecordType::guard:
      return apply_guard(record.payload);
    case RecordType::floor:
      return apply_floor(record.payload);
    case RecordType::certificate:
    case RecordType::body:
      return {};
  }
  PVC_UNREACHABLE();
}

Result<void, JournalErrc> JournalState::apply_vote(Bytes payload) {
  const auto statement = format::decode_statement(payload);
  if (!statement) return std::unexpected(JournalErrc::corrupt);
  if (statement->context.network_id != network_id_) return std::unexpected(JournalErrc::foreign_network);
  if (guard_.judge(statement->context, statement->ballot) != format::GuardVerdict::admitted)
    return std::unexpected(JournalErrc::guard_regression);
  if (statement->ballot.epoch > guard_.epoch) floor_.view = View{};
  guard_.advance(statement->context, statement->ballot);
  return {};
}

Result<void, JournalErrc> JournalState::apply_guard(Bytes payload) {
  const format::Guard snapshot = decode_guard(payload);
  if (!is_plausible(snapshot, network_id_)) return std::unexpected(JournalErrc::corrupt);
  if (has_snapshot_ && is_before(snapshot, guard_)) return std::unexpected(JournalErrc::guard_regression);
  if (has_snapshot_ && snapshot != guard_) return std::unexpected(JournalErrc::guard_mismatch);
  guard_ = snapshot;
  has_snapshot_ = true;
  return {};
}

Result<void, JournalErrc> JournalState::apply_floor(Bytes payload) {
  const JournalFloor floor = decode_floor(payload);
  if (floor.height < floor_.height) return std::unexpected(JournalErrc::corrupt);
  floor_ = floor;
  return {};
}

bool JournalState::is_final(const SegmentExtent& extent) const {
  if (extent.body_height_max > floor_.height) return false;
  return !extent.newest_ballot || *extent.newest_ballot < BallotPosition{guard_.epoch, floor_.view};
}

bool JournalState::is_retained(const RecordView& record) const {
  if (record.type == RecordType::body) return height_of_body(record.payload) > floor_.height;
  const auto position = ballot_position(record);
  return position && *position >= BallotPosition{guard_.epoch, floor_.view};
}

}  // namespace provchain::crypto
