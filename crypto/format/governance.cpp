// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/governance.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "crypto/format/layout.hpp"

namespace provchain::crypto::format {
namespace {

constexpr std::uint8_t kActionVersion = 1;
constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kChangeBytesMax = 1 + PublicKey::kSize + 1 + kNameBytesMax;
constexpr std::size_t kActionBytesMax = 1 + 2 + changes_max * kChangeBytesMax;
constexpr std::size_t kApprovalBytes = 2 + Signature::kSize;

bool has_key(ChangeKind kind) { return kind != ChangeKind::open_participation && kind != ChangeKind::close_participation; }

bool is_change_kind(std::uint8_t kind) { return kind >= 1 && kind <= 6; }

bool is_well_formed(const Change& change) {
  if (!is_change_kind(static_cast<std::uint8_t>(change.kind))) return false;
  if (!has_key(change.kind) && !change.key.is_zero()) return false;
  if (change.kind != ChangeKind::add_authority) return change.name.empty();
  return change.name.size() <= kNameBytesMax && is_printable_utf8(as_bytes(change.name));
}

Change take_change(FieldReader& reader) {
  Change change;
  const std::size_t at = reader.offset();
  const auto kind = reader.take_le<std::uint8_t>();
  if (!reader.failed() && !is_change_kind(kind)) reader.fail(FormatErrc::unknown_kind, at);
  change.kind = static_cast<ChangeKind>(kind);
  if (has_key(change.kind)) change.key = reader.take<PublicKey>();
  if (change.kind != ChangeKind::add_authority) return change;
  const auto name_bytes = reader.take_le<std::uint8_t>();
  const std::size_t name_at = reader.offset();
  const Bytes name = reader.take_bytes(name_bytes);
  if (!is_printable_utf8(name)) reader.fail(FormatErrc::bad_text, name_at);
  change.name = as_text(name);
  return change;
}

}  // namespace

bool is_well_formed(const std::vector<Change>& changes) {
  return !changes.empty() && changes.size() <= changes_max &&
         std::ranges::all_of(changes, [](const Change& change) { return is_well_formed(change); });
}

std::vector<PublicKey> newcomers_of(const std::vector<Change>& changes) {
  std::vector<PublicKey> keys;
  for (const Change& change : changes)
    if (change.kind == ChangeKind::add_authority) keys.push_back(change.key);
  return keys;
}

ByteVector encode_action(const std::vector<Change>& changes) {
  PVC_CHECK(is_well_formed(changes));
  ByteVector out;
  out.push_back(kActionVersion);
  append_le(out, static_cast<std::uint16_t>(changes.size()));
  for (const Change& change : changes) {
    out.push_back(static_cast<std::uint8_t>(change.kind));
    if (has_key(change.kind)) append(out, change.key.view());
    if (change.kind != ChangeKind::add_authority) continue;
    out.push_back(static_cast<std::uint8_t>(change.name.size()));
    append(out, as_bytes(change.name));
  }
  return out;
}

Result<std::vector<Change>, FormatError> decode_action(Bytes bytes) {
  FieldReader reader(bytes);
  const auto version = reader.take_le<std::uint8_t>();
  if (version != kActionVersion) reader.fail(FormatErrc::unknown_version, 0);
  const std::size_t count = reader.take_count<std::uint16_t>(1, changes_max, 1);
  std::vector<Change> changes;
  changes.reserve(count);
  while (changes.size() < count && !reader.failed()) changes.push_back(take_change(reader));
  PVC_TRY_VOID(reader.finish());
  return changes;
}

ByteVector encode_governance(const Governance& governance) {
  PVC_CHECK(governance.approvals.size() <= approvals_max);
  const ByteVector action = encode_action(governance.changes);
  ByteVector out;
  append_le(out, static_cast<std::uint32_t>(action.size()));
  append(out, action);
  append_le(out, static_cast<std::uint16_t>(governance.approvals.size()));
  for (std::size_t i = 0; i < governance.approvals.size(); ++i) {
    const Approval& approval = governance.approvals[i];
    PVC_CHECK(i == 0 || governance.approvals[i - 1].signer < approval.signer);
    append_le(out, approval.signer);
    append(out, approval.signature.view());
  }
  return out;
}

Result<Governance, FormatError> decode_governance(Bytes payload) {
  FieldReader reader(payload);
  const std::size_t action_bytes = reader.take_count<std::uint32_t>(0, kActionBytesMax, 1);
  const std::size_t action_at = reader.offset();
  const Bytes action = reader.take_bytes(action_bytes);
  if (reader.failed()) return std::unexpected(reader.finish().error());
  Governance governance;
  auto changes = decode_action(action);
  if (!changes) return refuse(changes.error().code, action_at + changes.error().offset);
  governance.changes = *std::move(changes);
  const std::size_t newcomers = newcomers_of(governance.changes).size();
  const std::size_t count = reader.take_count<std::uint16_t>(0, approvals_max, kApprovalBytes);
  governance.approvals.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = reader.offset();
    const auto signer = reader.take_le<std::uint16_t>();
    if (i > 0 && signer <= governance.approvals.back().signer) reader.fail(FormatErrc::not_ascending, at);
    if (signer >= first_newcomer + newcomers) reader.fail(FormatErrc::bad_count, at);
    governance.approvals.push_back({signer, reader.take<Signature>()});
  }
  PVC_TRY_VOID(reader.finish());
  return governance;
}

ByteVector approval_message(const StatementContext& epoch, const std::vector<Change>& changes) {
  ByteVector message;
  append(message, epoch.network_id.view());
  append(message, epoch.anchor_id.view());
  append(message, encode_action(changes));
  return message;
}

}  // namespace provchain::crypto::format
