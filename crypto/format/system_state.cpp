// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/system_state.hpp"

#include <algorithm>
#include <utility>

#include "crypto/digest.hpp"
#include "crypto/domain.hpp"

namespace provchain::crypto::format {
namespace {

// False, and the list as it was, when it holds the value already.
template <class T>
bool insert_ascending(std::vector<T>& list, const T& value) {
  const auto at = std::ranges::lower_bound(list, value);
  if (at != list.end() && *at == value) return false;
  list.insert(at, value);
  return true;
}

template <class T>
bool erase_ascending(std::vector<T>& list, const T& value) {
  const auto at = std::ranges::lower_bound(list, value);
  if (at == list.end() || *at != value) return false;
  list.erase(at);
  return true;
}

template <class T>
void update_list(Hasher& hasher, const std::vector<T>& list) {
  PVC_CHECK(std::ranges::is_sorted(list));
  hasher.update_le(static_cast<std::uint32_t>(list.size()));
  for (const T& member : list) hasher.update(member.view());
}

// The epochs before the running one of which evidence counts.
std::uint64_t evidence_epochs(const SystemState& state) {
  return std::min<std::uint64_t>(state.parameters.evidence_epochs, past_epochs_max);
}

bool evidence_counts(const SystemState& state, Epoch epoch) {
  return epoch <= state.epoch && state.epoch.value() - epoch.value() <= evidence_epochs(state);
}

// The key that the evidence is against. Null when the evidence is foreign.
const PublicKey* accused(const SystemState& state, const Evidence& evidence) {
  const Epoch epoch = evidence.statements[0].ballot.epoch;
  if (evidence.context.network_id != state.network_id || !evidence_counts(state, epoch)) return nullptr;
  const AuthorityList* authorities = nullptr;
  if (epoch == state.epoch && evidence.context.anchor_id == state.anchor_id) authorities = &state.authorities;
  for (const PastEpoch& past : state.past)
    if (epoch == past.epoch && evidence.context.anchor_id == past.anchor_id) authorities = &past.authorities;
  const std::size_t signer = evidence.signer.value();
  return authorities != nullptr && signer < authorities->size() ? &(*authorities)[signer].key : nullptr;
}

// What changes change.
struct Members {
  AuthorityList authorities;
  bool open = true;
  std::vector<PublicKey> participants;

  // False when the change changes nothing.
  bool take(const Change& change) {
    switch (change.kind) {
      case ChangeKind::add_authority:
        if (find(change.key) != authorities.end()) return false;
        authorities.push_back({change.key, change.name});
        return true;
      case ChangeKind::remove_authority: {
        const auto at = find(change.key);
        if (at == authorities.end()) return false;
        authorities.erase(at);
        return true;
      }
      case ChangeKind::open_participation:
        return !std::exchange(open, true);
      case ChangeKind::close_participation:
        return std::exchange(open, false);
      case ChangeKind::admit_participant:
        return insert_ascending(participants, change.key);
      case ChangeKind::expel_participant:
        return erase_ascending(participants, change.key);
    }
    PVC_UNREACHABLE();
  }
  // The keys are pairwise different because take() keeps them so.
  [[nodiscard]] bool acceptable() const {
    if (authorities.empty() || authorities.size() > limits::authorities_max) return false;
    return participants.size() <= participants_max && (open || !participants.empty());
  }

