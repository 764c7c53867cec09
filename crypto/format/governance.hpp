// SPDX-License-Identifier: Apache-2.0
// A change of who decides, agreed by those who decide now: the payload of a governance transaction (kind 2).
//   payload  = u32 action_bytes ‖ action ‖ u16 n ‖ n × {u16 signer, signature[64]}, signers strictly ascending
//   action   = u8 version = 1 ‖ u16 n (1 … 64) ‖ n × change
//   change   = u8 kind ‖ 1 ADD_AUTHORITY: key[32] ‖ u8 length ‖ UTF-8 name · 2 REMOVE_AUTHORITY: key[32] · 3 OPEN_PARTICIPATION ·
//              4 CLOSE_PARTICIPATION · 5 ADMIT_PARTICIPANT: key[32] · 6 EXPEL_PARTICIPANT: key[32]
//   signature = S(consensus key, "pvc/govern/v1", network_id ‖ epoch_anchor_id ‖ action)
// A signer below 0x8000 is that authority of the running epoch; signer 0x8000 + i is the key of the action's i-th ADD_AUTHORITY
// (from 0), which so proves that it exists, agrees, and knows the running epoch. The anchor makes an approval void once the epoch
// is over.
// This file knows the layout; whether the approvals suffice is system_state.hpp's question. Values and pure functions, any
// thread.
#pragma once

#include <string>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/types.hpp"
#include "crypto/format/error.hpp"
#include "crypto/format/statement.hpp"

namespace provchain::crypto::format {

enum class ChangeKind : std::uint8_t {
  add_authority = 1,
  remove_authority = 2,
  open_participation = 3,   // anybody may submit
  close_participation = 4,  // only the participants on the list
  admit_participant = 5,
  expel_participant = 6,
};

struct Change {
  ChangeKind kind{};
  PublicKey key;     // zeros for open_ and close_participation
  std::string name;  // add_authority only; at most 255 bytes of UTF-8 without control characters: it is printed
  bool operator==(const Change&) const = default;
};

inline constexpr std::size_t changes_max = 64;
inline constexpr std::size_t approvals_max = limits::authorities_max + changes_max;
inline constexpr std::uint16_t first_newcomer = 0x8000;

struct Approval {
  std::uint16_t signer = 0;
  Signature signature;
  bool operator==(const Approval&) const = default;
};

struct Governance {
  std::vector<Change> changes;
  std::vector<Approval> approvals;  // strictly ascending by signer; may be empty while they are being collected
  bool operator==(const Governance&) const = default;
};

// Whether these changes have an encoding: 1 to 64, names as above, and no key or name where the layout has none.
[[nodiscard]] bool is_well_formed(const std::vector<Change>& changes);
// The keys to be added, in the order in which 0x8000 + i counts them.
[[nodiscard]] std::vector<PublicKey> newcomers_of(const std::vector<Change>& changes);

// Of well-formed changes.
[[nodiscard]] ByteVector encode_action(const std::vector<Change>& changes);
// Exactly one action, no byte behind it.
[[nodiscard]] Result<std::vector<Change>, FormatError> decode_action(Bytes bytes);
// Of well-formed changes and ascending approvals.
[[nodiscard]] ByteVector encode_governance(const Governance& governance);
// Exactly one payload, no byte behind it. Every newcomer that signs is one of the action.
[[nodiscard]] Result<Governance, FormatError> decode_governance(Bytes payload);
// What an approval signs, behind its tag (domain::govern).
[[nodiscard]] ByteVector approval_message(const StatementContext& epoch, const std::vector<Change>& changes);

}  // namespace provchain::crypto::format
