// SPDX-License-Identifier: Apache-2.0
// What the chain has decided about itself: who the authorities of the running epoch are and of the next will be, who may submit,
// which contradictions of authorities are proven. A pure function of the chain: every node computes the same, block by block,
// and each header commits to it.
//   system_root = H("pvc/system/v1", u64 × 8 {min_interval_ms, target_interval_ms, heartbeat_ms, max_block_bytes,
//   max_epoch_blocks, evidence_epochs, clock_skew_ms, msg_delay_ms} ‖ u8 open ‖ u32 n ‖ participant keys ascending ‖ u32 n ‖
//   pending governance tx ids ascending ‖ u32 n ‖ evidence ids ascending)
//
// Changes wait for the end of the epoch. It ends with the block that holds the first of them, but not before its 16th block
// (epoch_blocks_min), or with block max_epoch_blocks. That block's header carries EPOCH_END and next_authority_set_hash, and the
// root of the state in which the changes still wait; its children would begin from begin_epoch(). Values and pure functions, any
// thread.
// Invariants: (1) lists that are called ascending are strictly so; (2) next_* differ from the running ones only while `waiting`
// is not empty; (3) neither the authorities nor the participants of a closed network are ever none.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/format/evidence.hpp"
#include "crypto/format/genesis.hpp"
#include "crypto/format/governance.hpp"

namespace provchain::crypto::format {

// So that changes are gathered and epochs stay few: light clients walk every one of them.
inline constexpr std::uint64_t epoch_blocks_min = 16;
inline constexpr std::size_t pending_changes_max = 64;  // governance transactions that wait in one epoch
inline constexpr std::size_t participants_max = 10'000;
inline constexpr std::size_t past_epochs_max = 64;  // also of parameters.evidence_epochs
inline constexpr std::size_t evidence_records_max = (past_epochs_max + 1) * limits::authorities_max;

struct EvidenceRecord {
  Hash256 id;
  Epoch epoch;
  AuthorityIndex signer;
  PublicKey key;
  Contradiction contradiction{};
  auto operator<=>(const EvidenceRecord&) const = default;
};

// An epoch that is over, as far as evidence about it may still come.
struct PastEpoch {
  Epoch epoch;
  BlockId anchor_id;
  AuthorityList authorities;
  bool operator==(const PastEpoch&) const = default;
};

struct SystemState {
  NetworkId network_id;
  ConsensusParameters parameters;

  // ---- the running epoch ----
  Epoch epoch;
  BlockId anchor_id;  // the block that ended the epoch before; block 0 for epoch 0
  Height anchor_height;
  AuthorityList authorities;
  std::vector<AuthorityIndex>
      resting;  // ascending: those that took no turn in the epoch before and get only probe turns in this one
  bool open_participation = true;
  std::vector<PublicKey> participants;  // ascending

  // ---- what the next one begins with: the running one's, after the changes that wait ----
  AuthorityList next_authorities;
  bool next_open_participation = true;
  std::vector<PublicKey> next_participants;  // ascending
  std::vector<TxId> waiting;                 // the governance transactions that made the difference, ascending
  // H("pvc/action/v1", action) of each of them, ascending. Approvals hold for the whole epoch: without this list a stranger could
  // bring back a change that another one has taken back.
  std::vector<Hash256> agreed;

  std::vector<EvidenceRecord> evidence;  // ascending by id; of the running epoch and the parameters.evidence_epochs before it
  std::vector<PastEpoch> past;           // newest last, at most max(1, parameters.evidence_epochs)