 private:
  AuthorityList::iterator find(const PublicKey& key) { return std::ranges::find(authorities, key, &Authority::key); }
};

std::optional<SystemFault> apply_changes(SystemState& state, const TxId& id, Epoch checked_in,
                                         const std::vector<Change>& changes) {
  if (checked_in != state.epoch) return SystemFault::stale_approvals;
  if (state.waiting.size() >= pending_changes_max) return SystemFault::too_many_waiting;
  const Hash256 action = hash(domain::action, encode_action(changes));
  if (std::ranges::binary_search(state.agreed, action)) return SystemFault::agreed_already;
  Members next{state.next_authorities, state.next_open_participation, state.next_participants};
  for (const Change& change : changes)
    if (!next.take(change)) return SystemFault::without_effect;
  if (!next.acceptable()) return SystemFault::unacceptable_set;
  state.next_authorities = std::move(next.authorities);
  state.next_open_participation = next.open;
  state.next_participants = std::move(next.participants);
  insert_ascending(state.waiting, id);
  insert_ascending(state.agreed, action);
  return std::nullopt;
}

std::optional<SystemFault> apply_evidence(SystemState& state, const Evidence& evidence) {
  const PublicKey* const key = accused(state, evidence);
  if (key == nullptr) return SystemFault::foreign_evidence;
  const Epoch epoch = evidence.statements[0].ballot.epoch;
  if (find_evidence(state, epoch, evidence.signer) != nullptr) return SystemFault::known_evidence;
  insert_ascending(state.evidence,
                   EvidenceRecord{evidence_id_of(evidence), epoch, evidence.signer, *key, contradiction_of(evidence)});
  return std::nullopt;
}

// All but the anchor, which is block 0 and so contains the root of this.
SystemState unanchored_genesis_state(const Genesis& genesis) {
  PVC_CHECK(genesis.participants.size() <= participants_max);
  SystemState state;
  state.network_id = genesis.network_id;
  state.parameters = genesis.parameters;
  state.authorities = state.next_authorities = genesis.authorities;
  state.open_participation = state.next_open_participation = genesis.open_participation;
  state.participants = state.next_participants = genesis.participants;
  return state;
}

}  // namespace

bool SystemState::may_write(const PublicKey& author) const {
  return open_participation || std::ranges::binary_search(participants, author);
}

const AuthorityList* authorities_of(const SystemState& state, Epoch epoch) {
  if (epoch == state.epoch) return &state.authorities;
  const auto past = std::ranges::find(state.past, epoch, &PastEpoch::epoch);
  return past == state.past.end() ? nullptr : &past->authorities;
}

const EvidenceRecord* find_evidence(const SystemState& state, Epoch epoch, AuthorityIndex signer) {
  const auto is_against = [&](const EvidenceRecord& record) { return record.epoch == epoch && record.signer == signer; };
  const auto at = std::ranges::find_if(state.evidence, is_against);
  return at == state.evidence.end() ? nullptr : &*at;
}

SystemState genesis_state(const Genesis& genesis) {
  SystemState state = unanchored_genesis_state(genesis);
  state.anchor_id = block_id_of(genesis_header(genesis));
  return state;
}

Hash256 system_root_of(const Genesis& genesis) { return system_root_of(unanchored_genesis_state(genesis)); }

Hash256 system_root_of(const SystemState& state) {
  const ConsensusParameters& parameters = state.parameters;
  Hasher hasher(domain::system);
  hasher.update_le(parameters.min_interval_ms)
      .update_le(parameters.target_interval_ms)
      .update_le(parameters.heartbeat_ms)
      .update_le(parameters.max_block_bytes)
      .update_le(parameters.max_epoch_blocks)
      .update_le(parameters.evidence_epochs)
      .update_le(parameters.clock_skew_ms)
      .update_le(parameters.msg_delay_ms)
      .update_le(static_cast<std::uint8_t>(state.open_participation ? 1 : 0));
  update_list(hasher, state.participants);
  update_list(hasher, state.waiting);
  PVC_CHECK(std::ranges::is_sorted(state.evidence));
  hasher.update_le(static_cast<std::uint32_t>(state.evidence.size()));
  for (const EvidenceRecord& record : state.evidence) hasher.update(record.id.view());
  return hasher.finish();
}

std::string_view to_string(SystemFault fault) {
  switch (fault) {
    case SystemFault::stale_approvals:
      return "stale_approvals";
    case SystemFault::few_approvals:
      return "few_approvals";
    case SystemFault::bad_approval:
      return "bad_approval";
    case SystemFault::silent_newcomer:
      return "silent_newcomer";
    case SystemFault::agreed_already:
      return "agreed_already";
    case SystemFault::without_effect:
      return "without_effect";
    case SystemFault::unacceptable_set:
      return "unacceptable_set";
    case SystemFault::too_many_waiting:
      return "too_many_waiting";
    case SystemFault::foreign_evidence:
      return "foreign_evidence";
    case SystemFault::bad_evidence:
      return "bad_evidence";
    case SystemFault::known_evidence:
      return "known_evidence";
  }
  PVC_UNREACHABLE();
}

std::optional<SystemFault> approvals_fault(const SystemState& state, const Governance& governance, Verify verify) {
  const std::vector<PublicKey> newcomers = newcomers_of(governance.changes);
  std::vector<PublicKey> signers;
  std::size_t newcomers_signed = 0;
  for (std::size_t i = 0; i < governance.approvals.size(); ++i) {
    const std::uint16_t signer = governance.approvals[i].signer;
    PVC_CHECK(i == 0 || governance.approvals[i - 1].signer < signer);
    if (signer < first_newcomer) {
      if (signer >= state.authorities.size()) return SystemFault::few_approvals;
      signers.push_back(state.authorities[signer].key);
    } else {
      PVC_CHECK(signer - first_newcomer < static_cast<int>(newcomers.size()));
      signers.push_back(newcomers[static_cast<std::size_t>(signer - first_newcomer)]);
      ++newcomers_signed;
    }
  }
  // Who is missing is asked before any signature is checked: counting is cheap.
  if (signers.size() - newcomers_signed < quorum(state.authorities.size())) return SystemFault::few_approvals;
  if (newcomers_signed < newcomers.size()) return SystemFault::silent_newcomer;
  ByteVector message = to_vector(as_bytes(domain::govern));
  append(message, approval_message(state.context(), governance.changes));
  for (std::size_t i = 0; i < signers.size(); ++i)
    if (!verify(signers[i], message, governance.approvals[i].signature)) return SystemFault::bad_approval;
  return std::nullopt;
}

std::optional<SystemFault> evidence_fault(const SystemState& state, const Evidence& evidence, Verify verify) {
  const PublicKey* const key = accused(state, evidence);
  if (key == nullptr) return SystemFault::foreign_evidence;
  for (const Evidence::Signed& part : evidence.statements)
    if (!verify(*key, encode_statement(evidence.context, part.ballot), part.signature)) return SystemFault::bad_evidence;
  return std::nullopt;
}

std::optional<SystemFault> apply(SystemState& state, const TxId& id, const SystemRequest& request) {
  if (const auto* changes = std::get_if<std::vector<Change>>(&request.what))
    return apply_changes(state, id, request.checked_in, *changes);
  return apply_evidence(state, std::get<Evidence>(request.what));
}

bool ends_epoch(const SystemState& state, Height height) {
  PVC_CHECK(height > state.anchor_height);
  const std::uint64_t blocks = height.value() - state.anchor_height.value();
  if (state.parameters.max_epoch_blocks != 0 && blocks >= state.parameters.max_epoch_blocks) return true;
  return !state.waiting.empty() && blocks >= epoch_blocks_min;
}

bool hurries(const SystemState& state) { return !state.waiting.empty(); }

SystemState begin_epoch(const SystemState& ended, const BlockId& anchor_id, Height anchor_height,
                        std::vector<AuthorityIndex> resting) {
  PVC_CHECK(anchor_height > ended.anchor_height);
  PVC_CHECK(std::ranges::is_sorted(resting) && (resting.empty() || resting.back().value() < ended.next_authorities.size()));
  SystemState state = ended;
  state.epoch = ended.epoch.next();
  state.anchor_id = anchor_id;
  state.anchor_height = anchor_height;
  state.authorities = ended.next_authorities;
  state.resting = std::move(resting);
  state.open_participation = ended.next_open_participation;
  state.participants = ended.next_participants;
  state.waiting.clear();
  state.agreed.clear();
  state.past.push_back({ended.epoch, ended.anchor_id, ended.authorities});
  while (state.past.size() > std::max<std::uint64_t>(1, evidence_epochs(state))) state.past.erase(state.past.begin());
  std::erase_if(state.evidence, [&](const EvidenceRecord& record) { return !evidence_counts(state, record.epoch); });
  return state;
}

}  // namespace provchain::crypto::format
