// SPDX-License-Identifier: Apache-2.0
// Two statements of one authority, epoch and anchor that can never both come from an honest one, with both signatures: the
// payload of an evidence transaction (kind 3). It stands by itself: only the authorities of its epoch are needed to check it.
//   payload = 2 × {statement[152], u16 signer, signature[64]}, the smaller statement first
//   id      = H("pvc/evidence/v1", u64 epoch ‖ u16 signer ‖ u8 E-number ‖ both statements)
// Values and pure functions, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "crypto/format/authorities.hpp"
#include "crypto/format/statement.hpp"

namespace provchain::crypto::format {

enum class Contradiction : std::uint8_t {
  two_notarisations = 1,    // E1: NOTARIZE v, two statements
  two_finalisations = 2,    // E2: FINALIZE v, two statements
  skipped_a_finalised = 3,  // E3: FINALIZE k and NULLIFY(since, v) with since < k <= v
  finalised_another = 4,    // E4: NOTARIZE v and FINALIZE v name different blocks
  two_nullifications = 5,   // E5: NULLIFY v, two different since
};
// Stable: the API's and the alarms' name of it.
[[nodiscard]] std::string_view to_string(Contradiction contradiction);

// Symmetric. Absent for a pair an honest authority may sign, such as NOTARIZE and NULLIFY of one view, and for equal statements.
[[nodiscard]] std::optional<Contradiction> contradiction_of(const Ballot& a, const Ballot& b);

struct Evidence {
  StatementContext context;  // of both statements
  AuthorityIndex signer;     // of both
  struct Signed {
    Ballot ballot;
    Signature signature;
    bool operator==(const Signed&) const = default;
  };
  std::array<Signed, 2> statements;  // the one with the smaller statement bytes first; they contradict each other
  bool operator==(const Evidence&) const = default;
};

inline constexpr std::size_t evidence_bytes = 2 * (statement_bytes + 2 + 64);

// Puts two votes in order. Absent when they are not of one signer and epoch, or do not contradict each other. The signatures are
// not looked at.
[[nodiscard]] std::optional<Evidence> make_evidence(const StatementContext& context, const Vote& a, const Vote& b);
[[nodiscard]] std::array<std::uint8_t, evidence_bytes> encode_evidence(const Evidence& evidence);
// Exactly one payload: two well-formed statements of one context, epoch and signer, in order, that contradict each other.
[[nodiscard]] Result<Evidence, FormatError> decode_evidence(Bytes payload);
[[nodiscard]] Contradiction contradiction_of(const Evidence& evidence);
[[nodiscard]] Hash256 evidence_id_of(const Evidence& evidence);

}  // namespace provchain::crypto::format