  bool operator==(const SystemState&) const = default;
  [[nodiscard]] StatementContext context() const { return {network_id, anchor_id}; }
  // Whether this author's datasets are admitted. Governance and evidence are admitted from anybody: their payload carries the
  // signatures that count, and a network whose last participant lost a key must stay governable.
  [[nodiscard]] bool may_write(const PublicKey& author) const;
};

// The authorities of the running epoch or of one in `past`; null: not known, any more or yet. Valid as long as the state.
[[nodiscard]] const AuthorityList* authorities_of(const SystemState& state PVC_LIFETIMEBOUND, Epoch epoch);

// What is recorded against this authority of that epoch; null: nothing. Valid as long as the state.
[[nodiscard]] const EvidenceRecord* find_evidence(const SystemState& state PVC_LIFETIMEBOUND, Epoch epoch, AuthorityIndex signer);

// Below block 1.
[[nodiscard]] SystemState genesis_state(const Genesis& genesis);
[[nodiscard]] Hash256 system_root_of(const SystemState& state);
// Of block 0: system_root_of(genesis_state(genesis)), which needs block 0 for its anchor.
[[nodiscard]] Hash256 system_root_of(const Genesis& genesis);

// Why a governance or evidence transaction has no place on top of a state. The name (to_string) is stable.
enum class SystemFault : std::uint8_t {
  stale_approvals,   // given in an epoch that is over
  few_approvals,     // valid signatures of fewer than a quorum of the running epoch's authorities, or a signer that is none
  bad_approval,      // a signature that does not verify for this epoch
  silent_newcomer,   // an authority to be added has not signed
  agreed_already,    // the same changes wait already, or were taken back in this epoch
  without_effect,    // adds what is there, or removes what is not there
  unacceptable_set,  // the next authorities would be none or too many; or the participants too many, or none and closed
  too_many_waiting,
  foreign_evidence,  // of another network, of an epoch that is not known, any more or yet, or of a signer it did not have
  bad_evidence,      // a signature that does not verify
  known_evidence,    // one of this authority and epoch is recorded already
};
[[nodiscard]] std::string_view to_string(SystemFault fault);

// ---- dear: signatures, on the crypto pool; a function of the state's epochs only, the same all through an epoch ----
// What checks a signature over the message, its tag included: simulations bring one that costs a hash.
using Verify = bool (*)(const PublicKey& key, Bytes message, const Signature& signature);
// A valid signature of a newcomer also shows that its key is canonical and not of small order: no other key verifies anything.
[[nodiscard]] std::optional<SystemFault> approvals_fault(const SystemState& state, const Governance& governance,
                                                         Verify verify = crypto::verify);
[[nodiscard]] std::optional<SystemFault> evidence_fault(const SystemState& state, const Evidence& evidence,
                                                        Verify verify = crypto::verify);

// What a transaction of kind 2 or 3 asks for, read, with its signatures valid in `checked_in`.
struct SystemRequest {
  Epoch checked_in;
  std::variant<std::vector<Change>, Evidence> what;
  bool operator==(const SystemRequest&) const = default;
};

// ---- cheap: what a block does to the state ----
// On a fault the state is as before. A change whose approvals were given in another epoch is stale.
[[nodiscard]] std::optional<SystemFault> apply(SystemState& state, const TxId& id, const SystemRequest& request);
// Whether the block at `height`, after whose transactions the state is this one, must end the epoch. height > anchor_height.
[[nodiscard]] bool ends_epoch(const SystemState& state, Height height);
// Changes wait for the epoch's 16th block: until then blocks may be empty, so that an idle network gets there.
[[nodiscard]] bool hurries(const SystemState& state);
// The state below the first block of the next epoch. `resting` is ascending and of the next authorities.
[[nodiscard]] SystemState begin_epoch(const SystemState& ended, const BlockId& anchor_id, Height anchor_height,
                                      std::vector<AuthorityIndex> resting);

// As chain/ stores it: u8 version = 1, then the fields in the order above, integers as wide as their types, bool as u8, u32 n
// before a list, u32 bytes before an authority list; only this spelling is read.
[[nodiscard]] ByteVector encode_system_state(const SystemState& state);
[[nodiscard]] Result<SystemState, FormatError> decode_system_state(Bytes bytes);

}  // namespace provchain::crypto::format
