// SPDX-License-Identifier: Apache-2.0
// How a system state is stored. The bytes come back from this node's own disk, behind LMDB; they are judged like anybody's.
#include <array>

#include "crypto/format/layout.hpp"
#include "crypto/format/system_state.hpp"

namespace provchain::crypto::format {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kEvidenceBytes = 32 + 8 + 2 + 32 + 1;
constexpr std::size_t kPastBytesMin = 8 + 32 + 4;
constexpr std::size_t kAuthoritiesBytesMax = 2 + limits::authorities_max * (PublicKey::kSize + 1 + 255);

constexpr std::array kParameters{
    &ConsensusParameters::min_interval_ms, &ConsensusParameters::target_interval_ms, &ConsensusParameters::heartbeat_ms,
    &ConsensusParameters::max_block_bytes, &ConsensusParameters::max_epoch_blocks,   &ConsensusParameters::evidence_epochs,
    &ConsensusParameters::clock_skew_ms,   &ConsensusParameters::msg_delay_ms,
};

void append_authorities(ByteVector& out, const AuthorityList& authorities) {
  const ByteVector bytes = encode_authorities(authorities);
  append_le(out, static_cast<std::uint32_t>(bytes.size()));
  append(out, bytes);
}

AuthorityList take_authorities(FieldReader& reader) {
  const std::size_t bytes = reader.take_count<std::uint32_t>(0, kAuthoritiesBytesMax, 1);
  const std::size_t at = reader.offset();
  auto authorities = decode_authorities(reader.take_bytes(bytes));
  if (authorities) return *std::move(authorities);
  reader.fail(authorities.error().code, at + authorities.error().offset);
  return {};
}

template <class Id>
void append_ids(ByteVector& out, const std::vector<Id>& ids) {
  append_le(out, static_cast<std::uint32_t>(ids.size()));
  for (const Id& id : ids) append(out, id.view());
}

template <class Id>
std::vector<Id> take_ids(FieldReader& reader, std::size_t most) {
  const std::size_t count = reader.take_count<std::uint32_t>(0, most, Id::kSize);
  std::vector<Id> ids;
  ids.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = reader.offset();
    ids.push_back(reader.take<Id>());
    if (i > 0 && ids[i] <= ids[i - 1]) reader.fail(FormatErrc::not_ascending, at);
  }
  return ids;
}

void append_bool(ByteVector& out, bool value) { out.push_back(value ? 1 : 0); }

std::vector<AuthorityIndex> take_resting(FieldReader& reader, std::size_t authority_count) {
  const std::size_t count = reader.take_count<std::uint32_t>(0, authority_count < 2 ? 0 : authority_count - 2, 2);
  std::vector<AuthorityIndex> resting;
  resting.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = reader.offset();
    resting.emplace_back(reader.take_le<std::uint16_t>());
    if (resting.back().value() >= authority_count) reader.fail(FormatErrc::bad_count, at);
    if (i > 0 && resting[i] <= resting[i - 1]) reader.fail(FormatErrc::not_ascending, at);
  }
  return resting;
}

std::vector<EvidenceRecord> take_evidence(FieldReader& reader) {
  const std::size_t count = reader.take_count<std::uint32_t>(0, evidence_records_max, kEvidenceBytes);
  std::vector<EvidenceRecord> evidence;
  evidence.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = reader.offset();
    EvidenceRecord record;
    record.id = reader.take<Hash256>();
    record.epoch = Epoch(reader.take_le<std::uint64_t>());
    record.signer = AuthorityIndex(reader.take_le<std::uint16_t>());
    record.key = reader.take<PublicKey>();
    const auto contradiction = reader.take_le<std::uint8_t>();
    if (contradiction < 1 || contradiction > 5) reader.fail(FormatErrc::unknown_kind, reader.offset() - 1);
    record.contradiction = static_cast<Contradiction>(contradiction);
    if (i > 0 && record.id <= evidence.back().id) reader.fail(FormatErrc::not_ascending, at);
    evidence.push_back(record);
  }
  return evidence;
}

std::vector<PastEpoch> take_past(FieldReader& reader) {
  const std::size_t count = reader.take_count<std::uint32_t>(0, past_epochs_max, kPastBytesMin);
  std::vector<PastEpoch> past;
  past.reserve(count);
  while (past.size() < count && !reader.failed()) {
    const std::size_t at = reader.offset();
    PastEpoch epoch;
    epoch.epoch = Epoch(reader.take_le<std::uint64_t>());
    epoch.anchor_id = reader.take<BlockId>();
    epoch.authorities = take_authorities(reader);
    if (!past.empty() && epoch.epoch <= past.back().epoch) reader.fail(FormatErrc::not_ascending, at);
    past.push_back(std::move(epoch));
  }
  return past;
}

}  // namespace

ByteVector encode_system_state(const SystemState& state) {
  PVC_CHECK(state.past.size() <= past_epochs_max);
  ByteVector out;
  out.push_back(kVersion);
  append(out, state.network_id.view());
  for (const auto parameter : kParameters) append_le(out, state.parameters.*parameter);
  append_le(out, state.epoch.value());
  append(out, state.anchor_id.view());
  append_le(out, state.anchor_height.value());
  append_authorities(out, state.authorities);
  append_le(out, static_cast<std::uint32_t>(state.resting.size()));
  for (const AuthorityIndex index : state.resting) append_le(out, index.value());
  append_bool(out, state.open_participation);
  append_ids(out, state.participants);
  append_authorities(out, state.next_authorities);
  append_bool(out, state.next_open_participation);
  append_ids(out, state.next_participants);
  append_ids(out, state.waiting);
  append_ids(out, state.agreed);
  append_le(out, static_cast<std::uint32_t>(state.evidence.size()));
  for (const EvidenceRecord& record : state.evidence) {
    append(out, record.id.view());
    append_le(out, record.epoch.value());
    append_le(out, record.signer.value());
    append(out, record.key.view());
    out.push_back(static_cast<std::uint8_t>(record.contradiction));
  }
  append_le(out, static_cast<std::uint32_t>(state.past.size()));
  for (const PastEpoch& epoch : state.past) {
    append_le(out, epoch.epoch.value());
    append(out, epoch.anchor_id.view());
    append_authorities(out, epoch.authorities);
  }
  return out;
}

Result<SystemState, FormatError> decode_system_state(Bytes bytes) {
  FieldReader reader(bytes);
  if (reader.take_le<std::uint8_t>() != kVersion) reader.fail(FormatErrc::unknown_version, 0);
  SystemState state;
  state.network_id = reader.take<NetworkId>();
  for (const auto parameter : kParameters) state.parameters.*parameter = reader.take_le<std::uint64_t>();
  state.epoch = Epoch(reader.take_le<std::uint64_t>());
  state.anchor_id = reader.take<BlockId>();
  state.anchor_height = Height(reader.take_le<std::uint64_t>());
  state.authorities = take_authorities(reader);
  state.resting = take_resting(reader, state.authorities.size());
  state.open_participation = reader.take_bool();
  state.participants = take_ids<PublicKey>(reader, participants_max);
  state.next_authorities = take_authorities(reader);
  state.next_open_participation = reader.take_bool();
  state.next_participants = take_ids<PublicKey>(reader, participants_max);
  state.waiting = take_ids<TxId>(reader, pending_changes_max);
  state.agreed = take_ids<Hash256>(reader, pending_changes_max);
  state.evidence = take_evidence(reader);
  state.past = take_past(reader);
  PVC_TRY_VOID(reader.finish());
  return state;
}

}  // namespace provchain::crypto::format
